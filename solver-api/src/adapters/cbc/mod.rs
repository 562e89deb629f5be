//! CBC, linked as a library: `coin_cbc_sys` has its C interface, and a small C++ part of the adapter what that lacks
//! (events by which a search is stopped, a log that is not printed, a check of options).

mod answer;
mod instance;
mod options;
mod search;
mod turn;
mod watch;

use super::fresh::{self, FreshSession};
use crate::{Capabilities, Capability, Model, Options, Session, Solver, SolverError};

/// The name by which callers and errors call this solver.
const NAME: &str = "cbc";

/// The COIN-OR branch and cut solver CBC with its LP solver Clp, linked into this program as a shared library.
///
/// What its answers mean, beyond [`crate::Outcome`]:
/// - Every solve hands the model to CBC anew. CBC keeps state in global variables, so that solves of one process take
///   turns, whichever threads ask for them; the time limit counts the waiting. Several at once need several processes.
/// - CBC gets the model without its offset, which the adapter adds to every number that comes back.
/// - A model with a finite bound of magnitude 1e20 or more, a row's coefficient of 1e15 or more or an objective
///   coefficient of 1e20 or more is refused; bounds from 1e27 on are infinite to CBC.
/// - A bound to stop at is a cutoff to CBC: there is nothing below it exactly when the dual bound has reached it. Points
///   above it are therefore not found.
/// - A start that the point checker accepts is kept by the adapter, and CBC looks for better points alone: CBC itself
///   believes a start unseen. A start that the checker rejects, or one for an LP, is not used.
/// - An entry that adds no more than 1e-12 to its row, whatever value the column takes, is left out: beside such ones
///   Clp scales models so badly that points are called optimal that are not.
/// - A MIP is solved without CBC's preprocessing and probing cuts, which in 2.10.8 lose the best points of some small
///   models, unless `preprocess` or `probingCuts` is among the raw options. A point that violates the model is not
///   believed: the model is then solved once more, as exactly as CBC can.
/// - [`crate::Preset::ReluModels`] leaves out heuristics, scaling and all cuts but two-step MIR ones at the root.
/// - Special ordered sets are refused: CBC 2.10.8 ends the whole process by assertions over some of them (`CbcSOS.cpp`),
///   such as one with a column that cannot be zero.
/// - The dual bound of an optimal MIP is the optimum less the gap that was allowed, because CBC gives up what is better
///   by no more than that.
/// - Cutoff, target and bound act on MIPs; an LP is solved to its optimum.
/// - Time and cancellation are seen between nodes, cuts and heuristics and at every iteration of an LP, but not inside
///   the LPs of a MIP.
/// - Raw options are those of CBC's command line, `-name value`, by their names or unique abbreviations. Those that ask
///   another question than the model's (`cutoff`, `seconds`, `direction` and the like) are refused, commands too.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cbc;

impl Solver for Cbc {
    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> Result<String, SolverError> {
        Ok(instance::version())
    }

    fn capabilities(&self) -> Capabilities {
        capabilities()
    }

    fn open(&self, model: &Model, options: &Options) -> Result<Box<dyn Session>, SolverError> {
        options::check(options)?;
        Ok(Box::new(FreshSession::open(search::CbcEngine, model, options)?))
    }
}

fn capabilities() -> Capabilities {
    Capabilities::new([
        Capability::Integers,
        Capability::NodeLimit,
        Capability::Cutoff,
        Capability::Target,
        Capability::BoundStop,
        Capability::Start,
        Capability::DualBound,
        Capability::Duals,
        Capability::Threads,
        Capability::Seed,
        Capability::Cancellation,
        Capability::Log,
    ])
}

fn failed(reason: impl Into<String>) -> SolverError {
    SolverError::Failed { solver: NAME.to_owned(), reason: reason.into() }
}

fn unsupported(what: String) -> SolverError {
    fresh::unsupported(NAME, what)
}

fn rejected(option: &str, value: &str) -> SolverError {
    fresh::rejected(NAME, option, value)
}
