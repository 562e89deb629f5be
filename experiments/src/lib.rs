//! The rooms behind the `greymatter` command line.

pub mod data;
