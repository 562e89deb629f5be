//! Network files, read and written, against other programs and against each other.

mod bad_files;
mod common;
mod nnet;
mod npz;
mod operators;
mod round_trip;
mod sample_networks;
mod shared_networks;
mod structure;
