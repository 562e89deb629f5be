//! The work on one region: engine after engine.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use milp_encode::Replayer;
use solver_api::Budget;

use super::examine::Examined;
use super::judge::WitnessJudge;
use super::report::RegionReport;
use super::{VerifyOptions, turns};
use crate::{Engine, EngineError, Judge, Question, Search, Specification};

/// How much of the time left an engine may take while others wait behind it.
const SHARE: f64 = 0.75;

/// Who proved a region that needed no engine.
const BOUNDS: &str = "bounds";

/// When an engine that works on has to make way for the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// When its share of the time has passed.
    Timed,
    /// Never: it goes on when the region's turn comes again.
    Endless,
}

/// A region on its way to an answer.
pub(super) struct RegionWork<'a> {
    pub(super) judge: WitnessJudge<'a>,
    pub(super) report: RegionReport,
    /// Why engines gave up.
    pub(super) refusals: Vec<String>,
    pub(super) question: Question<'a>,
    /// Engines that did not have their turn.
    waiting: VecDeque<&'a dyn Engine>,
    at_work: Option<AtWork<'a>>,
}

/// The search of the engine whose turn it is, and the parts that earlier ones bounded.
struct AtWork<'a> {
    search: Box<dyn Search + 'a>,
    nodes_before: u64,
}

impl<'a> RegionWork<'a> {
    /// The work that bounds have left.
    pub(super) fn new(
        replayer: &'a Replayer<'a>,
        property: &'a Specification,
        examined: &'a Examined<'a>,
        options: &VerifyOptions<'a>,
    ) -> Self {
        let proven = examined.open.is_empty();
        let (waiting, mut refusals) = match &examined.evidence {
            Ok(evidence) => (turns::order(options.engines, evidence).into(), Vec::new()),
            Err(error) => (options.engines.to_vec().into(), vec![error.to_string()]),
        };
        if !proven && examined.region.input.sides().f32_corners().is_none() {
            refusals
                .push("an input set holds no input with f32 elements: no counterexample can be shown".into());
        }
        Self {
            judge: WitnessJudge::new(replayer, property, examined.region),
            report: RegionReport {
                engine: proven.then_some(BOUNDS),
                proven,
                lower_bound: examined.lower_bound,
                nodes: 0,
            },
            refusals,
            question: Question {
                network: replayer.exact(),
                input: &examined.region.input,
                unsafe_outputs: &examined.open,
            },
            waiting,
            at_work: None,
        }
    }

    /// Whether there is neither an answer nor an end of engines.
    pub(super) fn is_open(&self) -> bool {
        let has_engine = self.at_work.is_some() || !self.waiting.is_empty();
        !self.report.proven && !self.judge.is_satisfied() && has_engine
    }

    /// Lets engines work until the region is decided, all gave up, or the budget ends; whether a counterexample was found.
    pub(super) fn search(
        &mut self,
        options: &VerifyOptions<'a>,
        budget: &Budget,
        patience: Patience,
    ) -> bool {
        while self.is_open() && !budget.is_exhausted() {
            if let Err(refusal) = self.give_turn(options, budget, patience) {
                self.refusals.push(refusal.to_string());
            }
        }
        self.judge.is_satisfied()
    }

    /// Lets the engine at work go on, or the next one begin.
    fn give_turn(
        &mut self,
        options: &VerifyOptions<'a>,
        budget: &Budget,
        patience: Patience,
    ) -> Result<(), EngineError> {
        let at_work = match self.at_work.take() {
            Some(at_work) => at_work,
            None => {
                let Some(engine) = self.waiting.pop_front() else { return Ok(()) };
                self.report.engine = Some(engine.name());
                let search = engine.open(self.question, budget)?;
                AtWork { search, nodes_before: self.report.nodes }
            }
        };
        let turn = if self.waiting.is_empty() || patience == Patience::Endless {
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
