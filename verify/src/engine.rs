//! The seam between the verifier and the engines that decide a region of a property.

use milp_encode::MarginError;
use milp_encode::bounds::BoundsError;
use milp_encode::property::{Conjunction, InputSet};
use ndarray::ArrayView1;
use nn_core::Network;
use solver_api::Budget;
use thiserror::Error;

/// What an engine decides: whether some input of a set has an output that satisfies one of some conjunctions.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The network.
    pub network: &'a Network<f64>,
    /// The inputs.
    pub input: &'a InputSet,
    /// What outputs must not be, each alone. One without conditions is satisfied by every output.
    pub unsafe_outputs: &'a [Conjunction],
}

/// A way to decide questions completely.
pub trait Engine: Sync {
    /// The engine's name, as results carry it.
    fn name(&self) -> &'static str;

    /// Prepares a question, bounds included.
    ///
    /// # Errors
    /// [`EngineError`] where the engine cannot treat the network or the set.
    fn open<'a>(
        &'a self,
        question: Question<'a>,
        budget: &Budget,
    ) -> Result<Box<dyn Search + 'a>, EngineError>;
}

/// The work on one question, which several threads may share.
pub trait Search: Sync {
    /// Works until the question is decided, the judge is satisfied, or the budget ends.
    ///
    /// Several threads may work at the same time; each returns when nothing is left for it to do.
    ///
    /// # Errors
    /// [`EngineError`] where the engine failed; what was proven before stays.
    fn work(&self, judge: &dyn Judge, budget: &Budget) -> Result<(), EngineError>;

    /// What the work has come to so far.
    fn progress(&self) -> Progress;
}

/// Who decides whether an input is a counterexample: engines propose, and prove nothing by it.
pub trait Judge: Sync {
    /// Takes a look at an input near or in the set. `true` means that a counterexample was found, here or earlier, and
    /// the search may end.
    fn propose(&self, input: ArrayView1<'_, f64>) -> bool;

    /// Whether a counterexample was found.
    fn is_satisfied(&self) -> bool;
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// Whether it is proven that no input of the set satisfies any of the conjunctions.
    pub proven: bool,
    /// A proven lower bound, over the inputs and conjunctions that are still open, of the greatest function of a conjunction:
    /// above 0 once all is proven, and the nearer to it the nearer a proof; `-inf` where the engine knows none.
    pub lower_bound: f64,
    /// Parts of the set that were bounded.
    pub nodes: u64,
    /// Parts that are waiting.
    pub open: usize,
}

/// Why an engine has no answer.
#[derive(Debug, Error)]
pub enum EngineError {
    /// No bounds.
    #[error(transparent)]
    Bounds(#[from] BoundsError),
    /// A margin oracle failed.
    #[error(transparent)]
    Margin(#[from] MarginError),
    /// The engine has no way to treat what it was given.
    #[error("{engine} cannot answer this: {reason}")]
    Unsupported {
        /// The engine's name.
        engine: &'static str,
        /// What it cannot treat.
        reason: String,
    },
}
