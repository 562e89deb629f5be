//! The `greymatter` program: data sets, runs of many attacks, results, and what a person sees.
//!
//! This room composes the others and owns everything of the outside world: files, processes, the terminal. Other
//! programs may want its data sets, which need no download for the smallest:
//!
//! ```
//! use experiments::data::{self, DataFolders, DatasetName, Split};
//!
//! let digits = data::load(DatasetName::Digits, Split::Test, &DataFolders::none())?;
//! let (image, label) = digits.example(0).expect("the set is not empty");
//! assert_eq!(image.len(), 64);
//! assert!(usize::from(label) < digits.classes());
//! # Ok::<(), data::DataError>(())
//! ```
//!
//! Everything else is reached through the command line: [`cli::main`] is the program.

mod attack_run;
mod bench;
mod bound_methods;
mod bounds_map;
mod cell_map;
mod checkpoint;
mod checksum;
pub mod cli;
pub mod data;
mod importance_map;
mod line_file;
mod network_file;
mod output_file;
mod picture;
mod processor_time;
mod property_file;
mod search;
mod settings;
mod statistics;
mod verify_run;
