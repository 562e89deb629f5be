//! The rooms behind the `greymatter` command line: data sets, runs of many attacks, results, and what a person sees.

mod attack_run;
pub mod cli;
pub mod data;
mod network_file;
mod output_file;
mod picture;
mod settings;
