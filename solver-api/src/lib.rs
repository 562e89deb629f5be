//! One interface to open solvers for linear and mixed-integer programs, and checks that trust none of them.
//!
//! A [`Model`] is always minimised:
//!
//! ```text
//! minimise    offset + c·x
//! subject to  row.lower    <= A x <= row.upper
//!             column.lower <=  x  <= column.upper
//!             x_j whole for integer columns
//! ```
//!
//! Where a solver can express them, rows may hold only where a binary column has one of its values
//! ([`Model::add_indicator`]), of a set of columns at most one may be nonzero ([`Model::add_sos1`]), and a [`Separator`]
//! may add inequalities while the solver searches.
//!
//! A [`Solver`], found by its name with [`solver_by_name`], opens a [`Session`] on a model; a session solves under
//! [`Limits`], takes changes of bounds, objective and rows, and solves again from where it stands. What comes back is an
//! [`Outcome`]: a [`Verdict`], the best point found, and a proven lower bound on every feasible objective. An outcome is
//! not an error: a limit that was hit, a cutoff that left nothing and a target that was reached are told apart, and an
//! `Err` is for misuse and broken installations. Only [`Verdict::Infeasible`] and a dual bound prove anything.
//!
//! Solvers are wrong at times, so that nothing here believes them: [`check_point`] evaluates a point from the model's
//! numbers alone, [`check_outcome`] finds answers that cannot be true, and [`certified_bound`] computes what the
//! multipliers of a linear program's rows prove. [`write_lp`] and [`write_mps`] write exactly
//! the model that the solvers get, every bit of every number, and [`read_mps`] reads it back, so that a second solver can
//! have its say.
//!
//! Which solvers there are is decided by features: `highs` (on by default) builds HiGHS into the program, `scip` opens
//! SCIP's library at run time, `cbc` links CBC's, `lp` calls programs through model files, `microlp` is pure Rust. The
//! caller always names the one that answers.
//!
//! # Example
//!
//! Of four items with a value and a weight, the best choice that weighs no more than 9:
#![cfg_attr(feature = "highs", doc = "```")]
#![cfg_attr(not(feature = "highs"), doc = "```text")]
//! use solver_api::{
//!     CheckOptions, Column, ColumnId, Limits, Model, Options, Tolerances, Verdict, check_outcome, check_point,
//!     solver_by_name,
//! };
//!
//! let mut model = Model::new("knapsack");
//! let mut items: Vec<ColumnId> = Vec::new();
//! for (index, value) in [4.0, 5.0, 3.0, 7.0].into_iter().enumerate() {
//!     let take = Column::binary(format!("take{index}"));
//!     items.push(model.add_column(Column { objective: -value, ..take })?);
//! }
//! let weights = [3.0, 4.0, 2.0, 5.0];
//! model.add_row("weight", f64::NEG_INFINITY, 9.0, items.iter().copied().zip(weights))?;
//!
//! let (options, limits) = (Options::default(), Limits::default());
//! let mut session = solver_by_name("highs")?.open(&model, &options)?;
//! let outcome = session.solve(&limits)?;
//! check_outcome(&model, &outcome, &CheckOptions::new(&options, &limits))?;
//! assert_eq!(outcome.verdict, Verdict::Optimal);
//!
//! let best = outcome.incumbent.expect("an optimal outcome has one");
//! assert_eq!(best.values, [1.0, 1.0, 1.0, 0.0]);
//! let check = check_point(&model, &best.values);
//! assert!(check.is_feasible(&Tolerances::default()));
//! assert_eq!(check.objective, -12.0);
//!
//! // The last item must come along: the session goes on with the model as it now is.
//! session.set_bounds(items[3], 1.0, 1.0)?;
//! let outcome = session.solve(&limits)?;
//! assert_eq!(outcome.incumbent.expect("there is room for it").objective, -12.0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod adapters;
mod budget;
mod check;
#[cfg(feature = "conformance")]
pub mod conformance;
mod files;
mod model;
mod outcome;
mod registry;
mod separation;
mod solver;
mod sum;

#[cfg(feature = "cbc")]
pub use adapters::cbc::Cbc;
#[cfg(feature = "highs")]
pub use adapters::highs::Highs;
#[cfg(feature = "lp")]
pub use adapters::lp::CommandLine;
#[cfg(feature = "microlp")]
pub use adapters::microlp::Microlp;
#[cfg(feature = "scip")]
pub use adapters::scip::Scip;
pub use budget::{Budget, Cancellation};
pub use check::{
    CheckOptions, OutcomeFault, PointCheck, Residual, Tolerances, certified_bound, check_outcome, check_point,
};
pub use files::{MpsError, read_mps, write_lp, write_mps};
pub use model::{ActiveAt, Column, ColumnId, ColumnKind, Indicator, Model, ModelError, Row, RowId, Sos1};
pub use outcome::{LimitKind, Outcome, Point, SolveStatistics, Verdict};
pub use registry::{UnknownSolver, solver_by_name, solver_names};
pub use separation::{Cut, SeparationSchedule, Separator};
pub use solver::{Capabilities, Capability, Limits, LogSink, Options, Preset, Session, Solver, SolverError};
