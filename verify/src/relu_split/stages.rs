//! Searches one after the other, each with tighter ranges of neurons.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use milp_encode::bounds::{AlphaCrown, BoundChain};
use nn_core::Network;
use solver_api::{Budget, Cancellation};

use super::ReluSplit;
use super::help::{Jobs, WithHelp};
use super::refine::BranchedBounds;
use super::search::{Left, ReluSearch};
use crate::engine::{EngineError, Judge, Progress, Question, Search};

/// The search that is under way, and what comes after it.
pub(super) struct StagedSearch<'a> {
    settings: ReluSplit,
    /// The question's network, or one that has the same outputs on its inputs.
    network: Cow<'a, Network<f64>>,
    question: Question<'a>,
    now: Mutex<Stage>,
    /// How many splits the next ranges take; held by the one who proves them.
    next_splits: Mutex<usize>,
    /// Where that one finds help.
    jobs: Jobs,
    /// Raised when there is nothing to be decided any more.
    decided: Cancellation,
}

#[derive(Clone)]
struct Stage {
    search: Arc<ReluSearch>,
    /// After how many parts of its own it is worth to prove tighter ranges.
    patience: u64,
    /// What earlier searches have bounded.
    parts_before: u64,
}

/// By how much patience and splits grow from stage to stage.
const GROWTH: usize = 4;

/// What part of the time the first ranges may take behind CROWN's.
const FIRST_RANGES_SHARE: u32 = 4;

/// More splits than this are no ranges any more but searches themselves.
const MOST_SPLITS: usize = 1 << 11;

impl<'a> StagedSearch<'a> {
    pub(super) fn new(
        settings: ReluSplit,
        network: Cow<'a, Network<f64>>,
        question: Question<'a>,
        budget: &Budget,
    ) -> Result<Self, EngineError> {
        let mut chain = BoundChain::crown().then(AlphaCrown::default());
        if let Some(remaining) = budget.remaining() {
            chain = chain.within(remaining / FIRST_RANGES_SHARE);
        }
        let search = Arc::new(settings.begin(Question { network: &network, ..question }, &chain, budget)?);
        let stage = Stage { search, patience: settings.first_parts, parts_before: 0 };
        Ok(Self {
            settings,
            network,
            question,
            now: Mutex::new(stage),
            next_splits: Mutex::new(settings.first_splits),
            jobs: Jobs::default(),
            decided: Cancellation::new(),
        })
    }

    fn now(&self) -> MutexGuard<'_, Stage> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Proves tighter ranges and begins again with them; whoever searches meanwhile goes on with the new search.
    fn advance(&self, stage: &Stage, splits: usize, budget: &Budget) -> Result<(), EngineError> {
        let budget = budget.or_when(self.decided.clone());
        let branched = WithHelp { method: BranchedBounds { splits }, jobs: &self.jobs };
        let chain = BoundChain::crown().then(AlphaCrown::default()).then(branched);
        let question = Question { network: &self.network, ..self.question };
        let search = Arc::new(self.settings.begin(question, &chain, &budget)?);
        let mut now = self.now();
        // The old search may have come to its end in the meantime, and the new one may have been cut short.
        if !now.search.progress().proven && !budget.is_exhausted() {
            *now = Stage {
                parts_before: now.parts_before + now.search.progress().nodes,
                patience: stage.patience * GROWTH as u64,
                search,
            };
        }
        Ok(())
    }

    /// Does what is to be done next. Proofs of tighter ranges go before the search that waits for them.
    fn step(&self, judge: &dyn Judge, budget: &Budget) -> Result<Left, EngineError> {
        let stage = self.now().clone();
        if stage.search.progress().nodes >= stage.patience {
            match self.next_splits.try_lock() {
                Ok(mut splits) if *splits <= MOST_SPLITS => {
                    // Somebody may have advanced since this stage was looked at.
                    if Arc::ptr_eq(&stage.search, &self.now().search) {
                        self.advance(&stage, *splits, budget)?;
                        *splits *= GROWTH;
                    }
                    return Ok(Left::Something);
                }
                Err(TryLockError::WouldBlock) if self.jobs.help(budget) => return Ok(Left::Something),
                _ => {}
            }
        }
        let left = stage.search.step(judge, budget);
        let is_last = Arc::ptr_eq(&stage.search, &self.now().search);
        Ok(if is_last { left } else { Left::Something })
    }
}

impl Search for StagedSearch<'_> {
    fn work(&self, judge: &dyn Judge, budget: &Budget) -> Result<(), EngineError> {
        while !budget.is_exhausted() {
            if judge.is_satisfied() || self.now().search.progress().proven {
                self.decided.cancel();
                break;
            }
            if self.step(judge, budget)? == Left::Nothing {
                break;
            }
        }
        Ok(())
    }

    fn progress(&self) -> Progress {
        let stage = self.now().clone();
        let progress = stage.search.progress();
        Progress { nodes: progress.nodes + stage.parts_before, ..progress }
    }
}
