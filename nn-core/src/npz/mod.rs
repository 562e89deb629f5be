//! Weights in NumPy's `.npz` archives.

mod arrays;
mod error;
mod fully_connected;
mod masks;
mod naming;
mod weights;
mod write_masks;

pub use error::NpzError;
pub use fully_connected::read_npz_fully_connected;
pub use masks::read_npz_masks;
pub use weights::{read_npz_weights, write_npz_weights};
pub use write_masks::write_npz_masks;
