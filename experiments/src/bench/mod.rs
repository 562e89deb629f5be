//! What a benchmark run showed: its rows held against each other and against what is known, then compared.
//!
//! A run is a folder: `instances.json` says which models there were, `raw.jsonl` has a row for each solve,
//! `environment.jsonl` what it was measured on. `cargo xtask bench` writes them; nothing here depends on the machine that
//! reads them.

mod checks;
mod growth;
mod growth_plot;
mod plots;
mod relaxations;
mod rows;
mod statistics;
mod summary;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use checks::{FaultKind, faults};
pub(crate) use growth::growth;
pub(crate) use growth_plot::growth_plot;
pub(crate) use plots::{cactus, performance_profile};
pub(crate) use rows::RunFolder;
pub(crate) use summary::{instances, summary};
pub(crate) use table::ResultTable;
