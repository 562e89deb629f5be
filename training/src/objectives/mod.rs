//! What networks are trained for: one file each.

mod adversarial;
mod clean;
mod interval_bound;
mod trades;

pub use adversarial::Adversarial;
pub use clean::CleanCrossEntropy;
pub use interval_bound::IntervalBound;
pub use trades::Trades;
