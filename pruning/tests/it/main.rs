//! Masks, removal and scores on networks of every kind.

mod baselines;
#[cfg(feature = "highs")]
mod importance;
mod removal;
mod support;
