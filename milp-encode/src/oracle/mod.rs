//! The seam between those who ask for minima of output functions and the engines that find them.

mod agreement;
mod cost;
mod greatest;
mod known;
mod milp;
mod question;
mod relaxed;
mod search;
mod sharp;

use std::time::Duration;

use ndarray::{Array1, ArrayView1};
use nn_core::Network;
use solver_api::{Budget, SolverError};
use thiserror::Error;

use crate::bounds::{BoundsError, NetworkBounds};
use crate::encode::EncodeError;
use crate::property::{InputSet, LinearFunction};

pub use agreement::{AGREEMENT_TOLERANCE, CLEARLY_POSITIVE};
pub use milp::{Alternatives, MilpOracle, SolverStart};
pub use relaxed::{relaxed_maxima, relaxed_minima};

/// An engine that bounds, and in the end finds, the minimum of linear output functions over an input set.
pub trait MarginOracle: Sync {
    /// The engine's name, as results carry it.
    fn name(&self) -> &str;

    /// Prepares a network over one input set; all questions about that set share the work.
    ///
    /// # Errors
    /// [`MarginError`] where the network or the set cannot be expressed.
    fn open<'a>(
        &'a self,
        network: &'a Network<f64>,
        input: &InputSet,
    ) -> Result<Box<dyn MarginSession + 'a>, MarginError>;
}

/// One network over one input set, ready for questions.
pub trait MarginSession {
    /// The proven ranges of all nodes.
    fn bounds(&self) -> &NetworkBounds;

    /// How many neurons, and inputs of maxima, the engine may have to decide: what bounds leave open, before and after a
    /// search alike. Formulations with binaries have as many of them for the network's own operators; others have none.
    fn binary_count(&self) -> usize;

    /// Tells of an input at which all functions that are asked for may be small, such as an attack's. A point outside the set
    /// is ignored, and an engine that has no use for suggestions may ignore all.
    fn suggest(&mut self, input: ArrayView1<'_, f64>) {
        let _ = input;
    }

    /// The minimum of a function of the outputs over the set, as far as the budget allows.
    ///
    /// # Errors
    /// [`MarginError`] where the engine failed; a budget that runs out is an answer.
    fn minimise(
        &mut self,
        function: &LinearFunction,
        goal: MarginGoal,
        budget: &Budget,
    ) -> Result<MarginAnswer, MarginError> {
        self.minimise_least(std::slice::from_ref(function), goal, budget)
    }

    /// The minimum, over the set, of the least of several functions: what an attack without a target asks.
    ///
    /// A bound holds for all of the functions, an incumbent's value is that of the least one.
    ///
    /// # Errors
    /// As [`MarginSession::minimise`].
    ///
    /// # Panics
    /// Where there is no function.
    fn minimise_least(
        &mut self,
        functions: &[LinearFunction],
        goal: MarginGoal,
        budget: &Budget,
    ) -> Result<MarginAnswer, MarginError>;

    /// The minimum, over the set, of the greatest of several functions: whether all of them can be at most 0 together.
    ///
    /// `None` where the engine has no way to tell.
    ///
    /// # Errors
    /// As [`MarginSession::minimise`].
    ///
    /// # Panics
    /// Where there is no function.
    fn minimise_greatest(
        &mut self,
        functions: &[LinearFunction],
        goal: MarginGoal,
        budget: &Budget,
    ) -> Result<Option<MarginAnswer>, MarginError> {
        let _ = (functions, goal, budget);
        Ok(None)
    }
}

/// When a search may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarginGoal {
    /// With a proven minimum.
    Minimum,
    /// As soon as it is known whether the minimum is positive.
    Sign,
}

/// What is known of a minimum.
#[derive(Clone, Debug, PartialEq)]
pub struct MarginAnswer {
    /// The best input known with the function's value there, recomputed on the network in f64.
    pub incumbent: Option<Incumbent>,
    /// A proven lower bound of the minimum; `-inf` where nothing is known, `inf` for an empty set.
    pub lower_bound: f64,
    /// How far the proof went.
    pub proof: Proof,
    /// Branch-and-bound nodes, where the engine tells.
    pub nodes: Option<u64>,
    /// Wall time of the search; zero where the engine reads no clock.
    pub wall_time: Duration,
    /// The engine's own words for its status.
    pub raw_status: String,
}

/// An input of the set and a function's value there.
#[derive(Clone, Debug, PartialEq)]
pub struct Incumbent {
    /// The input; it lies in the set's box to the last bit, and satisfies its constraints within
    /// [`InputSet::contains`]'s tolerance.
    pub input: Array1<f64>,
    /// The function's value on the network's output, computed in f64.
    pub value: f64,
}

/// How far a proof went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Proof {
    /// Value and bound agree within the tolerance that the engine states.
    Minimum,
    /// The lower bound is positive by more than that tolerance.
    Positive,
    /// None of the others.
    Open,
    /// No input of the box satisfies the set's constraints: there is no value at all.
    EmptyInput,
}

/// Why a question has no answer.
#[derive(Debug, Error)]
pub enum MarginError {
    /// No bounds.
    #[error(transparent)]
    Bounds(#[from] BoundsError),
    /// No model.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The solver failed.
    #[error(transparent)]
    Solver(#[from] SolverError),
    /// The function does not fit the network.
    #[error("function has {coefficients} coefficients, but the network has {outputs} outputs")]
    FunctionLength {
        /// Coefficients of the function.
        coefficients: usize,
        /// Elements of the network's output.
        outputs: usize,
    },
    /// The engine has no way to treat what it was given.
    #[error("{engine} cannot answer this: {reason}")]
    Unsupported {
        /// The engine's name.
        engine: String,
        /// What it cannot treat.
        reason: String,
    },
    /// The engine contradicts itself or the network.
    #[error("{engine} gives an answer that cannot be right: {reason}")]
    Contradiction {
        /// The engine's name.
        engine: String,
        /// What does not fit together.
        reason: String,
    },
}
