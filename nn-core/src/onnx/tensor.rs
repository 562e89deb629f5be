//! Tensors that are known when a file is read: stored ones, and those computed from shapes.

use ndarray::{ArrayD, ArrayViewD, IxDyn};

use super::OnnxError;
use super::proto::{DataType, TensorProto};
use super::shapes::addressable_count;

/// A tensor that does not depend on the network's input.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Constant {
    /// Stored `float` or `double` values, without rounding.
    Float(ArrayD<f64>),
    /// Integers: shapes, axes, indices; truth values are 0 and 1.
    Integer(ArrayD<i64>),
}

impl Constant {
    pub(super) fn shape(&self) -> &[usize] {
        match self {
            Constant::Float(values) => values.shape(),
            Constant::Integer(values) => values.shape(),
        }
    }

    /// The values as numbers, whichever way they are stored.
    #[allow(clippy::cast_precision_loss)] // integers in arithmetic with weights are small
    pub(super) fn to_float(&self) -> ArrayD<f64> {
        match self {
            Constant::Float(values) => values.clone(),
            Constant::Integer(values) => values.mapv(|value| value as f64),
        }
    }

    /// The values if they are integers.
    pub(super) fn as_integers(&self) -> Option<ArrayViewD<'_, i64>> {
        match self {
            Constant::Integer(values) => Some(values.view()),
            Constant::Float(_) => None,
        }
    }

    /// The same values under another shape with as many elements.
    pub(super) fn reshaped(&self, shape: &[usize]) -> Self {
        match self {
            Constant::Float(values) => Constant::Float(reshaped(&values.view(), shape)),
            Constant::Integer(values) => Constant::Integer(reshaped(&values.view(), shape)),
        }
    }
}

/// The elements, in row-major order, under another shape.
///
/// The caller has checked that both have the same number of elements.
pub(super) fn reshaped<E: Clone>(values: &ArrayViewD<'_, E>, shape: &[usize]) -> ArrayD<E> {
    let values = values.as_standard_layout().into_owned();
    values.into_shape_with_order(IxDyn(shape)).expect("the caller compared the numbers of elements")
}

/// Reads a stored tensor; its name is only for messages.
pub(super) fn decode(name: &str, tensor: &TensorProto) -> Result<Constant, OnnxError> {
    let fail = |reason: String| OnnxError::Tensor { tensor: name.to_owned(), reason };
    if tensor.data_location == Some(1) {
        let mend = "save the model as one file (onnx.save with save_as_external_data=False)";
        return Err(fail(format!("its values lie in another file (external data); {mend}")));
    }
    let shape = dimensions(&tensor.dims).map_err(fail)?;
    match tensor.data_type() {
        DataType::Float => {
            let typed = tensor.float_data.iter().map(|value| f64::from(*value));
            let values = elements(tensor, &shape, typed, |bytes| f64::from(f32::from_le_bytes(bytes)));
            values.map(Constant::Float).map_err(fail)
        }
        DataType::Double => {
            let typed = tensor.double_data.iter().copied();
            elements(tensor, &shape, typed, f64::from_le_bytes).map(Constant::Float).map_err(fail)
        }
        DataType::Int64 => {
            let typed = tensor.int64_data.iter().copied();
            elements(tensor, &shape, typed, i64::from_le_bytes).map(Constant::Integer).map_err(fail)
        }
        DataType::Int32 => {
            let typed = tensor.int32_data.iter().map(|value| i64::from(*value));
            let values = elements(tensor, &shape, typed, |bytes| i64::from(i32::from_le_bytes(bytes)));
            values.map(Constant::Integer).map_err(fail)
        }
        DataType::Bool => {
            let typed = tensor.int32_data.iter().map(|value| i64::from(*value != 0));
            let values = elements(tensor, &shape, typed, |[byte]: [u8; 1]| i64::from(byte != 0));
            values.map(Constant::Integer).map_err(fail)
        }
        other => {
            let code = tensor.data_type.unwrap_or_default();
            let supported = "float, double, int64, int32 and bool are; convert the model to float32";
            Err(fail(format!("element type {other:?} (code {code}) is not supported; {supported}")))
        }
    }
}

/// Dimensions from a file, whose product does not overflow.
fn dimensions(dims: &[i64]) -> Result<Vec<usize>, String> {
    let positive = |dim: &i64| usize::try_from(*dim).map_err(|_| format!("dimension {dim} in {dims:?}"));
    let shape = dims.iter().map(positive).collect::<Result<Vec<_>, _>>()?;
    match addressable_count(&shape) {
        Some(_) => Ok(shape),
        None => Err(format!("shape {shape:?} has more elements than fit in memory")),
    }
}

/// The elements from wherever the message holds them; `N` bytes each in `raw_data`.
fn elements<E, const N: usize>(
    tensor: &TensorProto,
    shape: &[usize],
    typed: impl ExactSizeIterator<Item = E>,
    from_bytes: impl Fn([u8; N]) -> E,
) -> Result<ArrayD<E>, String> {
    let count: usize = shape.iter().product();
    let values: Vec<E> = match &tensor.raw_data {
        Some(raw) if typed.len() == 0 => {
            let (chunks, rest) = raw.as_chunks::<N>();
            if chunks.len() != count || !rest.is_empty() {
                let expected = "does not hold as many values";
                return Err(format!(
                    "shape {shape:?} has {count} elements of {N} bytes, raw data of {} bytes {expected}",
                    raw.len()
                ));
            }
            chunks.iter().map(|bytes| from_bytes(*bytes)).collect()
        }
        _ if typed.len() == count => typed.collect(),
        _ => return Err(format!("shape {shape:?} has {count} elements, but {} are stored", typed.len())),
    };
    Ok(ArrayD::from_shape_vec(IxDyn(shape), values).expect("as many values as the shape has elements"))
}
