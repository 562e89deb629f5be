//! What every adapter does alike: answers that need no solver, and the checks of starts and limits.

use crate::{
    Capabilities, Capability, LimitKind, Limits, Model, Options, Outcome, Point, SolveStatistics,
    SolverError, Tolerances, Verdict, check_point,
};

/// Refuses the first constraint of a kind that the solver does not have, by its name.
pub(super) fn require_expressible(
    solver: &str,
    capabilities: &Capabilities,
    model: &Model,
) -> Result<(), SolverError> {
    let indicator = model.indicators().next().filter(|_| !capabilities.has(Capability::Indicators));
    if let Some(indicator) = indicator {
        return Err(unsupported(solver, format!("indicator constraints, such as `{}`", indicator.row.name)));
    }
    let set = model.sos1_sets().first().filter(|_| !capabilities.has(Capability::Sos1));
    if let Some(set) = set {
        return Err(unsupported(solver, format!("special ordered sets of type 1, such as `{}`", set.name)));
    }
    Ok(())
}

/// The outcome of a solve that was over before it began.
pub(super) fn nothing_done(limit: LimitKind) -> Outcome {
    Outcome {
        verdict: Verdict::Limit(limit),
        incumbent: None,
        dual_bound: None,
        row_duals: None,
        statistics: SolveStatistics::default(),
        raw_status: "not started".to_owned(),
    }
}

/// The answer for a model without columns, of which most solvers say no more than that it is empty.
pub(super) fn without_columns(model: &Model, limits: &Limits, options: &Options) -> Outcome {
    let objective = model.offset();
    let feasible = check_point(model, &[]).is_feasible(&Tolerances::from(options));
    let incumbent = feasible.then(|| Point { values: Vec::new(), objective });
    let (verdict, dual_bound) = match (feasible, limits.cutoff) {
        (true, Some(cutoff)) if objective >= cutoff => (Verdict::NoneBetterThanCutoff, Some(objective)),
        (true, _) => (Verdict::Optimal, Some(objective)),
        (false, Some(cutoff)) => (Verdict::NoneBetterThanCutoff, cutoff.is_finite().then_some(cutoff)),
        (false, None) => (Verdict::Infeasible, None),
    };
    Outcome {
        verdict,
        incumbent,
        dual_bound,
        row_duals: (verdict == Verdict::Optimal).then(|| vec![0.0; model.row_count()]),
        statistics: SolveStatistics::default(),
        raw_status: "no columns".to_owned(),
    }
}

/// Whether a start has one finite value a column.
pub(super) fn require_fitting_start(model: &Model, point: &[f64]) -> Result<(), SolverError> {
    let columns = model.column_count();
    if point.len() != columns {
        let reason = format!("it has {} values, the model {columns} columns", point.len());
        return Err(SolverError::Start { reason });
    }
    if let Some(index) = point.iter().position(|value| !value.is_finite()) {
        let name = &model.columns()[index].name;
        return Err(SolverError::Start { reason: format!("the value of `{name}` is {}", point[index]) });
    }
    Ok(())
}

/// The bound, or the incumbent's objective where the bound exceeds it by no more than the summation's rounding.
#[cfg(any(feature = "highs", feature = "lp", feature = "scip"))]
pub(super) fn without_rounding(bound: f64, incumbent: Option<f64>) -> f64 {
    match incumbent {
        Some(objective) if bound > objective && bound - objective <= rounding(objective) => objective,
        _ => bound,
    }
}

/// What the sum of an objective may lose of a value.
#[cfg(any(feature = "highs", feature = "lp", feature = "scip"))]
pub(super) fn rounding(value: f64) -> f64 {
    1e-9 * value.abs().max(1.0)
}

/// Something that the solver cannot express.
pub(super) fn unsupported(solver: &str, what: impl Into<String>) -> SolverError {
    SolverError::Unsupported { solver: solver.to_owned(), what: what.into() }
}

/// An option that the solver does not take.
pub(super) fn rejected(solver: &str, option: &str, value: &(impl ToString + ?Sized)) -> SolverError {
    SolverError::Option { solver: solver.to_owned(), option: option.to_owned(), value: value.to_string() }
}
