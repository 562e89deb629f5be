use crate::sum::compensated_dot;
use crate::{ColumnKind, Indicator, Model, Options, Row, Sos1};

/// How far a point may miss a constraint and still count as feasible; both absolute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerances {
    /// For rows, bounds, the rows of indicators, and what counts as zero in a special ordered set.
    pub feasibility: f64,
    /// For the distance of an integer column from the nearest whole number.
    pub integrality: f64,
}

/// The largest violation of one kind of constraint.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Residual {
    /// By how much the worst constraint is violated, absolute; 0 where none is, infinite for NaN.
    pub amount: f64,
    /// Which one that is, such as ``row `r3` ``; `None` where none is violated.
    pub place: Option<String>,
}

/// What a point does in a model, computed from the model's numbers alone.
#[derive(Clone, Debug, PartialEq)]
pub struct PointCheck {
    /// The objective, offset included.
    pub objective: f64,
    /// The worst violation of a row.
    pub rows: Residual,
    /// The worst violation of a column's bound.
    pub bounds: Residual,
    /// The worst distance of an integer column from the nearest whole number.
    pub integrality: Residual,
    /// The worst violation of an indicator's row by a point whose binary column is nearest to the value at which the
    /// row must hold. Where that column is whole within any integrality tolerance below a half, these are the
    /// indicators that it switches on within that tolerance.
    pub indicators: Residual,
    /// The greatest magnitude that would have to become 0 for a special ordered set: the second largest of its columns.
    pub sos1: Residual,
}

/// Evaluates a point without any solver; sums are computed in twice the working precision.
///
/// A point with too few values, too many, or one that is not finite has an infinite violation and is never feasible.
pub fn check_point(model: &Model, point: &[f64]) -> PointCheck {
    let value = |index: usize| point.get(index).copied().unwrap_or(f64::NAN);
    let mut bounds = Residual::default();
    let mut integrality = Residual::default();
    for (index, column) in model.columns().iter().enumerate() {
        let value = value(index);
        let place = || format!("column `{}`", column.name);
        let outside = outside_by(value, column.lower, column.upper);
        bounds.raise(if value.is_finite() { outside } else { f64::INFINITY }, place);
        if column.kind == ColumnKind::Integer {
            integrality.raise((value - value.round()).abs(), place);
        }
    }
    if point.len() > model.column_count() {
        let surplus = || format!("value {} of a model with {} columns", point.len(), model.column_count());
        bounds.raise(f64::INFINITY, surplus);
    }
    let mut rows = Residual::default();
    for row in model.rows() {
        rows.raise(row_violation(&row, value), || format!("row `{}`", row.name));
    }
    let mut indicators = Residual::default();
    for Indicator { binary, active_at, row } in model.indicators() {
        if (value(binary.index()) - active_at.value()).abs() <= 0.5 {
            let switch = || format!("indicator `{}` of column `{}`", row.name, model.column(binary).name);
            indicators.raise(row_violation(&row, value), switch);
        }
    }
    let mut sos1 = Residual::default();
    for set in model.sos1_sets() {
        sos1.raise(second_magnitude(set, value), || format!("sos1 `{}`", set.name));
    }
    let terms = model.columns().iter().enumerate().map(|(index, column)| (column.objective, value(index)));
    let objective = compensated_dot(model.offset(), terms);
    PointCheck { objective, rows, bounds, integrality, indicators, sos1 }
}

impl PointCheck {
    /// Whether no violation exceeds its tolerance.
    pub fn is_feasible(&self, tolerances: &Tolerances) -> bool {
        self.worst_beyond(tolerances).is_none()
    }

    /// The worst violation of the first kind of constraint that is violated by more than its tolerance.
    pub fn worst_beyond(&self, tolerances: &Tolerances) -> Option<&Residual> {
        let Tolerances { feasibility, integrality } = *tolerances;
        let kinds = [
            (&self.rows, feasibility),
            (&self.bounds, feasibility),
            (&self.integrality, integrality),
            (&self.indicators, feasibility),
            (&self.sos1, feasibility),
        ];
        let beyond = kinds.into_iter().find(|(residual, tolerance)| residual.amount > *tolerance);
        beyond.map(|(residual, _)| residual)
    }
}

impl Residual {
    fn raise(&mut self, amount: f64, place: impl FnOnce() -> String) {
        let amount = if amount.is_nan() { f64::INFINITY } else { amount };
        if amount > self.amount {
            *self = Self { amount, place: Some(place()) };
        }
    }
}

impl Default for Tolerances {
    /// Those of [`Options::default`].
    fn default() -> Self {
        Self::from(&Options::default())
    }
}

impl From<&Options> for Tolerances {
    fn from(options: &Options) -> Self {
        Self { feasibility: options.feasibility_tolerance, integrality: options.integrality_tolerance }
    }
}

/// By how much a value lies outside a range; NaN for NaN.
fn outside_by(value: f64, lower: f64, upper: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { (lower - value).max(value - upper).max(0.0) }
}

/// By how much a point misses a row, with its activity in twice the working precision.
fn row_violation(row: &Row<'_>, value: impl Fn(usize) -> f64) -> f64 {
    let terms = row.columns.iter().zip(row.coefficients);
    let activity = compensated_dot(0.0, terms.map(|(column, factor)| (*factor, value(column.index()))));
    outside_by(activity, row.lower, row.upper)
}

/// The second largest magnitude of a set's columns.
fn second_magnitude(set: &Sos1, value: impl Fn(usize) -> f64) -> f64 {
    let magnitudes = set.columns.iter().map(|column| value(column.index()).abs());
    let (_, second) = magnitudes.fold((0.0_f64, 0.0_f64), |(first, second), magnitude| {
        (first.max(magnitude), second.max(first.min(magnitude)))
    });
    second
}
