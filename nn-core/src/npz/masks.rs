//! Which weights stay, by the names of parameters.

use std::collections::HashMap;
use std::io::{Read, Seek};

use ndarray::ArrayD;
use ndarray_npy::{ReadDataError, ReadableElement};
use py_literal::Value;

use super::NpzError;
use super::arrays::{elements, read_elements};
use super::weights::{check_known, names};
use crate::{Network, Scalar};

/// Reads masks of parameters: arrays of booleans, or of the numbers 0 (goes) and 1 (stays), called as
/// [`write_npz_weights`](crate::write_npz_weights) calls the parameters.
///
/// There is one result for each of [`Network::parameters`], in their order; `None` where the archive has no array of
/// that name.
///
/// # Errors
/// [`NpzError`], naming the array, where one is unknown, of another shape, or holds anything but 0 and 1.
pub fn read_npz_masks<T: Scalar>(
    network: &Network<T>,
    reader: impl Read + Seek,
) -> Result<Vec<Option<ArrayD<bool>>>, NpzError> {
    let names = names(network)?;
    let arrays = read_elements::<Flag>(reader)?;
    check_known(&names, &arrays)?;
    let mut arrays: HashMap<String, ArrayD<Flag>> = arrays.into_iter().collect();
    let mut masks = Vec::with_capacity(names.len());
    for (array, (_, parameter)) in names.into_iter().zip(network.parameters()) {
        let Some(flags) = arrays.remove(&array) else {
            masks.push(None);
            continue;
        };
        if flags.shape() != parameter.shape() {
            let reason = format!("shape {:?}, but the network's is {:?}", flags.shape(), parameter.shape());
            return Err(NpzError::Array { array, reason });
        }
        if let Some(index) = flags.iter().position(|flag| *flag == Flag::Neither) {
            let reason = format!("it holds a number at flat index {index} that is neither 0 nor 1");
            return Err(NpzError::Array { array, reason });
        }
        masks.push(Some(flags.mapv(|flag| flag == Flag::Stays)));
    }
    Ok(masks)
}

/// An element of a mask, of any of NumPy's usual types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flag {
    Goes,
    Stays,
    Neither,
}

impl Flag {
    fn of(number: f64) -> Self {
        match number {
            0.0 => Self::Goes,
            1.0 => Self::Stays,
            _ => Self::Neither,
        }
    }
}

impl ReadableElement for Flag {
    fn read_to_end_exact_vec<R: Read>(
        reader: R,
        type_desc: &Value,
        len: usize,
    ) -> Result<Vec<Self>, ReadDataError> {
        let descriptor = match type_desc {
            Value::String(descriptor) => descriptor.as_str(),
            _ => "",
        };
        match descriptor {
            "|b1" | "|u1" | "|i1" => elements(reader, len, |[byte]| Self::of(byte.into())),
            "<i4" | "<u4" => elements(reader, len, |bytes| Self::of(u32::from_le_bytes(bytes).into())),
            "<i8" | "<u8" => elements(reader, len, |bytes| match u64::from_le_bytes(bytes) {
                0 => Self::Goes,
                1 => Self::Stays,
                _ => Self::Neither,
            }),
            "<f4" => elements(reader, len, |bytes| Self::of(f32::from_le_bytes(bytes).into())),
            "<f8" => elements(reader, len, |bytes| Self::of(f64::from_le_bytes(bytes))),
            _ => Err(ReadDataError::WrongDescriptor(type_desc.clone())),
        }
    }
}
