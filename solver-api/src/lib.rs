//! One interface to open linear and mixed-integer solvers.

mod budget;
mod model;
mod outcome;
mod solver;

pub use budget::{Budget, Cancellation};
pub use model::{Column, ColumnId, ColumnKind, Model, ModelError, Row, RowId};
pub use outcome::{LimitKind, Outcome, Point, SolveStatistics, Verdict};
pub use solver::{Capabilities, Capability, Limits, LogSink, Options, Session, Solver, SolverError};
