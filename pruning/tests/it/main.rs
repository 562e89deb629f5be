//! Masks, removal and scores on networks of every kind.

mod baselines;
mod removal;
mod support;
