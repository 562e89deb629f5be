//! Checks of answers that trust no solver: from the model's numbers alone.

mod bounded_sum;
mod dual_bound;
mod outcome;
mod point;

#[cfg(all(test, feature = "conformance"))]
mod dual_bound_tests;

pub use dual_bound::certified_bound;
pub use outcome::{CheckOptions, OutcomeFault, check_outcome};
pub use point::{PointCheck, Residual, Tolerances, check_point};
