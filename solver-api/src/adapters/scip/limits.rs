use std::ffi::CStr;
use std::time::Duration;

use super::instance::Instance;
use crate::{Limits, SolverError};

const TIME: &CStr = c"limits/time";
const NODES: &CStr = c"limits/totalnodes";
const TARGET: &CStr = c"limits/primal";
const BOUND_STOP: &CStr = c"limits/dual";

/// From here on `limits/time` is no limit.
const NO_TIME: f64 = 1e20;
/// What `limits/primal` and `limits/dual` hold where they limit nothing; SCIP compares with it, so that it cannot be
/// infinite.
const NO_OBJECTIVE: f64 = 1e99;

/// The limits that hold for every solve: none, or those among the raw options.
pub(super) struct BaseLimits {
    time: Option<Duration>,
    nodes: Option<u64>,
    target: Option<f64>,
    bound_stop: Option<f64>,
}

impl BaseLimits {
    pub(super) fn of(instance: &Instance<'_>) -> Result<Self, SolverError> {
        let seconds = instance.real(TIME)?;
        let set = |value: f64| (value.abs() < NO_OBJECTIVE).then_some(value);
        Ok(Self {
            time: Duration::try_from_secs_f64(seconds).ok().filter(|_| seconds < NO_TIME),
            nodes: u64::try_from(instance.long_integer(NODES)?).ok(),
            target: set(instance.real(TARGET)?),
            bound_stop: set(instance.real(BOUND_STOP)?),
        })
    }

    /// The stricter of both for every limit.
    pub(super) fn combined_with(&self, limits: &Limits) -> Limits {
        Limits {
            time: limits.time.into_iter().chain(self.time).min(),
            nodes: limits.nodes.into_iter().chain(self.nodes).min(),
            cutoff: limits.cutoff,
            // The search ends at whatever is reached first: the higher target, the lower bound.
            target: limits.target.into_iter().chain(self.target).reduce(f64::max),
            bound_stop: limits.bound_stop.into_iter().chain(self.bound_stop).reduce(f64::min),
            cancellation: limits.cancellation.clone(),
        }
    }
}

/// Sets all limits of the next run, of whose time some has passed.
pub(super) fn set(limits: &Limits, passed: Duration, instance: &mut Instance<'_>) -> Result<(), SolverError> {
    let seconds = limits.time.map_or(NO_TIME, |time| time.saturating_sub(passed).as_secs_f64().min(NO_TIME));
    let nodes = limits.nodes.map_or(-1, |nodes| i64::try_from(nodes).unwrap_or(i64::MAX));
    let finite = |value: Option<f64>| value.map_or(NO_OBJECTIVE, |value| value.clamp(-1e98, 1e98));
    instance.set_real(TIME, seconds)?;
    instance.set_long_integer(NODES, nodes)?;
    instance.set_real(TARGET, finite(limits.target))?;
    instance.set_real(BOUND_STOP, finite(limits.bound_stop))?;
    match limits.cutoff {
        Some(cutoff) => instance.set_objective_limit(cutoff),
        None => Ok(()),
    }
}
