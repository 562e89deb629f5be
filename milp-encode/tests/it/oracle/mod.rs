//! The MILP oracle on an honest solver, and on solvers that lie.

mod alternatives;
mod constrained;
mod honest;
mod lies;
mod starts;
