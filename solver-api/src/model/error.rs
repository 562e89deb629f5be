use thiserror::Error;

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
