//! Attacks that search: what they return lies where it must, and is as bad as it can be where that is known.

mod ball;
mod pgd;
mod support;
