use std::io::{Seek, Write};

use ndarray::ArrayD;
use ndarray_npy::NpzWriter;

use super::NpzError;
use super::weights::names;
use crate::{Network, Scalar};

/// Writes masks of parameters as [`read_npz_masks`](crate::read_npz_masks) reads them: one array of booleans for each that is
/// not `None`, in the order of [`Network::parameters`].
///
/// # Errors
/// Where the writer fails, or two layers have the same name.
///
/// # Panics
/// Where there is not one entry for every parameter.
pub fn write_npz_masks<T: Scalar>(
    network: &Network<T>,
    masks: &[Option<ArrayD<bool>>],
    writer: impl Write + Seek,
) -> Result<(), NpzError> {
    let names = names(network)?;
    assert_eq!(masks.len(), names.len(), "one mask for every parameter, or none of it");
    let mut archive = NpzWriter::new(writer);
    for (name, mask) in names.into_iter().zip(masks) {
        if let Some(mask) = mask {
            archive.add_array(name, mask).map_err(NpzError::Write)?;
        }
    }
    archive.finish().map(drop).map_err(NpzError::Write)
}
