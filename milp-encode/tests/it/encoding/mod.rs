//! Encodings are their networks: no more, no less.

mod exactness;
mod minima;
mod refusals;
mod sizes;
