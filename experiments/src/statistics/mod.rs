//! How sure figures of a sample are: intervals by resampling, and a test of paired yes-or-no answers.

mod bootstrap;
mod mcnemar;

pub(crate) use bootstrap::{Interval, bootstrap};
pub(crate) use mcnemar::mcnemar;
