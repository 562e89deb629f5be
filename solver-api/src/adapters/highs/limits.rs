use std::time::Duration;

use super::instance::Instance;
use super::rejected;
use crate::{Limits, SolverError};

/// The limits that hold for every solve: HiGHS's own, or those among the raw options.
pub(super) struct BaseLimits {
    seconds: f64,
    nodes: i32,
    cutoff: f64,
    target: f64,
}

impl BaseLimits {
    pub(super) fn of(instance: &Instance) -> Result<Self, SolverError> {
        Ok(Self {
            seconds: instance.float_option(c"time_limit")?,
            nodes: instance.integer_option(c"mip_max_nodes")?,
            cutoff: instance.float_option(c"objective_bound")?,
            target: instance.float_option(c"objective_target")?,
        })
    }

    /// The stricter of both for every limit; a cutoff or target that limits nothing is none.
    pub(super) fn combined_with(&self, limits: &Limits) -> Result<Limits, SolverError> {
        for (name, value) in
            [("cutoff", limits.cutoff), ("target", limits.target), ("bound_stop", limits.bound_stop)]
        {
            if let Some(value) = value.filter(|value| value.is_nan()) {
                return Err(rejected(name, &value));
            }
        }
        let base_time = Duration::try_from_secs_f64(self.seconds).ok();
        let base_nodes = u64::try_from(self.nodes).ok().filter(|_| self.nodes != i32::MAX);
        let cutoff = limits.cutoff.unwrap_or(f64::INFINITY).min(self.cutoff);
        let target = limits.target.unwrap_or(f64::NEG_INFINITY).max(self.target);
        Ok(Limits {
            time: limits.time.into_iter().chain(base_time).min(),
            nodes: limits.nodes.into_iter().chain(base_nodes).min(),
            cutoff: (cutoff < f64::INFINITY).then_some(cutoff),
            target: (target > f64::NEG_INFINITY).then_some(target),
            bound_stop: limits.bound_stop,
            cancellation: limits.cancellation.clone(),
        })
    }
}

/// Sets all limits of the next run, so that none of the last one is left.
pub(super) fn set(limits: &Limits, instance: &mut Instance) -> Result<(), SolverError> {
    let seconds = limits.time.map_or(f64::INFINITY, |time| time.as_secs_f64());
    let nodes = limits.nodes.map_or(i32::MAX, |nodes| i32::try_from(nodes).unwrap_or(i32::MAX));
    instance.set_option("time_limit", seconds)?;
    instance.set_option("mip_max_nodes", nodes)?;
    instance.set_option("objective_bound", limits.cutoff.unwrap_or(f64::INFINITY))?;
    // HiGHS stops strictly below its target.
    instance.set_option("objective_target", limits.target.map_or(f64::NEG_INFINITY, f64::next_up))
}
