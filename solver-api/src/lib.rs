//! One interface to open linear and mixed-integer solvers.

mod adapters;
mod budget;
mod check;
mod files;
mod model;
mod outcome;
mod registry;
mod solver;
mod sum;

#[cfg(feature = "highs")]
pub use adapters::highs::Highs;

pub use budget::{Budget, Cancellation};
pub use check::{CheckOptions, OutcomeFault, PointCheck, Residual, Tolerances, check_outcome, check_point};
pub use files::{MpsError, read_mps, write_lp, write_mps};
pub use model::{Column, ColumnId, ColumnKind, Model, ModelError, Row, RowId};
pub use outcome::{LimitKind, Outcome, Point, SolveStatistics, Verdict};
pub use registry::{UnknownSolver, solver_by_name, solver_names};
pub use solver::{Capabilities, Capability, Limits, LogSink, Options, Session, Solver, SolverError};
