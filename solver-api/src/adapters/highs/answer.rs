use std::time::Duration;

use highs::HighsModelStatus as Status;

use super::watch::Stop;
use crate::{LimitKind, Limits, Model, Outcome, Point, SolveStatistics, Verdict};

/// What HiGHS tells after a run.
pub(super) struct Facts {
    pub(super) status: Status,
    pub(super) interrupted_by: Option<Stop>,
    /// A point that HiGHS holds for feasible.
    pub(super) feasible_values: Option<Vec<f64>>,
    pub(super) proof: Proof,
    pub(super) iterations: Option<u64>,
    pub(super) wall_time: Duration,
}

/// What a run says about the least objective.
pub(super) enum Proof {
    /// A branch and bound: its dual bound, which may be infinite or missing (NaN).
    Tree { dual_bound: f64, nodes: u64 },
    /// An LP: its objective, which is a bound where the LP is optimal and its duals are feasible.
    Linear { objective: f64, duals_are_feasible: bool },
}

/// Translates what HiGHS says under these limits into what is known about the model.
pub(super) fn outcome(model: &Model, limits: &Limits, facts: Facts) -> Outcome {
    let incumbent = facts.feasible_values.as_ref().map(|values| model.objective_value(values));
    let bound = proven_bound(limits, &facts);
    let (verdict, dual_bound) = judge(limits, &facts, incumbent, bound);
    Outcome {
        verdict,
        incumbent: facts
            .feasible_values
            .zip(incumbent)
            .map(|(values, objective)| Point { values, objective }),
        dual_bound: dual_bound.map(|bound| without_rounding(bound, incumbent)),
        statistics: SolveStatistics {
            wall_time: facts.wall_time,
            nodes: match facts.proof {
                Proof::Tree { nodes, .. } => Some(nodes),
                Proof::Linear { .. } => None,
            },
            iterations: facts.iterations,
        },
        raw_status: format!("{:?}", facts.status),
    }
}

fn judge(
    limits: &Limits,
    facts: &Facts,
    incumbent: Option<f64>,
    bound: Option<f64>,
) -> (Verdict, Option<f64>) {
    let nothing_below_cutoff = |cutoff: f64| {
        let proven_beyond =
            bound.filter(|bound| *bound > cutoff && matches!(facts.proof, Proof::Linear { .. }));
        (Verdict::NoneBetterThanCutoff, proven_beyond.or(cutoff.is_finite().then_some(cutoff)))
    };
    match facts.status {
        // HiGHS prunes at the cutoff but also keeps points above it, and then calls the best of these optimal.
        Status::Optimal => match (incumbent, bound, limits.cutoff) {
            (Some(objective), _, Some(cutoff)) if objective >= cutoff => nothing_below_cutoff(cutoff),
            (Some(_), Some(_), _) => (Verdict::Optimal, bound),
            _ => (Verdict::Numerical, bound),
        },
        // A cutoff below the optimum makes HiGHS say "infeasible".
        Status::Infeasible => match limits.cutoff {
            Some(cutoff) => nothing_below_cutoff(cutoff),
            None => (Verdict::Infeasible, None),
        },
        Status::ObjectiveBound => match limits.cutoff {
            Some(cutoff) => nothing_below_cutoff(cutoff),
            None => (Verdict::Numerical, None),
        },
        // A MIP's "unbounded" speaks of its relaxation; an integer point is what is missing to say it of the MIP.
        Status::Unbounded => match (&facts.proof, incumbent) {
            (Proof::Tree { .. }, None) => (Verdict::InfeasibleOrUnbounded, None),
            _ => (Verdict::Unbounded, None),
        },
        Status::UnboundedOrInfeasible => (Verdict::InfeasibleOrUnbounded, None),
        Status::ObjectiveTarget => match (incumbent, limits.target) {
            (Some(objective), Some(target)) if objective <= target + rounding(target) => {
                (Verdict::TargetReached, bound)
            }
            _ => (Verdict::Numerical, bound),
        },
        Status::ReachedInterrupt => match facts.interrupted_by {
            Some(Stop::Bound(reached)) => (Verdict::BoundReached, Some(reached)),
            Some(Stop::Cancelled) => (Verdict::Limit(LimitKind::Cancelled), bound),
            None => (Verdict::Limit(LimitKind::Other), bound),
        },
        Status::ReachedTimeLimit => (Verdict::Limit(LimitKind::Time), bound),
        Status::ReachedIterationLimit => (Verdict::Limit(LimitKind::Iterations), bound),
        Status::ReachedMemoryLimit => (Verdict::Limit(LimitKind::Memory), bound),
        Status::ReachedSolutionLimit => match (&facts.proof, limits.nodes) {
            (Proof::Tree { nodes, .. }, Some(limit)) if *nodes >= limit => {
                (Verdict::Limit(LimitKind::Nodes), bound)
            }
            _ => (Verdict::Limit(LimitKind::Other), bound),
        },
        _ => (Verdict::Numerical, None),
    }
}

/// A lower bound on every feasible objective, where the run proves one; never an infinite value.
fn proven_bound(limits: &Limits, facts: &Facts) -> Option<f64> {
    let bound = match facts.proof {
        Proof::Tree { dual_bound, .. } if dual_bound.is_nan() => return None,
        // Nodes above the cutoff are gone without leaving their bound, so that nothing is known above it.
        Proof::Tree { dual_bound, .. } => dual_bound.min(limits.cutoff.unwrap_or(f64::INFINITY)),
        Proof::Linear { objective, duals_are_feasible: true } if facts.status == Status::Optimal => objective,
        Proof::Linear { .. } => return None,
    };
    bound.is_finite().then_some(bound)
}

/// The bound, or the incumbent's objective where the bound exceeds it by no more than the summation's rounding.
fn without_rounding(bound: f64, incumbent: Option<f64>) -> f64 {
    match incumbent {
        Some(objective) if bound > objective && bound - objective <= rounding(objective) => objective,
        _ => bound,
    }
}

fn rounding(value: f64) -> f64 {
    1e-9 * value.abs().max(1.0)
}
