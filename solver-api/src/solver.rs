use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;

use crate::{Budget, Cancellation, ColumnId, Model, ModelError, Outcome, Separator};

/// A solver that this build can call.
pub trait Solver: Send + Sync {
    /// The name by which a caller asks for it, such as `highs`.
    fn name(&self) -> &str;

    /// The version of the solver behind the adapter.
    ///
    /// # Errors
    /// [`SolverError::Failed`] where the solver is not here: a program that is not installed, say.
    fn version(&self) -> Result<String, SolverError>;

    /// What the adapter can express.
    fn capabilities(&self) -> Capabilities;

    /// Hands a model to the solver.
    ///
    /// # Errors
    /// [`SolverError`] for an option that the solver cannot express or a broken installation.
    fn open(&self, model: &Model, options: &Options) -> Result<Box<dyn Session>, SolverError>;
}

/// One model inside one solver; changes are cheap, and solves after changes start warm where the solver can.
pub trait Session {
    /// The model as it stands after all changes.
    fn model(&self) -> &Model;

    /// Replaces the bounds of a column.
    ///
    /// # Errors
    /// [`SolverError::Model`] for bounds that the model rejects.
    fn set_bounds(&mut self, column: ColumnId, lower: f64, upper: f64) -> Result<(), SolverError>;

    /// Replaces the whole objective, which is minimised; columns that are not named get 0.
    ///
    /// # Errors
    /// [`SolverError::Model`] for numbers that the model rejects.
    fn set_objective(&mut self, offset: f64, terms: &[(ColumnId, f64)]) -> Result<(), SolverError>;

    /// Adds a constraint `lower <= sum of terms <= upper`.
    ///
    /// # Errors
    /// [`SolverError::Model`] for a row that the model rejects.
    fn add_row(
        &mut self,
        name: &str,
        lower: f64,
        upper: f64,
        terms: &[(ColumnId, f64)],
    ) -> Result<(), SolverError>;

    /// Offers a point, one value a column, to the next solve only; the solver may ignore it.
    ///
    /// # Errors
    /// [`SolverError::Unsupported`] where the solver takes none, [`SolverError::Start`] for a point that does not fit.
    fn set_start(&mut self, point: &[f64]) -> Result<(), SolverError>;

    /// Lets every solve from now on ask for inequalities, in place of an earlier separator.
    ///
    /// # Errors
    /// [`SolverError::Unsupported`] where the solver cannot ask.
    fn set_separator(&mut self, separator: Box<dyn Separator>) -> Result<(), SolverError> {
        drop(separator);
        Err(SolverError::Unsupported { solver: "this solver".to_owned(), what: "a separator".to_owned() })
    }

    /// Solves the model as it stands.
    ///
    /// # Errors
    /// [`SolverError`] for limits that the solver cannot express or a failure of the solver itself.
    fn solve(&mut self, limits: &Limits) -> Result<Outcome, SolverError>;
}

/// How a session solves; fixed when it is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// Threads inside the solver.
    pub threads: u32,
    /// The seed of the solver's pseudo-random choices.
    pub seed: u32,
    /// By how much a row or bound may be violated (absolute).
    pub feasibility_tolerance: f64,
    /// How far an integer column may be from a whole number.
    pub integrality_tolerance: f64,
    /// `incumbent - bound` at which a mixed-integer search ends (absolute).
    pub absolute_gap: f64,
    /// `(incumbent - bound) / |incumbent|` at which a mixed-integer search ends.
    pub relative_gap: f64,
    /// What the solver's other options start from.
    pub preset: Preset,
    /// The solver's own options, by its own names, applied last; an unknown one is an error.
    pub raw: Vec<(String, String)>,
    /// Where the solver's log goes, line by line; nowhere by default.
    pub log: Option<LogSink>,
}

/// What a solver's own options are before the raw ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Preset {
    /// Those that were measured to suit models of ReLU networks (docs/benchmarks.md); an adapter's table holds them.
    #[default]
    ReluModels,
    /// Those that were measured to suit many linear relaxations of such models in one session, where the answers are
    /// proven by other means ([`crate::certified_bound`]): fast, and careless about coefficients of odd sizes.
    ProvenRelaxations,
    /// The solver's own, but for what an adapter needs in order to be right.
    SolverDefaults,
}

/// Receives a solver's log.
#[derive(Clone)]
pub struct LogSink(pub Arc<dyn Fn(&str) + Send + Sync>);

/// When a single solve ends early; fields that are `None` set no limit.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Wall time.
    pub time: Option<Duration>,
    /// Branch-and-bound nodes.
    pub nodes: Option<u64>,
    /// Only points with an objective below this matter.
    pub cutoff: Option<f64>,
    /// Stop at an incumbent with an objective at or below this.
    pub target: Option<f64>,
    /// Stop when the dual bound is at or above this.
    pub bound_stop: Option<f64>,
    /// Stop when this is raised.
    pub cancellation: Cancellation,
}

/// Something that an adapter can or cannot express.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Capability {
    /// Integer columns.
    Integers,
    /// [`Limits::nodes`].
    NodeLimit,
    /// [`Limits::cutoff`].
    Cutoff,
    /// [`Limits::target`].
    Target,
    /// [`Limits::bound_stop`].
    BoundStop,
    /// [`Session::set_start`].
    Start,
    /// Re-solving after changes without starting from nothing.
    WarmResolve,
    /// A proven bound when a limit ends the search.
    DualBound,
    /// [`Outcome::row_duals`] of every linear program that is solved to optimality.
    Duals,
    /// More than one thread.
    Threads,
    /// A seed.
    Seed,
    /// Ending a running solve from another thread.
    Cancellation,
    /// A log.
    Log,
    /// Rows that hold where a binary column has one of its values, [`Model::add_indicator`].
    Indicators,
    /// Special ordered sets of type 1, [`Model::add_sos1`].
    Sos1,
    /// [`Session::set_separator`].
    Separation,
}

/// The set of capabilities of an adapter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities(Vec<Capability>);

/// A misuse, or a solver that does not work here; never an unfavourable answer.
#[derive(Debug, Error)]
pub enum SolverError {
    /// The caller asked for something that the adapter cannot express.
    #[error("{solver} cannot express {what}")]
    Unsupported {
        /// The solver's name.
        solver: String,
        /// What was asked for.
        what: String,
    },
    /// A change was rejected by the model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A start point does not fit the model.
    #[error("start point: {reason}")]
    Start {
        /// Why.
        reason: String,
    },
    /// An option's value was rejected by the solver.
    #[error("{solver} rejects option {option} = {value}")]
    Option {
        /// The solver's name.
        solver: String,
        /// The option, by the solver's own name.
        option: String,
        /// The value as text.
        value: String,
    },
    /// The solver or its installation failed.
    #[error("{solver} failed: {reason}")]
    Failed {
        /// The solver's name.
        solver: String,
        /// What it said.
        reason: String,
    },
}

impl Limits {
    /// A solve that ends with a budget.
    pub fn within(budget: &Budget) -> Self {
        Self { time: budget.remaining(), cancellation: budget.cancellation().clone(), ..Self::default() }
    }
}

impl Default for Options {
    /// One thread, seed 0, tolerances 1e-6, no relative gap, absolute gap 1e-6, the preset for ReLU models.
    fn default() -> Self {
        Self {
            threads: 1,
            seed: 0,
            feasibility_tolerance: 1e-6,
            integrality_tolerance: 1e-6,
            absolute_gap: 1e-6,
            relative_gap: 0.0,
            preset: Preset::default(),
            raw: Vec::new(),
            log: None,
        }
    }
}

impl fmt::Debug for LogSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LogSink")
    }
}

impl Capabilities {
    /// A set of capabilities.
    pub fn new(capabilities: impl IntoIterator<Item = Capability>) -> Self {
        Self(capabilities.into_iter().collect())
    }

    /// Whether the adapter can express this.
    pub fn has(&self, capability: Capability) -> bool {
        self.0.contains(&capability)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Capability> {
        self.0.iter().copied()
    }
}
