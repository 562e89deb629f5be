//! The program as a person meets it: arguments in, text and exit status out.

mod attack;
mod bad_input;
mod benchmark;
mod evaluation;
mod inspection;
mod minimal;
mod properties;
mod pruning;
mod search;
mod solvers;
mod support;
mod training;
mod transfer;
mod verification;
