use ndarray_npy::{ReadNpzError, WriteNpzError};
use thiserror::Error;

use crate::NetworkError;

/// Why weights are not read from or written to an `.npz` archive.
#[derive(Debug, Error)]
pub enum NpzError {
    /// The bytes are no archive, or a reader failed.
    #[error("not an .npz archive, or a damaged one: {0}")]
    Archive(#[source] ReadNpzError),
    /// An array is not what its name asks for.
    #[error("array `{array}`: {reason}")]
    Array {
        /// The array's name.
        array: String,
        /// What is wrong with it, with the shapes.
        reason: String,
    },
    /// An array of the network is not in the archive.
    #[error("the archive holds no array `{array}`; it holds {found}")]
    Missing {
        /// The array's name.
        array: String,
        /// The names in the archive.
        found: String,
    },
    /// The arrays together are no network.
    #[error("{reason}")]
    Arrays {
        /// Why not, with names and shapes.
        reason: String,
    },
    /// A writer failed.
    #[error("cannot write an .npz archive: {0}")]
    Write(#[source] WriteNpzError),
    /// The arrays do not form a network.
    #[error(transparent)]
    Network(#[from] NetworkError),
}
