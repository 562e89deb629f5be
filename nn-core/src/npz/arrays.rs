//! Arrays of numbers in an archive, by name.

use std::io::{self, Read, Seek};

use ndarray::ArrayD;
use ndarray_npy::{NpzReader, ReadDataError, ReadableElement};
use py_literal::Value;

use super::NpzError;

/// The archive's arrays in its order, each of finite numbers.
pub(super) fn read_arrays(reader: impl Read + Seek) -> Result<Vec<(String, ArrayD<f64>)>, NpzError> {
    let finite = |(array, values): (String, ArrayD<Number>)| {
        let values = values.mapv(|Number(value)| value);
        match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
            None => Ok((array, values)),
            Some((index, value)) => {
                let reason = format!("it holds {value} at flat index {index}, which is not finite");
                Err(NpzError::Array { array, reason })
            }
        }
    };
    read_elements(reader)?.into_iter().map(finite).collect()
}

/// The archive's arrays in its order, each of elements of one kind.
pub(super) fn read_elements<E: ReadableElement>(
    reader: impl Read + Seek,
) -> Result<Vec<(String, ArrayD<E>)>, NpzError> {
    let mut archive = NpzReader::new(reader).map_err(NpzError::Archive)?;
    let names = archive.names().map_err(NpzError::Archive)?;
    let mut arrays: Vec<(String, ArrayD<E>)> = Vec::with_capacity(names.len());
    for (index, array) in names.into_iter().enumerate() {
        let fail = |reason: String| NpzError::Array { array: array.clone(), reason };
        if arrays.iter().any(|(name, _)| *name == array) {
            return Err(fail("it is in the archive twice".into()));
        }
        let values: ArrayD<E> = archive.by_index(index).map_err(|error| fail(error.to_string()))?;
        arrays.push((array, values));
    }
    Ok(arrays)
}

/// A number of either precision and byte order. Unlike this crate's `f32` and `f64`, an array of these takes memory
/// only for data that are there, whatever size its header claims.
#[derive(Clone, Copy)]
struct Number(f64);

impl ReadableElement for Number {
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
            "<f4" => numbers(reader, len, |bytes| f32::from_le_bytes(bytes).into()),
            ">f4" => numbers(reader, len, |bytes| f32::from_be_bytes(bytes).into()),
            "<f8" => numbers(reader, len, f64::from_le_bytes),
            ">f8" => numbers(reader, len, f64::from_be_bytes),
            _ => Err(ReadDataError::WrongDescriptor(type_desc.clone())),
        }
    }
}

fn numbers<const N: usize>(
    reader: impl Read,
    len: usize,
    from_bytes: impl Fn([u8; N]) -> f64,
) -> Result<Vec<Number>, ReadDataError> {
    elements(reader, len, |bytes| Number(from_bytes(bytes)))
}

/// As many elements of `N` bytes each, and no more; memory grows with the data that are there.
pub(super) fn elements<E, const N: usize>(
    reader: impl Read,
    len: usize,
    from_bytes: impl Fn([u8; N]) -> E,
) -> Result<Vec<E>, ReadDataError> {
    let too_long = || ReadDataError::Io(io::Error::from(io::ErrorKind::OutOfMemory));
    let size = len.checked_mul(N).ok_or_else(too_long)?;
    let mut bytes = Vec::new();
    let one_more = u64::try_from(size).map_err(|_| too_long())?.saturating_add(1);
    reader.take(one_more).read_to_end(&mut bytes).map_err(ReadDataError::Io)?;
    if bytes.len() < size {
        return Err(ReadDataError::MissingData);
    }
    if bytes.len() > size {
        return Err(ReadDataError::ExtraBytes(bytes.len() - size));
    }
    Ok(bytes.as_chunks::<N>().0.iter().map(|bytes| from_bytes(*bytes)).collect())
}
