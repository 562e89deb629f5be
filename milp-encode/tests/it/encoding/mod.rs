//! Encodings are their networks: no more, no less.

mod completeness;
mod completion;
mod exactness;
mod listings;
mod minima;
mod refusals;
mod sharp;
mod sizes;
#[cfg(feature = "scip")]
mod special;
mod strength;
