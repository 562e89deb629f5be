//! The search for one question, by as many threads as work on it.

use ndarray::ArrayView1;
use solver_api::Budget;

use super::candidates::{Candidate, descend};
use super::examine::{Examined, examine};
use super::frontier::{Frontier, Work};
use super::part::Part;
use super::problem::Problem;
use super::waiting::Order;
use super::workspace::Workspace;
use crate::{EngineError, Judge, Progress, Search};

/// A question on its way to an answer.
#[derive(Debug)]
pub(super) struct InputSplitSearch {
    problem: Problem,
    root: Part,
    frontier: Frontier,
}

/// How many descents a thread has made at most once it has examined so many parts: none where parts are soon refuted, then many,
/// then hardly any, since by now they would have led somewhere.
fn descents_due(examined_parts: u64) -> u64 {
    let at_first = examined_parts.saturating_sub(150).div_ceil(12).min(256);
    at_first + examined_parts / 1024
}

impl InputSplitSearch {
    pub(super) fn new(problem: Problem, root: Part, room: usize) -> Self {
        let frontier = Frontier::new((!root.open.is_empty()).then(|| root.clone()), room);
        Self { problem, root, frontier }
    }

    /// Whether the judge is satisfied with a point, if it is worth a look.
    fn propose(&self, judge: &dyn Judge, candidate: &Candidate) -> bool {
        candidate.value <= self.problem.nearly && judge.propose(ArrayView1::from(&candidate.point))
    }
}

impl Search for InputSplitSearch {
    fn work(&self, judge: &dyn Judge, budget: &Budget) -> Result<(), EngineError> {
        let mut workspace = Workspace::new(&self.problem);
        let (mut examined_parts, mut descents) = (0, 0);
        while !judge.is_satisfied() && !budget.is_exhausted() {
            let mut batch = match self.frontier.take() {
                Work::Batch(batch) => batch,
                Work::Later => continue,
                Work::Nothing => break,
            };
            let mut best: Option<Candidate> = None;
            while !budget.is_exhausted()
                && let Some(part) = batch.next()
            {
                let Examined { rest, refuted, candidate } = examine(&self.problem, part, &mut workspace);
                batch.settle(refuted, rest);
                examined_parts += 1;
                if self.propose(judge, &candidate) {
                    return Ok(());
                }
                if best.as_ref().is_none_or(|best| candidate.value < best.value) {
                    best = Some(candidate);
                }
            }
            let is_varied = batch.order() == Order::LowestBound;
            drop(batch);
            if let Some(start) = best
                && is_varied
                && descents < descents_due(examined_parts)
            {
                descents += 1;
                let end = descend(&self.problem, &mut workspace, &self.root, start, budget);
                if self.propose(judge, &end) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn progress(&self) -> Progress {
        self.frontier.progress()
    }
}
