//! Intervals that hold a network's values on a whole ball of inputs, with gradients.
//!
//! A ball `[c - r, c + r]` goes through an affine map as `A c + b` and `|A| r`, and through a monotone function by its
//! ends. Source: Gowal et al., "On the effectiveness of interval bound propagation for training verifiably robust models",
//! 2018. Rounding errors are not accounted for: these bounds steer a training and prove nothing.

mod gradient;
mod losses;
mod propagation;
#[cfg(test)]
mod tests;
mod worst_case;

pub(crate) use losses::{bounded_cross_entropy, instability};
pub(crate) use propagation::{Interval, ball};
