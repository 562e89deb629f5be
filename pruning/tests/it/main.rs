//! Masks, removal and scores on networks of every kind.

mod baselines;
mod image_choice;
#[cfg(feature = "highs")]
mod importance;
mod removal;
mod support;
