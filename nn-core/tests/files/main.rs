//! Network files, read and written, against other programs and against each other.

mod common;
mod round_trip;
mod sample_networks;
mod shared_networks;
