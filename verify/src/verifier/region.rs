//! The work on one region: landmarks, then engine after engine.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use milp_encode::Replayer;
use solver_api::Budget;

use super::judge::WitnessJudge;
use super::report::RegionReport;
use super::{VerifyError, VerifyOptions, turns};
use crate::{Engine, EngineError, Judge, Question, Search, Specification, UnsafeRegion};

/// How much of the time left an engine may take while others wait behind it.
const SHARE: f64 = 0.75;

/// A region on its way to an answer.
pub(super) struct RegionWork<'a> {
    pub(super) judge: WitnessJudge<'a>,
    pub(super) report: RegionReport,
    /// Why engines gave up.
    pub(super) refusals: Vec<String>,
    question: Question<'a>,
    /// Engines that did not have their turn; none before the first search.
    waiting: Option<VecDeque<&'a dyn Engine>>,
    at_work: Option<AtWork<'a>>,
}

/// The search of the engine whose turn it is, and the parts that earlier ones bounded.
struct AtWork<'a> {
    search: Box<dyn Search + 'a>,
    nodes_before: u64,
}

impl<'a> RegionWork<'a> {
    pub(super) fn new(
        replayer: &'a Replayer<'a>,
        property: &'a Specification,
        region: &'a UnsafeRegion,
    ) -> Self {
        Self {
            judge: WitnessJudge::new(replayer, property, region),
            report: RegionReport::NOTHING,
            refusals: Vec::new(),
            question: Question {
                network: replayer.exact(),
                input: &region.input,
                unsafe_outputs: &region.unsafe_outputs,
            },
            waiting: None,
            at_work: None,
        }
    }

    /// Replays the middle and two corners; whether one is a counterexample.
    pub(super) fn try_landmarks(&mut self) -> bool {
        let sides = self.question.input.sides();
        let landmarks = [sides.center(), sides.lower().to_owned(), sides.upper().to_owned()];
        landmarks.iter().any(|landmark| self.judge.propose(landmark.view()))
    }

    /// Whether there is neither an answer nor an end of engines.
    pub(super) fn is_open(&self) -> bool {
        let has_engine =
            self.at_work.is_some() || self.waiting.as_ref().is_none_or(|waiting| !waiting.is_empty());
        !self.report.proven && !self.judge.is_satisfied() && has_engine
    }

    /// Lets engines work until the region is decided, all gave up, or the budget ends; whether a counterexample was found.
    pub(super) fn search(
        &mut self,
        options: &VerifyOptions<'a>,
        budget: &Budget,
    ) -> Result<bool, VerifyError> {
        if self.waiting.is_none() {
            let order = turns::order(options.engines, self.question.network, self.question.input)?;
            self.waiting = Some(order.into());
        }
        while self.is_open() && !budget.is_exhausted() {
            if let Err(refusal) = self.give_turn(options, budget) {
                self.refusals.push(refusal.to_string());
                self.at_work = None;
            }
        }
        Ok(self.judge.is_satisfied())
    }

    /// Lets the engine at work go on, or the next one begin.
    fn give_turn(&mut self, options: &VerifyOptions<'a>, budget: &Budget) -> Result<(), EngineError> {
        let waiting = self.waiting.get_or_insert_default();
        let at_work = match self.at_work.take() {
            Some(at_work) => at_work,
            None => {
                let Some(engine) = waiting.pop_front() else { return Ok(()) };
                self.report.engine = Some(engine.name());
                let search = engine.open(self.question, budget)?;
                AtWork { search, nodes_before: self.report.nodes }
            }
        };
        let turn = if waiting.is_empty() {
            budget.clone()
        } else {
            budget.remaining().map_or_else(|| budget.clone(), |left| budget.limited_to(left.mul_f64(SHARE)))
        };
        let failure = Mutex::new(None);
        options.crew.run(&|| {
            if let Err(error) = at_work.search.work(&self.judge, &turn) {
                failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            }
        });
        let progress = at_work.search.progress();
        self.report.proven = progress.proven;
        self.report.lower_bound = self.report.lower_bound.max(progress.lower_bound);
        self.report.nodes = at_work.nodes_before + progress.nodes;
        if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        // A search that came back early knows no further; one that was stopped goes on when the region's turn comes again.
        if budget.is_exhausted() {
            self.at_work = Some(at_work);
        }
        Ok(())
    }
}
