//! What is added to a loss: one file each.

mod l1;
mod relu_stability;

pub use l1::L1;
pub use relu_stability::ReluStability;
