//! What solvers, and adapters of them, have got wrong.

use solver_api::{
    ActiveAt, Cancellation, Capability, Column, ColumnId, ColumnKind, Indicator, LimitKind, Limits, Model,
    Options, Outcome, Point, Row, Sos1, Verdict,
};

use crate::liar::{Call, HONEST, Lie};
use crate::pieces::plain;

const INF: f64 = f64::INFINITY;

/// The same model with other columns, and rows with other bounds and coefficients.
fn rebuilt(
    model: &Model,
    column: impl Fn(&Column) -> Column,
    range: impl Fn(&Row<'_>) -> (f64, f64),
    coefficient: impl Fn(f64) -> f64,
) -> Model {
    let mut copy = Model::new(model.name());
    for original in model.columns() {
        copy.add_column(column(original)).expect("a valid column");
    }
    for row in model.rows() {
        let terms = row.columns.iter().copied().zip(row.coefficients.iter().map(|value| coefficient(*value)));
        let (lower, upper) = range(&row);
        copy.add_row(row.name, lower, upper, terms).expect("a valid row");
    }
    let ids = (0..copy.column_count()).map(ColumnId::from_index);
    let costs: Vec<_> = ids.zip(model.columns().iter().map(|column| column.objective)).collect();
    copy.set_objective(model.offset(), costs).expect("a valid objective");
    copy
}

fn with_columns(model: &Model, column: impl Fn(&Column) -> Column) -> Model {
    rebuilt(model, column, |row| (row.lower, row.upper), |value| value)
}

fn with_ranges(model: &Model, range: impl Fn(&Row<'_>) -> (f64, f64)) -> Model {
    rebuilt(model, Clone::clone, range, |value| value)
}

/// The same model with other indicators, each with its value and its row's lower bound or left out, and other sets, of
/// which those without columns are left out.
fn with_special(
    model: &Model,
    indicator: impl Fn(&Indicator<'_>) -> Option<(ActiveAt, f64)>,
    set: impl Fn(&Sos1) -> Vec<ColumnId>,
) -> Model {
    let mut copy = plain(model);
    for original in model.indicators() {
        let row = original.row;
        let terms = row.columns.iter().copied().zip(row.coefficients.iter().copied());
        if let Some((active_at, lower)) = indicator(&original) {
            copy.add_indicator(row.name, original.binary, active_at, lower, row.upper, terms)
                .expect("a valid indicator");
        }
    }
    for original in model.sos1_sets() {
        let columns = set(original);
        if !columns.is_empty() {
            copy.add_sos1(&original.name, columns).expect("a valid set");
        }
    }
    copy
}

fn as_it_is(indicator: &Indicator<'_>) -> Option<(ActiveAt, f64)> {
    Some((indicator.active_at, indicator.row.lower))
}

fn renamed(outcome: Outcome, from: Verdict, to: Verdict) -> Outcome {
    let verdict = if outcome.verdict == from { to } else { outcome.verdict };
    Outcome { verdict, ..outcome }
}

fn with_point(model: &Model, outcome: Outcome, change: impl Fn(usize, f64) -> f64) -> Outcome {
    let incumbent = outcome.incumbent.map(|point| {
        let values: Vec<f64> =
            point.values.iter().enumerate().map(|(index, value)| change(index, *value)).collect();
        Point { objective: model.objective_value(&values), values }
    });
    Outcome { incumbent, ..outcome }
}

fn with_duals(outcome: Outcome, change: impl Fn(usize, f64) -> f64) -> Outcome {
    let changed = |duals: Vec<f64>| duals.iter().enumerate().map(|(row, dual)| change(row, *dual)).collect();
    Outcome { row_duals: outcome.row_duals.map(changed), ..outcome }
}

fn limit(outcome: &Outcome) -> bool {
    matches!(outcome.verdict, Verdict::Limit(_) | Verdict::BoundReached | Verdict::TargetReached)
}

/// With `denies`, a lie about what is claimed.
const fn denies(name: &'static str, capability: Capability) -> Lie {
    Lie { name, denies: Some(capability), ..HONEST }
}

const fn ignores(name: &'static str, call: Call) -> Lie {
    Lie { name, ignores: Some(call), ..HONEST }
}

const fn tells(name: &'static str, outcome: fn(&Model, &Limits, Outcome) -> Outcome) -> Lie {
    Lie { name, outcome, ..HONEST }
}

const fn solves(name: &'static str, model: fn(&Model) -> Model) -> Lie {
    Lie { name, model, ..HONEST }
}

const fn limits(name: &'static str, limits: fn(&Limits) -> Limits) -> Lie {
    Lie { name, limits, ..HONEST }
}

const fn options(name: &'static str, options: fn(&Options) -> Options) -> Lie {
    Lie { name, options, ..HONEST }
}

pub(crate) const LIES: &[Lie] = &[
    // Verdicts.
    tells("infeasible, for nothing below the cutoff", |_, _, outcome| {
        renamed(outcome, Verdict::NoneBetterThanCutoff, Verdict::Infeasible)
    }),
    tells("infeasible, for unbounded", |_, _, outcome| {
        renamed(outcome, Verdict::Unbounded, Verdict::Infeasible)
    }),
    tells("unbounded, for infeasible", |_, _, outcome| {
        renamed(outcome, Verdict::Infeasible, Verdict::Unbounded)
    }),
    tells("unbounded, for out of time", |_, _, outcome| Outcome {
        dual_bound: None,
        ..renamed(outcome, Verdict::Limit(LimitKind::Time), Verdict::Unbounded)
    }),
    tells("infeasible, for out of time", |_, _, outcome| {
        renamed(outcome, Verdict::Limit(LimitKind::Time), Verdict::Infeasible)
    }),
    tells("optimal, for out of nodes", |_, _, outcome| {
        let dual_bound = outcome.incumbent.as_ref().map(|point| point.objective).or(outcome.dual_bound);
        Outcome { dual_bound, ..renamed(outcome, Verdict::Limit(LimitKind::Nodes), Verdict::Optimal) }
    }),
    tells("the wrong limit", |_, _, outcome| {
        renamed(outcome, Verdict::Limit(LimitKind::Nodes), Verdict::Limit(LimitKind::Time))
    }),
    tells("target reached, for optimal", |_, _, outcome| {
        renamed(outcome, Verdict::Optimal, Verdict::TargetReached)
    }),
    tells("optimal, for target reached", |_, _, outcome| {
        renamed(outcome, Verdict::TargetReached, Verdict::Optimal)
    }),
    tells("bound reached, for nothing below the cutoff", |_, limits, outcome| Outcome {
        dual_bound: limits.cutoff.filter(|cutoff| cutoff.is_finite()).or(outcome.dual_bound),
        ..renamed(outcome, Verdict::NoneBetterThanCutoff, Verdict::BoundReached)
    }),
    tells("trouble, for optimal", |_, _, outcome| renamed(outcome, Verdict::Optimal, Verdict::Numerical)),
    // Points.
    tells("points in 32 bits", |model, _, outcome| {
        with_point(model, outcome, |_, value| f64::from(value as f32))
    }),
    tells("continuous values at their lower bounds", |model, _, outcome| {
        with_point(model, outcome, |index, value| match &model.columns()[index] {
            Column { kind: ColumnKind::Continuous, lower, .. } if lower.is_finite() => *lower,
            _ => value,
        })
    }),
    tells("values in reverse order", |model, _, outcome| {
        let reversed: Vec<f64> =
            outcome.incumbent.iter().flat_map(|point| point.values.iter().rev().copied()).collect();
        with_point(model, outcome, |index, _| reversed[index])
    }),
    tells("values a little too good", |model, _, outcome| {
        with_point(model, outcome, |index, value| {
            value
                - 1e-4
                    * model.columns()[index].objective.signum()
                    * model.columns()[index].objective.abs().min(1.0)
        })
    }),
    tells("a point without its last value", |_, _, outcome| Outcome {
        incumbent: outcome.incumbent.map(|mut point| {
            point.values.pop();
            point
        }),
        ..outcome
    }),
    tells("an objective without its offset", |model, _, outcome| Outcome {
        incumbent: outcome
            .incumbent
            .map(|point| Point { objective: point.objective - model.offset(), ..point }),
        ..outcome
    }),
    // Bounds.
    tells("a bound without the offset", |model, _, outcome| Outcome {
        dual_bound: outcome.dual_bound.map(|bound| bound - model.offset()),
        ..outcome
    }),
    tells("1e50 for no bound", |_, _, outcome| Outcome {
        dual_bound: outcome.dual_bound.or(Some(1e50)),
        ..outcome
    }),
    tells("the least number for no bound", |_, _, outcome| Outcome {
        dual_bound: outcome.dual_bound.or(Some(f64::MIN)),
        ..outcome
    }),
    tells("optimal without a bound", |_, _, outcome| Outcome { dual_bound: None, ..outcome }),
    tells("a bound above the minimum when it stops early", |_, _, outcome| {
        let raise = if limit(&outcome) { 5.0 } else { 0.0 };
        Outcome {
            dual_bound: outcome.dual_bound.map(|bound| bound + raise),
            incumbent: outcome.incumbent.filter(|_| raise == 0.0),
            ..outcome
        }
    }),
    // Other models.
    solves("no whole numbers", Model::relaxation),
    solves("nothing below zero", |model| {
        with_columns(model, |column| {
            let lower = if column.lower == -INF && column.upper >= 0.0 { 0.0 } else { column.lower };
            Column { lower, ..column.clone() }
        })
    }),
    solves("whole numbers up to 1", |model| {
        with_columns(model, |column| {
            let endless = column.kind == ColumnKind::Integer && column.upper == INF && column.lower <= 1.0;
            Column { upper: if endless { 1.0 } else { column.upper }, ..column.clone() }
        })
    }),
    solves("equations as upper bounds", |model| {
        with_ranges(model, |row| (if row.lower == row.upper { -INF } else { row.lower }, row.upper))
    }),
    solves("one side of a range", |model| {
        with_ranges(model, |row| {
            (row.lower, if row.lower > -INF && row.lower < row.upper { INF } else { row.upper })
        })
    }),
    solves("no rows without entries", |model| {
        with_ranges(model, |row| if row.columns.is_empty() { (-INF, INF) } else { (row.lower, row.upper) })
    }),
    solves("no tiny coefficients", |model| {
        rebuilt(
            model,
            Clone::clone,
            |row| (row.lower, row.upper),
            |value| {
                if value.abs() < 1e-9 { 0.0 } else { value }
            },
        )
    }),
    solves("big-Ms in three digits", |model| {
        rebuilt(model, Clone::clone, |row| (row.lower, row.upper), |value| (value * 100.0).trunc() / 100.0)
    }),
    Lie {
        name: "limits without the offset",
        model: |model| {
            let mut copy = model.clone();
            let costs: Vec<_> = (0..model.column_count())
                .map(|index| (solver_api::ColumnId::from_index(index), model.columns()[index].objective))
                .collect();
            copy.set_objective(0.0, costs).expect("a valid objective");
            copy
        },
        outcome: |model, _, outcome| Outcome {
            dual_bound: outcome.dual_bound.map(|bound| bound + model.offset()),
            ..with_point(model, outcome, |_, value| value)
        },
        ..HONEST
    },
    // Duals.
    tells("no duals", |_, _, outcome| Outcome { row_duals: None, ..outcome }),
    tells("duals of the other sign", |_, _, outcome| with_duals(outcome, |_, dual| -dual)),
    tells("duals without a sign", |_, _, outcome| with_duals(outcome, |_, dual| dual.abs())),
    tells("duals in four digits", |_, _, outcome| with_duals(outcome, |_, dual| (dual * 1e4).round() / 1e4)),
    tells("the first row without its dual", |_, _, outcome| {
        with_duals(outcome, |row, dual| if row == 0 { 0.0 } else { dual })
    }),
    tells("duals in the opposite order", |_, _, mut outcome| {
        outcome.row_duals.iter_mut().for_each(|duals| duals.reverse());
        outcome
    }),
    tells("one dual too many", |_, _, mut outcome| {
        outcome.row_duals.iter_mut().for_each(|duals| duals.push(0.0));
        outcome
    }),
    tells("duals of a mixed-integer model", |model, _, outcome| {
        let zeros = || vec![0.0; model.row_count()];
        Outcome { row_duals: Some(outcome.row_duals.unwrap_or_else(zeros)), ..outcome }
    }),
    // Limits.
    limits("no cutoff", |limits| Limits { cutoff: None, ..limits.clone() }),
    limits("a cutoff too low", |limits| Limits {
        cutoff: limits.cutoff.map(|cutoff| cutoff - 1.0),
        ..limits.clone()
    }),
    limits("a target of the other sign", |limits| Limits {
        target: limits.target.map(|target| -target),
        ..limits.clone()
    }),
    limits("no bound to stop at", |limits| Limits { bound_stop: None, ..limits.clone() }),
    limits("no limit of nodes", |limits| Limits { nodes: None, ..limits.clone() }),
    limits("no cancellation", |limits| Limits { cancellation: Cancellation::new(), ..limits.clone() }),
    limits("zero seconds as no limit", |limits| Limits {
        time: limits.time.filter(|time| !time.is_zero()),
        ..limits.clone()
    }),
    limits("whole seconds, rounded down", |limits| Limits {
        time: limits.time.map(|time| std::time::Duration::from_secs(time.as_secs())),
        ..limits.clone()
    }),
    limits("NaN as no limit", |limits| Limits {
        cutoff: limits.cutoff.filter(|value| !value.is_nan()),
        target: limits.target.filter(|value| !value.is_nan()),
        bound_stop: limits.bound_stop.filter(|value| !value.is_nan()),
        ..limits.clone()
    }),
    Lie {
        name: "the first solution is optimal",
        limits: |limits| Limits { target: Some(limits.target.unwrap_or(1e12)), ..limits.clone() },
        outcome: |_, limits, outcome| match (limits.target, &outcome.incumbent) {
            (None, Some(point)) => Outcome {
                dual_bound: Some(point.objective),
                ..renamed(outcome, Verdict::TargetReached, Verdict::Optimal)
            },
            _ => outcome,
        },
        ..HONEST
    },
    // Indicators and sets.
    solves("no indicators", |model| with_special(model, |_| None, |set| set.columns.clone())),
    solves("indicators at the other value", |model| {
        let opposite = |indicator: &Indicator<'_>| match indicator.active_at {
            ActiveAt::Zero => Some((ActiveAt::One, indicator.row.lower)),
            ActiveAt::One => Some((ActiveAt::Zero, indicator.row.lower)),
        };
        with_special(model, opposite, |set| set.columns.clone())
    }),
    solves("no lower bounds of indicators", |model| {
        with_special(model, |indicator| Some((indicator.active_at, -INF)), |set| set.columns.clone())
    }),
    solves("no sets", |model| with_special(model, as_it_is, |_| Vec::new())),
    solves("sets of two", |model| {
        with_special(model, as_it_is, |set| set.columns.iter().copied().take(2).collect())
    }),
    // Options.
    options("any raw option", |options| Options { raw: Vec::new(), ..options.clone() }),
    options("any number of threads", |options| Options { threads: 1, ..options.clone() }),
    options("any seed", |options| Options { seed: 0, ..options.clone() }),
    options("any log", |options| Options { log: None, ..options.clone() }),
    options("any tolerance", |options| Options {
        feasibility_tolerance: 1e-6,
        integrality_tolerance: 1e-6,
        absolute_gap: 1e-6,
        relative_gap: 0.0,
        ..options.clone()
    }),
    // Sessions.
    ignores("bounds stay as they were", Call::SetBounds),
    ignores("the objective stays as it was", Call::SetObjective),
    ignores("rows are not added", Call::AddRow),
    ignores("the first limits stay", Call::NewLimits),
    ignores("starts are believed", Call::CheckStart),
    // Claims.
    denies("whole numbers that it does not claim", Capability::Integers),
    denies("a limit of nodes that it does not claim", Capability::NodeLimit),
    denies("a cutoff that it does not claim", Capability::Cutoff),
    denies("a target that it does not claim", Capability::Target),
    denies("a bound to stop at that it does not claim", Capability::BoundStop),
    denies("a start that it does not claim", Capability::Start),
    denies("duals that it does not claim", Capability::Duals),
    denies("indicators that it does not claim", Capability::Indicators),
    denies("sets that it does not claim", Capability::Sos1),
];
