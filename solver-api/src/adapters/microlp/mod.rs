//! microlp, a solver in Rust alone.

mod engine;
mod problem;
mod search;
mod whole_box;

use super::fresh::FreshSession;
use crate::{Capabilities, Capability, Model, Options, Session, Solver, SolverError};

/// The name by which callers and errors call this solver.
const NAME: &str = "microlp";

/// The microlp solver for linear and mixed-integer programs: no C toolchain is needed to build it.
///
/// What its answers mean, beyond [`crate::Outcome`]:
/// - It is a young solver. A point that it returns and [`crate::check_point`] rejects makes the answer
///   [`crate::Verdict::Numerical`], and so does trouble that it tells of.
/// - It proves optima exactly: the gaps in [`Options`] are met because none is left.
/// - The clock and a cancellation are looked at every tenth of a second, later on every quarter of the time spent so far,
///   and by the solver itself between simplex iterations and nodes, but not inside its presolve.
/// - An LP has no dual bound before it is optimal.
/// - Coefficients of a row or column should lie within six orders of magnitude; beyond, it may give up. Those of 1e15 and
///   more are refused, and so are finite bounds of columns that are infinite to it (2^52 and more) or do not fit (2^31 and
///   more for integer ones).
/// - An integer column without a bound is held to 32 bits. What is then called optimal or infeasible was proven for
///   greater values too, by an LP for each such bound; where that does not succeed the answer is
///   [`crate::Verdict::Numerical`].
/// - A start that the point checker rejects, or one for an LP, is not used.
/// - Raw options are the fields `presolve` and `dual_fixing` (`true`, `false`) and `prune_epsilon` of its options; both
///   presets are its own defaults, since nothing was measured to be better.
#[derive(Clone, Copy, Debug, Default)]
pub struct Microlp;

impl Solver for Microlp {
    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> Result<String, SolverError> {
        // The crate does not tell; a test holds this against the lock file.
        Ok("0.7.0".to_owned())
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new([
            Capability::Integers,
            Capability::NodeLimit,
            Capability::Start,
            Capability::DualBound,
            Capability::Cancellation,
        ])
    }

    fn open(&self, model: &Model, options: &Options) -> Result<Box<dyn Session>, SolverError> {
        let settings = problem::settings(options)?;
        Ok(Box::new(FreshSession::open(engine::MicrolpEngine { settings }, model, options)?))
    }
}
