use std::ffi::c_uint;
use std::time::Duration;

use crate::adapters::common::{rounding, without_rounding};
use crate::{LimitKind, Limits, Model, Outcome, Point, SolveStatistics, Verdict};

macro_rules! statuses {
    ($($name:ident = $number:literal,)*) => {
        /// How a solve ended, `SCIP_STATUS_*` in the headers of SCIP 10.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Status {
            $($name,)*
        }

        impl Status {
            pub(super) fn of_number(number: c_uint) -> Option<Self> {
                match number {
                    $($number => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

statuses! {
    Unknown = 0,
    Optimal = 1,
    Infeasible = 2,
    Unbounded = 3,
    InfOrUnbd = 4,
    UserInterrupt = 10,
    Terminate = 11,
    NodeLimit = 20,
    TotalNodeLimit = 21,
    StallNodeLimit = 22,
    TimeLimit = 23,
    MemLimit = 24,
    GapLimit = 25,
    PrimalLimit = 26,
    DualLimit = 27,
    SolLimit = 28,
    BestSolLimit = 29,
    RestartLimit = 30,
}

/// What SCIP tells after a solve.
pub(super) struct Facts {
    pub(super) status: Status,
    pub(super) was_cancelled: bool,
    /// The best point, which SCIP holds for feasible.
    pub(super) values: Option<Vec<f64>>,
    /// Without sentinel.
    pub(super) dual_bound: Option<f64>,
    pub(super) nodes: Option<u64>,
    pub(super) iterations: Option<u64>,
    pub(super) wall_time: Duration,
}

/// What is infinite to SCIP.
const INFINITY: f64 = 1e20;

/// Translates what SCIP says under these limits into what is known about the model.
pub(super) fn outcome(model: &Model, limits: &Limits, facts: Facts) -> Outcome {
    let objective = facts.values.as_ref().map(|values| model.objective_value(values));
    // Nodes above the cutoff are gone without leaving their bound, so that nothing is known above it.
    let bound = facts.dual_bound.map(|bound| bound.min(limits.cutoff.unwrap_or(f64::INFINITY)));
    let (verdict, dual_bound) = judge(model, limits, &facts, objective, bound);
    Outcome {
        verdict,
        // Without presolve SCIP shows that a model is unbounded by a point at its infinity.
        incumbent: facts
            .values
            .zip(objective)
            .filter(|(_, objective)| objective.abs() < INFINITY)
            .map(|(values, objective)| Point { values, objective }),
        dual_bound: dual_bound
            .filter(|bound| bound.is_finite())
            .map(|bound| without_rounding(bound, objective)),
        row_duals: None,
        statistics: SolveStatistics {
            wall_time: facts.wall_time,
            nodes: facts.nodes,
            iterations: facts.iterations,
        },
        raw_status: format!("{:?}", facts.status),
    }
}

/// What a status means under these limits, and the bound that holds with it.
fn judge(
    model: &Model,
    limits: &Limits,
    facts: &Facts,
    objective: Option<f64>,
    bound: Option<f64>,
) -> (Verdict, Option<f64>) {
    let limit = |kind| after_limit(kind, limits, objective, bound);
    match facts.status {
        Status::Optimal | Status::GapLimit => match (objective, limits.cutoff) {
            (Some(objective), Some(cutoff)) if objective >= cutoff => {
                (Verdict::NoneBetterThanCutoff, Some(cutoff))
            }
            (Some(_), _) if bound.is_some() => (Verdict::Optimal, bound),
            _ => (Verdict::Numerical, None),
        },
        // With an objective limit below the optimum SCIP says "infeasible".
        Status::Infeasible => match limits.cutoff {
            Some(cutoff) => (Verdict::NoneBetterThanCutoff, Some(cutoff)),
            None => (Verdict::Infeasible, None),
        },
        // A MIP's relaxation may be unbounded without an integer point.
        Status::Unbounded if !model.is_linear_program() && objective.is_none() => {
            (Verdict::InfeasibleOrUnbounded, None)
        }
        Status::Unbounded => (Verdict::Unbounded, None),
        Status::InfOrUnbd => (Verdict::InfeasibleOrUnbounded, None),
        Status::PrimalLimit if reaches_target(limits, objective) => (Verdict::TargetReached, bound),
        Status::DualLimit if reaches_bound(limits, bound) => bound_reached(limits, bound),
        Status::PrimalLimit | Status::DualLimit => (Verdict::Numerical, None),
        Status::UserInterrupt if facts.was_cancelled => (Verdict::Limit(LimitKind::Cancelled), bound),
        Status::NodeLimit | Status::TotalNodeLimit => limit(LimitKind::Nodes),
        Status::TimeLimit => limit(LimitKind::Time),
        Status::MemLimit => limit(LimitKind::Memory),
        Status::UserInterrupt
        | Status::Terminate
        | Status::StallNodeLimit
        | Status::SolLimit
        | Status::BestSolLimit
        | Status::RestartLimit => limit(LimitKind::Other),
        Status::Unknown => (Verdict::Numerical, None),
    }
}

/// A limit that ends the search together with what it was to find is not the answer.
fn after_limit(
    kind: LimitKind,
    limits: &Limits,
    objective: Option<f64>,
    bound: Option<f64>,
) -> (Verdict, Option<f64>) {
    if reaches_target(limits, objective) {
        (Verdict::TargetReached, bound)
    } else if reaches_bound(limits, bound) {
        bound_reached(limits, bound)
    } else {
        (Verdict::Limit(kind), bound)
    }
}

fn reaches_target(limits: &Limits, objective: Option<f64>) -> bool {
    objective.zip(limits.target).is_some_and(|(objective, target)| objective <= target + rounding(target))
}

/// SCIP compares with a tolerance too, and stops at 99.9999999999995 for 100.
fn reaches_bound(limits: &Limits, bound: Option<f64>) -> bool {
    bound.zip(limits.bound_stop).is_some_and(|(bound, stop)| bound >= stop - rounding(stop))
}

/// The value asked for counts as proven where only rounding keeps the bound from it.
fn bound_reached(limits: &Limits, bound: Option<f64>) -> (Verdict, Option<f64>) {
    (Verdict::BoundReached, bound.zip(limits.bound_stop).map(|(bound, stop)| bound.max(stop)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Column;

    /// minimise 10 + x over 0 <= x <= 9
    fn model(column: Column) -> Model {
        let mut model = Model::new("line");
        let x = model.add_column(column).expect("a valid column");
        model.set_objective(10.0, [(x, 1.0)]).expect("a valid objective");
        model
    }

    fn facts(status: Status, x: Option<f64>, dual_bound: Option<f64>) -> Facts {
        Facts {
            status,
            was_cancelled: false,
            values: x.map(|x| vec![x]),
            dual_bound,
            nodes: Some(5),
            iterations: None,
            wall_time: Duration::ZERO,
        }
    }

    fn check(limits: &Limits, facts: Facts, expected: (Verdict, Option<f64>)) {
        let x = facts.values.as_ref().map(|values| values[0]);
        let outcome = outcome(&model(Column::continuous("x", 0.0, 9.0)), limits, facts);
        assert_eq!((outcome.verdict, outcome.dual_bound), expected, "{outcome:?} {limits:?}");
        assert_eq!(outcome.incumbent.map(|point| point.objective), x.map(|x| 10.0 + x));
    }

    #[test]
    fn what_scip_says_without_limits() {
        for (status, x, bound, verdict, dual_bound) in [
            (Status::Optimal, Some(2.0), Some(12.0), Verdict::Optimal, Some(12.0)),
            (Status::Optimal, Some(2.0), Some(12.0 + 1e-12), Verdict::Optimal, Some(12.0)),
            (Status::GapLimit, Some(2.0), Some(11.9999995), Verdict::Optimal, Some(11.9999995)),
            (Status::Optimal, None, Some(12.0), Verdict::Numerical, None),
            (Status::Optimal, Some(2.0), None, Verdict::Numerical, None),
            (Status::Infeasible, None, None, Verdict::Infeasible, None),
            (Status::Unbounded, None, None, Verdict::Unbounded, None),
            (Status::InfOrUnbd, None, None, Verdict::InfeasibleOrUnbounded, None),
            (Status::PrimalLimit, Some(2.0), Some(11.0), Verdict::Numerical, None),
            (Status::DualLimit, Some(2.0), Some(11.0), Verdict::Numerical, None),
            (Status::TotalNodeLimit, Some(2.0), Some(11.0), Verdict::Limit(LimitKind::Nodes), Some(11.0)),
            (Status::TimeLimit, None, None, Verdict::Limit(LimitKind::Time), None),
            (Status::MemLimit, None, Some(11.0), Verdict::Limit(LimitKind::Memory), Some(11.0)),
            (Status::UserInterrupt, None, Some(11.0), Verdict::Limit(LimitKind::Other), Some(11.0)),
            (Status::SolLimit, Some(2.0), Some(11.0), Verdict::Limit(LimitKind::Other), Some(11.0)),
            (Status::Unknown, Some(2.0), Some(11.0), Verdict::Numerical, None),
        ] {
            check(&Limits::default(), facts(status, x, bound), (verdict, dual_bound));
        }
        let cancelled = Facts { was_cancelled: true, ..facts(Status::UserInterrupt, None, Some(11.0)) };
        check(&Limits::default(), cancelled, (Verdict::Limit(LimitKind::Cancelled), Some(11.0)));
    }

    #[test]
    fn a_mip_is_unbounded_only_with_a_point() {
        let mip = model(Column::binary("x"));
        for (x, verdict) in [(None, Verdict::InfeasibleOrUnbounded), (Some(1.0), Verdict::Unbounded)] {
            let outcome = outcome(&mip, &Limits::default(), facts(Status::Unbounded, x, None));
            assert_eq!((outcome.verdict, outcome.dual_bound), (verdict, None));
        }
    }

    #[test]
    fn a_cutoff_bounds_what_is_known() {
        let limits = Limits { cutoff: Some(11.5), ..Limits::default() };
        let none_better = (Verdict::NoneBetterThanCutoff, Some(11.5));
        check(&limits, facts(Status::Infeasible, None, None), none_better);
        check(&limits, facts(Status::Optimal, Some(2.0), Some(12.0)), none_better);
        check(&limits, facts(Status::Optimal, Some(1.0), Some(11.0)), (Verdict::Optimal, Some(11.0)));
        let time = Verdict::Limit(LimitKind::Time);
        check(&limits, facts(Status::TimeLimit, None, Some(14.0)), (time, Some(11.5)));
        let limits = Limits { cutoff: Some(f64::NEG_INFINITY), ..Limits::default() };
        check(&limits, facts(Status::Infeasible, None, None), (Verdict::NoneBetterThanCutoff, None));
    }

    #[test]
    fn targets_and_bounds_are_believed_only_with_the_numbers() {
        let target = Limits { target: Some(12.0), ..Limits::default() };
        let reached = (Verdict::TargetReached, Some(11.0));
        check(&target, facts(Status::PrimalLimit, Some(2.0), Some(11.0)), reached);
        check(&target, facts(Status::TotalNodeLimit, Some(1.5), Some(11.0)), reached);
        check(&target, facts(Status::PrimalLimit, Some(2.1), Some(11.0)), (Verdict::Numerical, None));
        let stop = Limits { bound_stop: Some(11.0), ..Limits::default() };
        let reached = (Verdict::BoundReached, Some(11.0));
        check(&stop, facts(Status::DualLimit, None, Some(11.0)), reached);
        check(&stop, facts(Status::TimeLimit, None, Some(11.0)), reached);
        check(&stop, facts(Status::DualLimit, None, Some(11.0 - 1e-12)), reached);
        check(&stop, facts(Status::DualLimit, None, Some(10.9)), (Verdict::Numerical, None));
    }
}
