//! The MILP oracle on an honest solver, and on solvers that lie.

mod honest;
mod lies;
