//! Evaluation and gradients against definitions, adjoints and differences.

mod cases;
mod close;
mod definitions;
mod edges;
mod forward;
mod gradients;
mod graphs;
mod linear_parts;
mod products;
