use thiserror::Error;

use super::point::{Tolerances, check_point};
use crate::{Limits, Model, Options, Outcome, Point, Verdict};

/// Numbers from here on are some solver's way to say "none" (1e20, 1e30, 1e50, the greatest f64), not an objective.
const SENTINEL: f64 = 1e20;

/// What an outcome is held against: what was asked for, and how exactly.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// How far the incumbent may miss constraints.
    pub tolerances: Tolerances,
    /// How far two objectives that should agree may differ, relative to the greater of 1 and their magnitude.
    pub objective_tolerance: f64,
    /// The gap that "optimal" allows (absolute).
    pub absolute_gap: f64,
    /// The gap that "optimal" allows, relative to the incumbent's objective.
    pub relative_gap: f64,
    /// The cutoff that the solve had.
    pub cutoff: Option<f64>,
    /// The target that the solve had.
    pub target: Option<f64>,
    /// The bound at which the solve was to stop.
    pub bound_stop: Option<f64>,
}

/// How an outcome contradicts itself, its model or the question.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum OutcomeFault {
    /// The incumbent violates the model.
    #[error("the incumbent violates {place} by {amount:e}")]
    InfeasibleIncumbent {
        /// The worst constraint of the first kind that is violated.
        place: String,
        /// By how much.
        amount: f64,
    },
    /// The incumbent's objective is not the one that its values have.
    #[error("the incumbent's objective is {computed}, not {claimed}")]
    WrongObjective {
        /// What the outcome says.
        claimed: f64,
        /// What the model says.
        computed: f64,
    },
    /// A dual bound or an incumbent's objective is a solver's way to say "none".
    #[error("{what} {value} is no number that a model has")]
    Sentinel {
        /// Dual bound or objective.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// The dual bound is above the objective of a feasible point.
    #[error("the dual bound {bound} is above the incumbent's objective {objective}")]
    BoundAboveIncumbent {
        /// The dual bound.
        bound: f64,
        /// The incumbent's objective.
        objective: f64,
    },
    /// The verdict speaks of a point or a bound that is not there.
    #[error("{verdict:?} without {missing}")]
    Missing {
        /// The verdict.
        verdict: Verdict,
        /// What it needs.
        missing: &'static str,
    },
    /// The verdict denies a point or a bound that is there.
    #[error("{verdict:?} together with {surplus}")]
    Contradiction {
        /// The verdict.
        verdict: Verdict,
        /// What it excludes.
        surplus: &'static str,
    },
    /// "Optimal" with a gap that was not allowed.
    #[error("optimal with dual bound {bound} and objective {objective}")]
    OpenGap {
        /// The dual bound.
        bound: f64,
        /// The incumbent's objective.
        objective: f64,
    },
    /// The verdict speaks of a cutoff, target or bound that was not set, or that the numbers do not meet.
    #[error("{verdict:?}, but {value:?} does not reach {asked:?}")]
    NotReached {
        /// The verdict.
        verdict: Verdict,
        /// What was asked for, if anything.
        asked: Option<f64>,
        /// What the outcome has.
        value: Option<f64>,
    },
}

impl CheckOptions {
    /// What a solve with these options and limits should keep to.
    pub fn new(options: &Options, limits: &Limits) -> Self {
        Self {
            tolerances: Tolerances::from(options),
            objective_tolerance: 1e-6,
            absolute_gap: options.absolute_gap,
            relative_gap: options.relative_gap,
            cutoff: limits.cutoff,
            target: limits.target,
            bound_stop: limits.bound_stop,
        }
    }

    /// Whether `a` is below `b` by more than the tolerance.
    fn is_below(&self, a: f64, b: f64) -> bool {
        let finite = [a, b].into_iter().filter(|value| value.is_finite());
        let scale = finite.fold(1.0_f64, |scale, value| scale.max(value.abs()));
        b - a > self.objective_tolerance * scale
    }
}

/// Holds an outcome against its model and its question, without any solver.
///
/// It finds what cannot be true, not everything that is false: a dual bound or an "infeasible" that nothing contradicts
/// is believed.
///
/// # Errors
/// The first [`OutcomeFault`] that is found.
pub fn check_outcome(model: &Model, outcome: &Outcome, options: &CheckOptions) -> Result<(), OutcomeFault> {
    if let Some(point) = &outcome.incumbent {
        check_incumbent(model, point, options)?;
    }
    if let Some(bound) = outcome.dual_bound {
        check_number("dual bound", bound)?;
    }
    let objective = outcome.incumbent.as_ref().map(|point| point.objective);
    if let (Some(bound), Some(objective)) = (outcome.dual_bound, objective)
        && options.is_below(objective, bound)
    {
        return Err(OutcomeFault::BoundAboveIncumbent { bound, objective });
    }
    check_verdict(outcome.verdict, objective, outcome.dual_bound, options)
}

fn check_incumbent(model: &Model, point: &Point, options: &CheckOptions) -> Result<(), OutcomeFault> {
    let check = check_point(model, &point.values);
    if let Some(worst) = check.worst_beyond(&options.tolerances) {
        let place = worst.place.clone().unwrap_or_default();
        return Err(OutcomeFault::InfeasibleIncumbent { place, amount: worst.amount });
    }
    let (claimed, computed) = (point.objective, check.objective);
    check_number("objective", claimed)?;
    if options.is_below(claimed, computed) || options.is_below(computed, claimed) {
        return Err(OutcomeFault::WrongObjective { claimed, computed });
    }
    Ok(())
}

fn check_number(what: &'static str, value: f64) -> Result<(), OutcomeFault> {
    if value.abs() < SENTINEL { Ok(()) } else { Err(OutcomeFault::Sentinel { what, value }) }
}

fn check_verdict(
    verdict: Verdict,
    objective: Option<f64>,
    bound: Option<f64>,
    options: &CheckOptions,
) -> Result<(), OutcomeFault> {
    let missing = |missing| Err(OutcomeFault::Missing { verdict, missing });
    let contradiction = |surplus| Err(OutcomeFault::Contradiction { verdict, surplus });
    let not_reached = |asked, value| Err(OutcomeFault::NotReached { verdict, asked, value });
    match verdict {
        Verdict::Optimal => match (objective, bound) {
            (None, _) => missing("incumbent"),
            (_, None) => missing("dual bound"),
            (Some(objective), Some(bound)) => {
                let allowed = options.absolute_gap.max(options.relative_gap * objective.abs());
                if options.is_below(bound + allowed, objective) {
                    return Err(OutcomeFault::OpenGap { bound, objective });
                }
                match options.cutoff {
                    Some(cutoff) if options.is_below(cutoff, objective) => {
                        contradiction("an objective above the cutoff")
                    }
                    _ => Ok(()),
                }
            }
        },
        Verdict::Infeasible if options.cutoff.is_some() => contradiction("a cutoff"),
        Verdict::Infeasible if objective.is_some() => contradiction("an incumbent"),
        Verdict::InfeasibleOrUnbounded | Verdict::Unbounded | Verdict::Infeasible => match bound {
            Some(_) => contradiction("a dual bound"),
            None => Ok(()),
        },
        Verdict::NoneBetterThanCutoff => match (options.cutoff, objective) {
            (None, _) => not_reached(None, objective),
            (Some(cutoff), Some(objective)) if options.is_below(objective, cutoff) => {
                contradiction("a better incumbent")
            }
            _ => Ok(()),
        },
        Verdict::TargetReached => match (options.target, objective) {
            (_, None) => missing("incumbent"),
            (Some(target), Some(objective)) if !options.is_below(target, objective) => Ok(()),
            (target, objective) => not_reached(target, objective),
        },
        Verdict::BoundReached => match (options.bound_stop, bound) {
            (_, None) => missing("dual bound"),
            (Some(stop), Some(bound)) if bound >= stop => Ok(()),
            (stop, bound) => not_reached(stop, bound),
        },
        Verdict::Limit(_) | Verdict::Numerical => Ok(()),
    }
}
