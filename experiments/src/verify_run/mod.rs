//! Verification runs: one instance in this process, or many in processes of their own.
//!
//! | part | file |
//! |---|---|
//! | which engines there are, by name | `engines.rs`, `late_solver.rs` |
//! | one instance, from files to a row | `instance.rs`, `declared.rs`, `row.rs` |
//! | the answer that must come in time | `watchdog.rs`, `memory.rs` |
//! | lists of instances, and their results | `list.rs`, `results.rs`, `batch.rs` |

mod batch;
mod crew;
mod declared;
mod engines;
mod instance;
mod late_solver;
mod list;
mod memory;
mod results;
mod row;
mod settings;
mod watchdog;

pub(crate) use batch::run_batch;
pub(crate) use declared::Arithmetic;
pub(crate) use engines::EngineName;
pub(crate) use instance::{InstanceFiles, verify_instance};
pub(crate) use list::{Instance, read_instances};
pub(crate) use memory::Memory;
pub(crate) use results::{ResultRow, ResultsFile};
pub(crate) use row::VerifyRow;
pub(crate) use settings::VerifySettings;
pub(crate) use watchdog::Watchdog;
