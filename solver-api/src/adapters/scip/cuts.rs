//! Cuts as SCIP may get them.

use super::NAME;
use super::rows::{NUMBER_LIMITS, ScaledRow};
use crate::sum::compensated_dot;
use crate::{ColumnId, Cut, Model, Row, SolverError};

/// What a cut comes to at a point.
#[derive(Debug, PartialEq)]
pub(super) enum Finding {
    /// The point satisfies it, or misses it by what a solver of linear programs leaves be.
    Satisfied,
    /// This row cuts the point off.
    Violated(ScaledRow),
    /// No point satisfies it.
    Impossible,
}

/// Checks a cut as a row of the model is checked, and holds the point against it.
///
/// # Errors
/// For numbers that are none, columns that the model does not have, and numbers that SCIP would misread.
pub(super) fn examined(
    cut: &Cut,
    model: &Model,
    point: &[f64],
    tolerance: f64,
) -> Result<Finding, SolverError> {
    const NAME_IN_ERRORS: &str = "cut";
    let (lower, upper) = (cut.lower, cut.upper);
    let terms = model.checked_row(&|| NAME_IN_ERRORS.to_owned(), lower, upper, cut.terms.iter().copied())?;
    NUMBER_LIMITS.require_row(NAME, model, NAME_IN_ERRORS, (lower, upper), &terms)?;
    let activity = compensated_dot(0.0, terms.iter().map(|(column, value)| (*value, point[column.index()])));
    if activity >= lower - tolerance && activity <= upper + tolerance {
        return Ok(Finding::Satisfied);
    }
    if terms.is_empty() {
        return Ok(Finding::Impossible);
    }
    let (columns, coefficients): (Vec<ColumnId>, Vec<f64>) = terms.into_iter().unzip();
    let row = Row { name: NAME_IN_ERRORS, lower, upper, columns: &columns, coefficients: &coefficients };
    let row = ScaledRow::of(&row, model)?;
    // Nothing is left of a row of negligible coefficients.
    Ok(if row.columns.is_empty() { Finding::Satisfied } else { Finding::Violated(row) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Column;

    const INF: f64 = f64::INFINITY;

    /// What a cut on one column in -9..9 comes to at 1.5.
    fn at_one_and_a_half(lower: f64, coefficients: &[f64], upper: f64) -> Result<Finding, SolverError> {
        let mut model = Model::new("line");
        let x = model.add_column(Column::continuous("x", -9.0, 9.0)).expect("valid");
        let terms = coefficients.iter().map(|value| (x, *value)).collect();
        examined(&Cut { lower, upper, terms }, &model, &[1.5], 1e-6)
    }

    #[test]
    fn only_cuts_that_a_point_violates_are_rows() {
        for (lower, coefficients, upper) in [
            (-INF, &[1.0][..], 1.5),
            (-INF, &[1.0], 1.5 - 1e-7),
            (1.5, &[2.0, -1.0], 1.5),
            (-INF, &[1.0], INF),
            (0.0, &[], 0.0),
            (1.0, &[1e-13], INF),
        ] {
            let finding = at_one_and_a_half(lower, coefficients, upper).expect("a valid cut");
            assert_eq!(finding, Finding::Satisfied, "{lower} {coefficients:?} {upper}");
        }
        for (lower, coefficients, upper, expected) in
            [(-INF, &[1.0][..], 1.0, 1.0), (2.0, &[3.0, -2.0], INF, 1.0), (-4.0, &[-3.0], -4.0, -3.0)]
        {
            match at_one_and_a_half(lower, coefficients, upper).expect("a valid cut") {
                Finding::Violated(row) => {
                    assert_eq!((row.lower, row.coefficients, row.upper), (lower, vec![expected], upper));
                }
                finding => panic!("{finding:?}"),
            }
        }
        assert_eq!(at_one_and_a_half(1.0, &[2.0, -2.0], INF).expect("valid"), Finding::Impossible);
    }

    #[test]
    fn cuts_that_are_none_are_refused() {
        for (lower, coefficient, upper, message) in [
            (f64::NAN, 1.0, 1.0, "cut: lower bound is NaN"),
            (0.0, INF, 1.0, "cut: a coefficient is inf"),
            (2.0, 1.0, 1.0, "cut: no value lies between lower bound 2 and upper bound 1"),
            (
                0.0,
                1e16,
                1.0,
                "scip cannot express coefficient 1e16 of column `x` in row `cut`: it must be less than 1e15",
            ),
        ] {
            let error = at_one_and_a_half(lower, &[coefficient], upper).expect_err(message);
            assert_eq!(error.to_string(), message);
        }
    }
}
