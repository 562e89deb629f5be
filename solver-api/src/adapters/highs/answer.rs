use std::time::Duration;

use highs::HighsModelStatus as Status;

use super::watch::Stop;
use crate::adapters::common::{rounding, without_rounding};
use crate::{LimitKind, Limits, Model, Outcome, Point, SolveStatistics, Verdict};

/// What HiGHS tells after a run.
pub(super) struct Facts {
    pub(super) status: Status,
    pub(super) interrupted_by: Option<Stop>,
    /// A point that HiGHS holds for feasible.
    pub(super) feasible_values: Option<Vec<f64>>,
    pub(super) proof: Proof,
    /// The multipliers of an LP's rows that HiGHS holds for feasible.
    pub(super) row_duals: Option<Vec<f64>>,
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
        row_duals: facts.row_duals.filter(|_| verdict == Verdict::Optimal),
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

/// What a status means under these limits, and the bound that holds with it.
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
            _ => (Verdict::Numerical, None),
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
            _ => (Verdict::Numerical, None),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Column;

    /// minimise 10 + x over 0 <= x <= 9
    fn model() -> Model {
        let mut model = Model::new("line");
        let x = model.add_column(Column::continuous("x", 0.0, 9.0)).expect("a valid column");
        model.set_objective(10.0, [(x, 1.0)]).expect("a valid objective");
        model
    }

    struct Told {
        status: Status,
        /// The value of x.
        x: Option<f64>,
        proof: Proof,
        stop: Option<Stop>,
    }

    fn tree(status: Status, x: Option<f64>, dual_bound: f64) -> Told {
        Told { status, x, proof: Proof::Tree { dual_bound, nodes: 5 }, stop: None }
    }

    fn linear(status: Status, x: Option<f64>, duals_are_feasible: bool) -> Told {
        let objective = x.map_or(f64::NAN, |x| 10.0 + x);
        Told { status, x, proof: Proof::Linear { objective, duals_are_feasible }, stop: None }
    }

    fn check(told: Told, limits: &Limits, verdict: Verdict, dual_bound: Option<f64>) {
        let facts = Facts {
            status: told.status,
            interrupted_by: told.stop,
            feasible_values: told.x.map(|x| vec![x]),
            row_duals: Some(vec![1.5]).filter(|_| matches!(told.proof, Proof::Linear { .. })),
            proof: told.proof,
            iterations: None,
            wall_time: Duration::ZERO,
        };
        let outcome = outcome(&model(), limits, facts);
        assert_eq!((outcome.verdict, outcome.dual_bound), (verdict, dual_bound), "{outcome:?} {limits:?}");
        assert_eq!(outcome.incumbent.map(|point| point.objective), told.x.map(|x| 10.0 + x));
        let has_duals = verdict == Verdict::Optimal && outcome.statistics.nodes.is_none();
        assert_eq!(outcome.row_duals, has_duals.then(|| vec![1.5]));
    }

    #[test]
    fn what_highs_says_without_limits() {
        let none = Limits::default();
        let other = Verdict::Limit(LimitKind::Other);
        for (told, verdict, bound) in [
            (tree(Status::Optimal, Some(2.0), 12.0), Verdict::Optimal, Some(12.0)),
            (tree(Status::Optimal, Some(2.0), 12.0 + 1e-12), Verdict::Optimal, Some(12.0)),
            (tree(Status::Optimal, Some(2.0), f64::NAN), Verdict::Numerical, None),
            (tree(Status::Optimal, None, 12.0), Verdict::Numerical, None),
            (linear(Status::Optimal, Some(2.0), true), Verdict::Optimal, Some(12.0)),
            (linear(Status::Optimal, Some(2.0), false), Verdict::Numerical, None),
            (tree(Status::Infeasible, None, f64::INFINITY), Verdict::Infeasible, None),
            (linear(Status::Infeasible, None, false), Verdict::Infeasible, None),
            (
                tree(Status::UnboundedOrInfeasible, None, f64::NEG_INFINITY),
                Verdict::InfeasibleOrUnbounded,
                None,
            ),
            (tree(Status::Unbounded, None, f64::NEG_INFINITY), Verdict::InfeasibleOrUnbounded, None),
            (tree(Status::Unbounded, Some(1.0), f64::NEG_INFINITY), Verdict::Unbounded, None),
            (linear(Status::Unbounded, None, false), Verdict::Unbounded, None),
            (tree(Status::ReachedTimeLimit, None, f64::NEG_INFINITY), Verdict::Limit(LimitKind::Time), None),
            (linear(Status::ReachedTimeLimit, Some(3.0), true), Verdict::Limit(LimitKind::Time), None),
            (
                tree(Status::ReachedIterationLimit, None, 11.0),
                Verdict::Limit(LimitKind::Iterations),
                Some(11.0),
            ),
            (tree(Status::ReachedMemoryLimit, None, 11.0), Verdict::Limit(LimitKind::Memory), Some(11.0)),
            (tree(Status::ReachedSolutionLimit, Some(3.0), 11.0), other, Some(11.0)),
            (tree(Status::ReachedInterrupt, Some(3.0), 11.0), other, Some(11.0)),
            (tree(Status::ObjectiveTarget, Some(3.0), 11.0), Verdict::Numerical, None),
            (linear(Status::ObjectiveBound, None, true), Verdict::Numerical, None),
            (linear(Status::Unknown, Some(3.0), true), Verdict::Numerical, None),
            (tree(Status::SolveError, None, 11.0), Verdict::Numerical, None),
        ] {
            check(told, &none, verdict, bound);
        }
    }

    #[test]
    fn a_cutoff_bounds_what_is_known() {
        let limits = Limits { cutoff: Some(11.5), ..Limits::default() };
        let none_better = Verdict::NoneBetterThanCutoff;
        for (told, verdict, bound) in [
            (tree(Status::Infeasible, None, f64::INFINITY), none_better, Some(11.5)),
            (linear(Status::Infeasible, None, false), none_better, Some(11.5)),
            (linear(Status::ObjectiveBound, None, true), none_better, Some(11.5)),
            // Not optimal: everything below 13 and above the cutoff was cut off.
            (tree(Status::Optimal, Some(3.0), 13.0), none_better, Some(11.5)),
            (linear(Status::Optimal, Some(3.0), true), none_better, Some(13.0)),
            (tree(Status::Optimal, Some(1.0), 11.0), Verdict::Optimal, Some(11.0)),
            (tree(Status::ReachedTimeLimit, Some(3.0), 13.0), Verdict::Limit(LimitKind::Time), Some(11.5)),
        ] {
            check(told, &limits, verdict, bound);
        }
        let nothing = Limits { cutoff: Some(f64::NEG_INFINITY), ..Limits::default() };
        check(tree(Status::Infeasible, None, f64::INFINITY), &nothing, none_better, None);
    }

    #[test]
    fn targets_nodes_and_interrupts_are_told_apart() {
        let target = |target| Limits { target: Some(target), ..Limits::default() };
        check(
            tree(Status::ObjectiveTarget, Some(1.0), 10.5),
            &target(11.0),
            Verdict::TargetReached,
            Some(10.5),
        );
        check(tree(Status::ObjectiveTarget, Some(2.0), 10.5), &target(11.0), Verdict::Numerical, None);
        check(tree(Status::ObjectiveTarget, None, 10.5), &target(11.0), Verdict::Numerical, None);

        let nodes = |nodes| Limits { nodes: Some(nodes), ..Limits::default() };
        let stopped = || tree(Status::ReachedSolutionLimit, Some(2.0), 11.0);
        check(stopped(), &nodes(5), Verdict::Limit(LimitKind::Nodes), Some(11.0));
        check(stopped(), &nodes(6), Verdict::Limit(LimitKind::Other), Some(11.0));

        let interrupted = |stop| Told { stop: Some(stop), ..tree(Status::ReachedInterrupt, Some(2.0), 10.5) };
        let none = Limits::default();
        check(interrupted(Stop::Cancelled), &none, Verdict::Limit(LimitKind::Cancelled), Some(10.5));
        // The bound that led to the stop counts, not a weaker one told afterwards.
        check(interrupted(Stop::Bound(11.0)), &none, Verdict::BoundReached, Some(11.0));
    }
}
