//! What a program's words prove about the model.

use std::time::Duration;

use super::program::{Status, Told};
use crate::adapters::common::without_rounding;
use crate::adapters::fresh::Question;
use crate::{
    ColumnKind, LimitKind, Model, Outcome, Point, SolveStatistics, Tolerances, Verdict, check_point,
};

/// Translates what a program says into what is known.
pub(super) fn outcome(question: &Question<'_>, told: Told, wall_time: Duration) -> Outcome {
    let model = question.model;
    let tolerances = Tolerances::from(question.options);
    let printed = told.values.as_deref();
    let incumbent = printed.and_then(|values| feasible_point(model, values, &tolerances));
    let is_wrong = printed.is_some() && incumbent.is_none();
    let objective = incumbent.as_ref().map(|point| point.objective);
    let (verdict, dual_bound) = judge(question, &told, objective);
    Outcome {
        verdict,
        dual_bound: dual_bound.map(|bound| without_rounding(bound, objective)),
        row_duals: None,
        incumbent,
        statistics: SolveStatistics { wall_time, nodes: told.nodes, iterations: told.iterations },
        raw_status: if is_wrong {
            format!("{}, with a point that violates the model", told.words)
        } else {
            told.words
        },
    }
}

/// The outcome of a process that was ended.
pub(super) fn ended(limit: LimitKind, wall_time: Duration, words: &str) -> Outcome {
    Outcome {
        verdict: Verdict::Limit(limit),
        incumbent: None,
        dual_bound: None,
        row_duals: None,
        statistics: SolveStatistics { wall_time, ..SolveStatistics::default() },
        raw_status: words.to_owned(),
    }
}

/// The point as printed or, where its decimals miss by what printing rounds, with whole numbers made whole.
fn feasible_point(model: &Model, printed: &[f64], tolerances: &Tolerances) -> Option<Point> {
    let whole = |(value, column): (&f64, &crate::Column)| match column.kind {
        ColumnKind::Integer if (value - value.round()).abs() <= tolerances.integrality => value.round(),
        _ => value.clamp(column.lower, column.upper),
    };
    let clean: Vec<f64> = printed.iter().zip(model.columns()).map(whole).collect();
    let mut candidates = [clean, printed.to_vec()].into_iter();
    let values = candidates.find(|values| check_point(model, values).is_feasible(tolerances))?;
    let objective = model.objective_value(&values);
    Some(Point { values, objective })
}

fn judge(question: &Question<'_>, told: &Told, objective: Option<f64>) -> (Verdict, Option<f64>) {
    let (limits, is_mip) = (question.limits, question.model.integer_count() > 0);
    let nothing_below_cutoff =
        |cutoff: f64| (Verdict::NoneBetterThanCutoff, cutoff.is_finite().then_some(cutoff));
    // Nodes above the cutoff are gone without leaving their bound.
    let tree_bound = told.bound.filter(|_| is_mip).map(|bound| bound.min(limits.cutoff.unwrap_or(bound)));
    match (told.status, objective, limits.cutoff) {
        (Status::Optimal, Some(objective), Some(cutoff)) if objective >= cutoff => {
            nothing_below_cutoff(cutoff)
        }
        (Status::Optimal, Some(objective), _) => {
            // "Optimal" means within the gaps that were asked for.
            let options = question.options;
            let gap = options.absolute_gap.max(options.relative_gap * objective.abs());
            let bound =
                if is_mip { tree_bound.unwrap_or(objective - gap).max(objective - gap) } else { objective };
            (Verdict::Optimal, Some(bound))
        }
        (Status::Infeasible, _, Some(cutoff)) => nothing_below_cutoff(cutoff),
        (Status::InfeasibleOrUnbounded, _, Some(cutoff)) if is_bounded(question.model) => {
            nothing_below_cutoff(cutoff)
        }
        (Status::Infeasible, _, None) => (Verdict::Infeasible, None),
        (Status::InfeasibleOrUnbounded, _, None) if is_bounded(question.model) => (Verdict::Infeasible, None),
        (Status::InfeasibleOrUnbounded, ..) => (Verdict::InfeasibleOrUnbounded, None),
        // A MIP's "unbounded" speaks of its relaxation.
        (Status::Unbounded, ..) if is_mip => (Verdict::InfeasibleOrUnbounded, None),
        (Status::Unbounded, ..) => (Verdict::Unbounded, None),
        (Status::TargetReached, Some(objective), _) if limits.target.is_some_and(|t| objective <= t) => {
            (Verdict::TargetReached, tree_bound)
        }
        (Status::Limit(kind), ..) => (Verdict::Limit(kind), tree_bound),
        (Status::Optimal | Status::TargetReached | Status::Numerical, ..) => (Verdict::Numerical, None),
    }
}

/// Whether the objective cannot fall without limit, by the columns' bounds alone.
fn is_bounded(model: &Model) -> bool {
    model.columns().iter().all(|column| {
        let side = if column.objective > 0.0 { column.lower } else { column.upper };
        column.objective == 0.0 || side.is_finite()
    })
}
