//! The search for one question, by as many threads as work on it.

use ndarray::ArrayView1;
use solver_api::Budget;

use super::candidates::{Candidate, descend};
use super::examine::{Examined, examine};
use super::frontier::{Frontier, Work};
use super::part::Part;
use super::problem::Problem;
use super::workspace::Workspace;
use crate::{EngineError, Judge, Progress, Search};

/// A question on its way to an answer.
#[derive(Debug)]
pub(super) struct InputSplitSearch {
    problem: Problem,
    root: Part,
    frontier: Frontier,
}

/// Parts that a thread examines for each descent.
const PARTS_A_DESCENT: u64 = 16;

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
            drop(batch);
            if let Some(start) = best
                && descents * PARTS_A_DESCENT < examined_parts
            {
                descents += 1;
                let end = descend(&self.problem, &mut workspace, &self.root, start);
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
