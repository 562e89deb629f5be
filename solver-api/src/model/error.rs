use thiserror::Error;

use super::ColumnKind;

/// Why a model was not accepted.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ModelError {
    /// A coefficient, bound or offset is NaN, or infinite where it must be finite.
    #[error("{place}: {what} is {value}")]
    NotANumber {
        /// The column or row, by kind and name.
        place: String,
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// A lower bound lies above the upper bound, or a bound leaves no value at all.
    #[error("{place}: no value lies between lower bound {lower} and upper bound {upper}")]
    EmptyRange {
        /// The column or row, by kind and name.
        place: String,
        /// The lower bound.
        lower: f64,
        /// The upper bound.
        upper: f64,
    },
    /// A row, objective or start refers to a column that the model does not have.
    #[error("{place}: column {column} does not exist; the model has {count}")]
    UnknownColumn {
        /// Where it was referred to.
        place: String,
        /// The position asked for.
        column: usize,
        /// How many columns there are.
        count: usize,
    },
    /// The column of an indicator may take other values than 0 and 1.
    #[error(
        "{place}: column `{column}` must be integer with bounds within 0 and 1; it is {kind:?} in {lower}..{upper}"
    )]
    NotBinary {
        /// The indicator, by its name.
        place: String,
        /// The column's name.
        column: String,
        /// The column's kind.
        kind: ColumnKind,
        /// The lower bound.
        lower: f64,
        /// The upper bound.
        upper: f64,
    },
    /// A special ordered set has fewer than two columns.
    #[error("{place}: a set needs at least two columns, not {count}")]
    SetTooSmall {
        /// The set, by its name.
        place: String,
        /// How many columns it has.
        count: usize,
    },
    /// A special ordered set has a column twice.
    #[error("{place}: column `{column}` stands there more than once")]
    RepeatedColumn {
        /// The set, by its name.
        place: String,
        /// The column's name.
        column: String,
    },
}

/// The same number, with 0 for -0.
pub(super) fn unsigned_zero(value: f64) -> f64 {
    value + 0.0
}

pub(super) fn check_finite(
    place: &dyn Fn() -> String,
    what: &'static str,
    value: f64,
) -> Result<(), ModelError> {
    if value.is_finite() { Ok(()) } else { Err(ModelError::NotANumber { place: place(), what, value }) }
}

pub(super) fn check_range(place: &dyn Fn() -> String, lower: f64, upper: f64) -> Result<(), ModelError> {
    for (what, value) in [("lower bound", lower), ("upper bound", upper)] {
        if value.is_nan() {
            return Err(ModelError::NotANumber { place: place(), what, value });
        }
    }
    if lower > upper || lower == f64::INFINITY || upper == f64::NEG_INFINITY {
        return Err(ModelError::EmptyRange { place: place(), lower, upper });
    }
    Ok(())
}
