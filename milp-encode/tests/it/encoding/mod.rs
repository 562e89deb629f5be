//! Encodings are their networks: no more, no less.

mod exactness;
mod listings;
mod minima;
mod refusals;
mod sizes;
