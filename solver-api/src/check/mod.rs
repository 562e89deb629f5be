//! Checks of answers that trust no solver: from the model's numbers alone.

mod outcome;
mod point;

pub use outcome::{CheckOptions, OutcomeFault, check_outcome};
pub use point::{PointCheck, Residual, Tolerances, check_point};
