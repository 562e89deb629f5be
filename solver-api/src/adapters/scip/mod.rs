//! SCIP, a shared library that is opened when it is first called: see `library` for where it is looked for.

mod answer;
mod cuts;
mod engine;
mod instance;
mod library;
mod limits;
mod options;
mod rows;
mod separation;
mod watch;

use crate::adapters::fresh::{self, FreshSession};
use crate::{Capabilities, Capability, Model, Options, Session, Solver, SolverError};

/// The name by which callers and errors call this solver.
const NAME: &str = "scip";

/// The SCIP solver for mixed-integer programs, version 10, from a shared library that is opened at run time.
///
/// The library is the one of the installation that the variable `SCIPOPTDIR` names (`lib/libscip.so`); without that
/// variable the one that `cargo xtask setup scip` fetched, the one of an active conda environment, or the system's.
/// Where there is none, or one of another major version, [`Solver::version`] and [`Solver::open`] say where they looked.
///
/// What its answers mean, beyond [`crate::Outcome`]:
/// - Every solve begins anew: a session keeps the model, SCIP keeps nothing.
/// - [`crate::Preset::ReluModels`] leaves out cuts, presolve and the heuristics that dive or solve smaller models.
/// - Row, bound and integrality violations are all held to the smaller of the two tolerances in [`Options`], which SCIP
///   takes relative to the numbers at hand where these are larger than 1, so check what matters with
///   [`crate::check_point`].
/// - Bounds, sides and costs of 1e20 and more would be infinite to SCIP; they are refused, and so are coefficients of
///   1e15 and more. A coefficient of 1e-12 or less in a row is taken for 0, and a row with one below 1e-8 is scaled up.
/// - SCIP runs one thread; more are refused.
/// - An indicator with two bounds is two to SCIP, each with a slack column of its own; SCIP's tolerance is halved for a
///   model with indicators, so that row and slack together keep to the one that was asked for.
/// - A separator is asked with the solution of a node's linear relaxation, in the model's columns whatever presolve made
///   of them, at the nodes and as often as its [`crate::SeparationSchedule`] says. A cut that the point misses by no more
///   than the tolerance is left out; every other one is forced into the relaxation, past SCIP's own choice of cuts. Where
///   `separating/maxroundsroot` or `separating/maxrounds` is 0, as in the preset, the separator's cuts are the only ones:
///   rounds are then allowed again, while SCIP's separators, the cuts of its constraint handlers and its pool of cuts are
///   turned off. Elsewhere SCIP goes on with its own besides. A cut that is none is an error of the solve.
/// - A target stops a search as soon as an incumbent reaches it, a bound stop as soon as the dual bound does.
/// - A start that the point checker rejects is not used.
/// - Cancellation is seen between nodes, LPs and rounds of presolve, but not inside a single LP.
/// - `limits/time`, `limits/totalnodes`, `limits/primal` and `limits/dual` among the raw options hold for every solve,
///   and the stricter of two limits counts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scip;

impl Solver for Scip {
    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> Result<String, SolverError> {
        library::functions().map(library::Functions::version)
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new([
            Capability::Integers,
            Capability::NodeLimit,
            Capability::Cutoff,
            Capability::Target,
            Capability::BoundStop,
            Capability::Start,
            Capability::DualBound,
            Capability::Seed,
            Capability::Cancellation,
            Capability::Log,
            Capability::Indicators,
            Capability::Sos1,
            Capability::Separation,
        ])
    }

    fn open(&self, model: &Model, options: &Options) -> Result<Box<dyn Session>, SolverError> {
        Ok(Box::new(FreshSession::open(engine::ScipEngine::new(options)?, model, options)?))
    }
}

fn failed(reason: impl Into<String>) -> SolverError {
    SolverError::Failed { solver: NAME.to_owned(), reason: reason.into() }
}

fn unsupported(what: String) -> SolverError {
    fresh::unsupported(NAME, what)
}

fn rejected(option: &str, value: &(impl ToString + ?Sized)) -> SolverError {
    fresh::rejected(NAME, option, value)
}
