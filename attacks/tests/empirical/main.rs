//! Attacks that search: what they return lies where it must, and is as bad as it can be where that is known.

mod apgd;
mod ball;
mod chain;
mod deepfool;
mod every_attack;
mod pgd;
mod published;
mod square;
mod support;
