//! Model files, written and read here so that every bit of every number survives.

mod lp;
mod mps_content;
mod mps_read;
mod mps_write;
mod names;
mod numbers;

pub use lp::write_lp;
pub use mps_read::{MpsError, read_mps};
pub use mps_write::write_mps;
