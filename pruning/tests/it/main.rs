//! Masks, removal and scores on networks of every kind.

mod baselines;
mod image_choice;
#[cfg(feature = "highs")]
mod importance;
mod removal;
#[cfg(feature = "highs")]
mod robustness;
mod support;
