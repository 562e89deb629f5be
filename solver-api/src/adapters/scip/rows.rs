//! A model's numbers as SCIP may get them.

use super::unsupported;
use crate::{Column, ColumnId, ColumnKind, Model, Row, SolverError};

/// SCIP takes bounds, sides and costs from here on for infinite.
const INFINITE: f64 = 1e20;
/// SCIP calls a coefficient from here on huge, and leaves it out of sums.
const LARGEST_COEFFICIENT: f64 = 1e15;
/// Coefficients up to here are taken for 0.
const NEGLIGIBLE: f64 = 1e-12;
/// SCIP drops coefficients below its epsilon, 1e-9; rows with smaller ones than this are scaled up.
const SMALLEST_COEFFICIENT: f64 = 1e-8;

/// SCIP takes values for equal that differ by its epsilon, 1e-9; continuous columns with less room than this are scaled.
const NARROWEST_COLUMN: f64 = 1e-6;

/// What the column is multiplied by, a power of two, so that SCIP sees the room between its bounds.
pub(super) fn column_factor(column: &Column) -> f64 {
    let width = column.upper - column.lower;
    let mut factor = 1.0;
    if column.kind == ColumnKind::Continuous && width > f64::MIN_POSITIVE {
        while width * factor < NARROWEST_COLUMN && column.lower.abs().max(column.upper.abs()) * factor < 1e9 {
            factor *= 2.0;
        }
    }
    factor
}

/// A row with numbers that keep their meaning in SCIP.
#[derive(Debug, PartialEq)]
pub(super) struct ScaledRow {
    pub(super) columns: Vec<ColumnId>,
    pub(super) coefficients: Vec<f64>,
    pub(super) lower: f64,
    pub(super) upper: f64,
}

impl ScaledRow {
    /// The row without negligible coefficients, multiplied by a power of two where the rest is small; the columns are
    /// multiplied by [`column_factor`].
    pub(super) fn of(row: &Row<'_>, model: &Model) -> Self {
        let terms = || {
            let entries = row.columns.iter().zip(row.coefficients);
            entries
                .filter(|(_, value)| value.abs() > NEGLIGIBLE)
                .map(|(column, value)| (*column, value / column_factor(model.column(*column))))
        };
        let smallest = terms().map(|(_, value)| value.abs()).fold(f64::INFINITY, f64::min);
        let mut factor = 1.0;
        while smallest * factor < SMALLEST_COEFFICIENT {
            factor *= 2.0;
        }
        Self {
            columns: terms().map(|(column, _)| column).collect(),
            coefficients: terms().map(|(_, value)| value * factor).collect(),
            lower: row.lower * factor,
            upper: row.upper * factor,
        }
    }
}

/// Refuses a model with a number that SCIP would take for another one, and names its place.
pub(super) fn require_supported_numbers(model: &Model) -> Result<(), SolverError> {
    let mut costs = Vec::with_capacity(model.column_count());
    for (index, column) in model.columns().iter().enumerate() {
        require_bounds(&place_of_column(&column.name), column.lower, column.upper)?;
        costs.push((ColumnId::from_index(index), column.objective));
    }
    require_objective(model, model.offset(), &costs)?;
    model.rows().try_for_each(|row| require_row(model, &row))
}

pub(super) fn require_objective(
    model: &Model,
    offset: f64,
    terms: &[(ColumnId, f64)],
) -> Result<(), SolverError> {
    if let Some((column, value)) = terms.iter().find(|(_, value)| value.abs() >= INFINITE) {
        return Err(coefficient_too_large(*value, &model.column(*column).name, "the objective", INFINITE));
    }
    if offset.is_finite() && offset.abs() >= INFINITE {
        return Err(unsupported(format!("objective offset {offset:e}: it must be less than {INFINITE:e}")));
    }
    Ok(())
}

pub(super) fn require_row(model: &Model, row: &Row<'_>) -> Result<(), SolverError> {
    let place = format!("row `{}`", row.name);
    let too_large =
        row.columns.iter().zip(row.coefficients).find(|(_, value)| value.abs() >= LARGEST_COEFFICIENT);
    if let Some((column, value)) = too_large {
        return Err(coefficient_too_large(*value, &model.column(*column).name, &place, LARGEST_COEFFICIENT));
    }
    let scaled = ScaledRow::of(row, model);
    if let Some(value) = scaled.coefficients.iter().find(|value| value.abs() >= LARGEST_COEFFICIENT) {
        let reason = "its coefficients are too far apart";
        return Err(unsupported(format!(
            "{place}: {reason}, up to {value:e} when the smallest is made 1e-8"
        )));
    }
    require_bounds(&place, scaled.lower, scaled.upper)
}

pub(super) fn place_of_column(name: &str) -> String {
    format!("column `{name}`")
}

/// Infinite bounds are fine where they bound nothing.
pub(super) fn require_bounds(place: &str, lower: f64, upper: f64) -> Result<(), SolverError> {
    for (name, value) in [("lower", lower), ("upper", upper)] {
        if value.is_finite() && value.abs() >= INFINITE {
            return Err(unsupported(format!(
                "{name} bound {value:e} of {place}: it must be less than {INFINITE:e}"
            )));
        }
    }
    Ok(())
}

fn coefficient_too_large(value: f64, column: &str, place: &str, limit: f64) -> SolverError {
    unsupported(format!(
        "coefficient {value:e} of column `{column}` in {place}: it must be less than {limit:e}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model_with_row(lower: f64, coefficients: &[f64], upper: f64) -> Model {
        let mut model = Model::new("row");
        let columns: Vec<_> = (0..coefficients.len())
            .map(|index| model.add_column(Column::continuous(format!("x{index}"), 0.0, 1.0)).expect("valid"))
            .collect();
        model
            .add_row("r", lower, upper, columns.into_iter().zip(coefficients.iter().copied()))
            .expect("valid");
        model
    }

    fn scaled(lower: f64, coefficients: &[f64], upper: f64) -> ScaledRow {
        let model = model_with_row(lower, coefficients, upper);
        model.rows().map(|row| ScaledRow::of(&row, &model)).next().expect("one row")
    }

    #[test]
    fn ordinary_rows_stay_and_negligible_coefficients_go() {
        let row = scaled(-1.0, &[1e-8, 3.0, -1e14], f64::INFINITY);
        assert_eq!(row.coefficients, [1e-8, 3.0, -1e14]);
        assert_eq!((row.lower, row.upper), (-1.0, f64::INFINITY));
        let row = scaled(1.0, &[1e-300, 2.0, -1e-12], 1.0);
        assert_eq!((row.coefficients, row.columns), (vec![2.0], vec![ColumnId::from_index(1)]));
        assert_eq!(scaled(1.0, &[], 2.0).lower, 1.0);
    }

    #[test]
    fn small_coefficients_are_scaled_up_with_the_whole_row() {
        let row = scaled(f64::NEG_INFINITY, &[1e-11, 1.0], 3.0);
        assert_eq!(row.coefficients, [1024.0 * 1e-11, 1024.0]);
        assert_eq!((row.lower, row.upper), (f64::NEG_INFINITY, 3072.0));
    }

    #[test]
    fn narrow_continuous_columns_are_scaled_up() {
        let factor = |lower, upper| column_factor(&Column::continuous("x", lower, upper));
        assert_eq!(factor(0.0, 1e-9), 1024.0);
        assert_eq!(factor(1.0, 1.0 + 1e-6), 1.0);
        for (lower, upper) in [(0.0, 0.0), (-1.0, 1.0), (f64::NEG_INFINITY, f64::INFINITY)] {
            assert_eq!(factor(lower, upper), 1.0);
        }
        assert_eq!(column_factor(&Column { upper: 1e-9, ..Column::binary("x") }), 1.0);
        assert!(factor(1e8, 1e8 + 1e-7) <= 16.0);
    }

    #[test]
    fn numbers_that_scip_would_misread_are_refused_with_their_place() {
        let check = |model: &Model, expected: &str| {
            let error = require_supported_numbers(model).expect_err(expected);
            assert_eq!(error.to_string(), format!("scip cannot express {expected}"));
        };
        check(
            &model_with_row(0.0, &[1e15], 1.0),
            "coefficient 1e15 of column `x0` in row `r`: it must be less than 1e15",
        );
        check(&model_with_row(0.0, &[1.0], 1e20), "upper bound 1e20 of row `r`: it must be less than 1e20");
        check(
            &model_with_row(0.0, &[-1e13, 5e-12], 1.0),
            "row `r`: its coefficients are too far apart, up to -2.048e16 when the smallest is made 1e-8",
        );
        let mut model = Model::new("columns");
        let x = model.add_column(Column::continuous("x", -1e21, 1.0)).expect("valid");
        check(&model, "lower bound -1e21 of column `x`: it must be less than 1e20");
        model.set_bounds(x, 0.0, f64::INFINITY).expect("valid");
        assert!(require_supported_numbers(&model).is_ok());
        model.set_objective(0.0, [(x, -1e20)]).expect("valid");
        check(&model, "coefficient -1e20 of column `x` in the objective: it must be less than 1e20");
        model.set_objective(1e20, []).expect("valid");
        check(&model, "objective offset 1e20: it must be less than 1e20");
    }
}
