//! Network files, read and written, against other programs and against each other.

mod common;
mod shared_networks;
