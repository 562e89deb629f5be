//! HiGHS, inside this process: the `highs` crate owns the instance and sets options, `highs-sys` does what that crate
//! lacks (callbacks, changes of a live model, start points, information values).

mod answer;
mod instance;
mod limits;
mod options;
mod session;
mod watch;

#[cfg(test)]
mod file_tests;

use super::common;
use crate::{Capabilities, Capability, Model, Options, Session, Solver, SolverError};

/// The name by which callers and errors call this solver.
const NAME: &str = "highs";

/// The HiGHS solver for linear and mixed-integer programs, built into this program.
///
/// What its answers mean, beyond [`crate::Outcome`]:
/// - A MIP's row, bound and integrality violations are all held to the smaller of the two tolerances in [`Options`];
///   HiGHS judges an LP on a scaled model, so check what matters with [`crate::check_point`].
/// - Bounds of magnitude 1e20 and more are infinite to HiGHS. A model with a coefficient of magnitude 1e15 or more, or
///   an objective coefficient of 1e20 or more, is refused; a row's coefficient of magnitude 1e-12 or less is taken for 0.
/// - A MIP is solved without presolve, which loses better points in every release so far, unless `presolve` is among
///   the raw options; an LP is solved with it under [`crate::Preset::SolverDefaults`].
/// - A cutoff and a target act on MIPs; an LP is short work and is solved to its optimum, except that a dual simplex
///   that starts warm stops at the cutoff.
/// - A start that the point checker rejects, or one for an LP, is not used. The incumbent of a MIP's solve is the next
///   solve's start when it is still feasible and no other one was offered.
/// - [`crate::Preset::ReluModels`] switches off the heuristics that solve smaller MIPs, the feasibility jump (some 7 ms a
///   MIP) and cuts below the root, and trusts pseudo-costs after one sample.
/// - Cancellation is seen between nodes and cuts and at every iteration of an LP, but not inside the LPs of a MIP.
///
/// Several sessions may live in one process, and threads may solve at the same time without a lock: HiGHS keeps its
/// task scheduler for each calling thread, a [`Session`] stays on the thread that opened it, and before a solve the
/// adapter renews this thread's scheduler whenever its size is not the one asked for. For many solves at once, separate
/// processes are still the safer choice: they also survive a crash inside the solver.
#[derive(Clone, Copy, Debug, Default)]
pub struct Highs;

impl Solver for Highs {
    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> Result<String, SolverError> {
        Ok(instance::version())
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new([
            Capability::Integers,
            Capability::NodeLimit,
            Capability::Cutoff,
            Capability::Target,
            Capability::BoundStop,
            Capability::Start,
            Capability::WarmResolve,
            Capability::DualBound,
            Capability::Duals,
            Capability::Threads,
            Capability::Seed,
            Capability::Cancellation,
            Capability::Log,
        ])
    }

    fn open(&self, model: &Model, options: &Options) -> Result<Box<dyn Session>, SolverError> {
        Ok(Box::new(session::HighsSession::open(model, options)?))
    }
}

fn failed(reason: impl Into<String>) -> SolverError {
    SolverError::Failed { solver: NAME.to_owned(), reason: reason.into() }
}

fn unsupported(what: String) -> SolverError {
    common::unsupported(NAME, what)
}

fn rejected(option: &str, value: &(impl ToString + ?Sized)) -> SolverError {
    common::rejected(NAME, option, value)
}
