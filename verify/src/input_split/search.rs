//! The search for one question, by as many threads as work on it.

use ndarray::ArrayView1;
use solver_api::Budget;

use super::examine::{Examined, Workspace, examine};
use super::frontier::{Frontier, Work};
use super::problem::Problem;
use crate::{EngineError, Judge, Progress, Search};

/// A question on its way to an answer.
#[derive(Debug)]
pub(super) struct InputSplitSearch {
    problem: Problem,
    frontier: Frontier,
}

impl InputSplitSearch {
    pub(super) fn new(problem: Problem, frontier: Frontier) -> Self {
        Self { problem, frontier }
    }
}

impl Search for InputSplitSearch {
    fn work(&self, judge: &dyn Judge, budget: &Budget) -> Result<(), EngineError> {
        let mut workspace = Workspace::new(&self.problem);
        while !judge.is_satisfied() && !budget.is_exhausted() {
            let mut batch = match self.frontier.take() {
                Work::Batch(batch) => batch,
                Work::Later => continue,
                Work::Nothing => break,
            };
            while !budget.is_exhausted()
                && let Some(part) = batch.next()
            {
                let Examined { rest, refuted, candidate } = examine(&self.problem, part, &mut workspace);
                batch.settle(refuted, rest);
                if candidate.value <= self.problem.nearly && judge.propose(ArrayView1::from(&candidate.point))
                {
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
