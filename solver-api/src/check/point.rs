use crate::sum::compensated_dot;
use crate::{ColumnKind, Model, Options};

/// How far a point may miss a constraint and still count as feasible; both absolute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerances {
    /// For rows and bounds.
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
        let terms = row.columns.iter().zip(row.coefficients);
        let activity = compensated_dot(0.0, terms.map(|(column, factor)| (*factor, value(column.index()))));
        rows.raise(outside_by(activity, row.lower, row.upper), || format!("row `{}`", row.name));
    }
    let terms = model.columns().iter().enumerate().map(|(index, column)| (column.objective, value(index)));
    PointCheck { objective: compensated_dot(model.offset(), terms), rows, bounds, integrality }
}

impl PointCheck {
    /// Whether no violation exceeds its tolerance.
    pub fn is_feasible(&self, tolerances: &Tolerances) -> bool {
        self.worst_beyond(tolerances).is_none()
    }

    /// The worst violation of the first kind of constraint that is violated by more than its tolerance.
    pub fn worst_beyond(&self, tolerances: &Tolerances) -> Option<&Residual> {
        let Tolerances { feasibility, integrality } = *tolerances;
        [(&self.rows, feasibility), (&self.bounds, feasibility), (&self.integrality, integrality)]
            .into_iter()
            .find(|(residual, tolerance)| residual.amount > *tolerance)
            .map(|(residual, _)| residual)
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
