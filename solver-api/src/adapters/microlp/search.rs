//! A solve in slices, so that a cancellation is seen.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use microlp::{Error, Problem, ResumeOptions, SolveOptions, SolveOutcome, Stats, TerminationReason};

use super::NAME;
use crate::{Cancellation, LimitKind, SolverError};

/// The shortest time between two looks at the cancellation.
const SLICE: Duration = Duration::from_millis(100);

/// When a search ends early.
pub(super) struct Deadlines<'a> {
    pub(super) started: Instant,
    pub(super) time: Option<Duration>,
    pub(super) nodes: Option<u64>,
    pub(super) cancellation: &'a Cancellation,
}

/// How a search ended.
pub(super) enum Found {
    Optimal {
        values: Vec<f64>,
        stats: Stats,
    },
    Stopped {
        by: LimitKind,
        values: Option<Vec<f64>>,
        stats: Stats,
    },
    Infeasible,
    Unbounded,
    /// The solver gives up, for a reason that it tells.
    Failed(String),
}

/// Solves a problem until it is done or a limit ends the search.
pub(super) fn run(
    problem: &Problem,
    options: &SolveOptions,
    deadlines: &Deadlines<'_>,
) -> Result<Found, SolverError> {
    let solve = AssertUnwindSafe(|| run_in_slices(problem, options, deadlines));
    match catch_unwind(solve) {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(Error::Infeasible)) => Ok(Found::Infeasible),
        Ok(Err(Error::Unbounded)) => Ok(Found::Unbounded),
        Ok(Err(Error::InternalError(reason))) => Ok(Found::Failed(reason)),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(panic) => Err(failed(format!("it panicked: {}", panic_message(panic.as_ref())))),
    }
}

fn run_in_slices(
    problem: &Problem,
    options: &SolveOptions,
    deadlines: &Deadlines<'_>,
) -> Result<Found, Error> {
    let mut options = options.clone();
    options.time_limit = Some(deadlines.next_slice());
    options.node_limit = deadlines.nodes;
    let mut outcome = problem.solve_with(options)?;
    loop {
        let stopped_by = match outcome.termination_reason() {
            TerminationReason::ProvenOptimal => {
                let stats = outcome.stats();
                let values = values(&outcome).unwrap_or_default();
                return Ok(Found::Optimal { values, stats });
            }
            TerminationReason::NodeLimit => Some(LimitKind::Nodes),
            TerminationReason::TimeLimit => deadlines.passed(&outcome.stats()),
            _ => Some(LimitKind::Other),
        };
        if let Some(by) = stopped_by {
            return Ok(Found::Stopped { by, values: values(&outcome), stats: outcome.stats() });
        }
        let mut next = ResumeOptions::default();
        next.time_limit = Some(deadlines.next_slice());
        next.node_limit = deadlines.nodes.map(|nodes| nodes.saturating_sub(outcome.stats().nodes_solved));
        outcome = outcome.resume_with(next)?;
    }
}

impl Deadlines<'_> {
    /// The limit that has passed, if any.
    fn passed(&self, stats: &Stats) -> Option<LimitKind> {
        if self.cancellation.is_cancelled() {
            Some(LimitKind::Cancelled)
        } else if self.time.is_some_and(|time| self.started.elapsed() >= time) {
            Some(LimitKind::Time)
        } else if self.nodes.is_some_and(|nodes| stats.nodes_solved >= nodes) {
            Some(LimitKind::Nodes)
        } else {
            None
        }
    }

    /// How long to go on before the next look; slices grow, so that work that a slice's end undoes gets done at last.
    fn next_slice(&self) -> Duration {
        let spent = self.started.elapsed();
        let slice = SLICE.max(spent / 4);
        self.time.map_or(slice, |time| slice.min(time.saturating_sub(spent)))
    }
}

fn values(outcome: &SolveOutcome) -> Option<Vec<f64>> {
    outcome.solution().map(|solution| solution.iter().map(|(_, value)| value).collect())
}

fn failed(reason: String) -> SolverError {
    SolverError::Failed { solver: NAME.to_owned(), reason }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}
