//! Training as its users see it.

mod bands;
mod checkpoints;
mod gradients;
mod masks;
mod objectives;
mod optimizers;
mod selection;
mod training_loop;
