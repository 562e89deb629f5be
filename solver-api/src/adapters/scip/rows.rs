//! A model's numbers as SCIP may get them.

use super::unsupported;
use crate::adapters::fresh::NumberLimits;
use crate::{Column, ColumnId, ColumnKind, Model, Row, SolverError};

/// SCIP takes bounds, sides and costs from 1e20 on for infinite, and calls coefficients from 1e15 on huge and leaves
/// them out of sums; integers from 2^53 on are no longer told apart.
pub(super) const NUMBER_LIMITS: NumberLimits =
    NumberLimits { cost: 1e20, coefficient: 1e15, row_bound: 1e20, bound: 1e20, integer_bound: 1e15 };
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
    ///
    /// # Errors
    /// Where numbers too far apart cannot all be kept.
    pub(super) fn of(row: &Row<'_>, model: &Model) -> Result<Self, SolverError> {
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
        let scaled = Self {
            columns: terms().map(|(column, _)| column).collect(),
            coefficients: terms().map(|(_, value)| value * factor).collect(),
            lower: row.lower * factor,
            upper: row.upper * factor,
        };
        let has_kept_its_meaning =
            scaled.coefficients.iter().all(|value| value.abs() < NUMBER_LIMITS.coefficient)
                && [scaled.lower, scaled.upper]
                    .iter()
                    .all(|side| side.is_infinite() || side.abs() < NUMBER_LIMITS.row_bound);
        let reason = || {
            let (name, smallest) = (row.name, smallest);
            unsupported(format!(
                "row `{name}`: next to a coefficient of {smallest:e} others, or a bound, are too large"
            ))
        };
        has_kept_its_meaning.then_some(scaled).ok_or_else(reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(lower: f64, coefficients: &[f64], upper: f64) -> Result<ScaledRow, SolverError> {
        let mut model = Model::new("row");
        let columns: Vec<_> = (0..coefficients.len())
            .map(|index| model.add_column(Column::continuous(format!("x{index}"), 0.0, 1.0)).expect("valid"))
            .collect();
        let terms = columns.into_iter().zip(coefficients.iter().copied());
        let row = model.add_row("r", lower, upper, terms).expect("valid");
        ScaledRow::of(&model.row(row), &model)
    }

    #[test]
    fn ordinary_rows_stay_and_negligible_coefficients_go() {
        let row = scaled(-1.0, &[1e-8, 3.0, -1e14], f64::INFINITY).expect("ordinary");
        assert_eq!(row.coefficients, [1e-8, 3.0, -1e14]);
        assert_eq!((row.lower, row.upper), (-1.0, f64::INFINITY));
        let row = scaled(1.0, &[1e-300, 2.0, -1e-12], 1.0).expect("ordinary");
        assert_eq!((row.coefficients, row.columns), (vec![2.0], vec![ColumnId::from_index(1)]));
        assert_eq!(scaled(1.0, &[], 2.0).expect("ordinary").lower, 1.0);
    }

    #[test]
    fn small_coefficients_are_scaled_up_with_the_whole_row() {
        let row = scaled(f64::NEG_INFINITY, &[1e-11, 1.0], 3.0).expect("not too far apart");
        assert_eq!(row.coefficients, [1024.0 * 1e-11, 1024.0]);
        assert_eq!((row.lower, row.upper), (f64::NEG_INFINITY, 3072.0));
    }

    #[test]
    fn rows_with_numbers_too_far_apart_are_refused_by_name() {
        for (coefficients, upper) in [(&[-1e13, 5e-12], 1.0), (&[5e-12, 1.0], 1e18)] {
            let error = scaled(0.0, coefficients, upper).expect_err("too far apart");
            assert!(
                error.to_string().starts_with("scip cannot express row `r`: next to a coefficient of 5e-12")
            );
        }
    }

    #[test]
    fn narrow_continuous_columns_are_scaled_up() {
        let factor = |lower, upper| column_factor(&Column::continuous("x", lower, upper));
        assert_eq!(factor(0.0, 1e-9), 1024.0);
        assert_eq!(factor(1.0, 1.0 + 2e-6), 1.0);
        for (lower, upper) in [(0.0, 0.0), (-1.0, 1.0), (f64::NEG_INFINITY, f64::INFINITY)] {
            assert_eq!(factor(lower, upper), 1.0);
        }
        assert_eq!(column_factor(&Column { upper: 1e-9, ..Column::binary("x") }), 1.0);
        assert!(factor(1e8, 1e8 + 1e-7) <= 16.0);
    }
}
