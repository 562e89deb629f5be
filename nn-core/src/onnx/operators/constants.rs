//! Operators whose output is known when the file is read.

use ndarray::{ArrayD, IxDyn, arr0, arr1};

use crate::onnx::OnnxError;
use crate::onnx::context::NodeContext;
use crate::onnx::draft::{Draft, Value};
use crate::onnx::proto::{AttributeProto, DataType};
use crate::onnx::shapes::admissible_count;
use crate::onnx::tensor::{Constant, decode};

/// A tensor in an attribute.
pub(super) fn constant(node: &NodeContext<'_>, _: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let attribute = |name: &str| node.attribute(name);
    let floats = |attribute: &AttributeProto| arr1(&attribute.floats).mapv(f64::from).into_dyn();
    let value = if let Some(tensor) = attribute("value").and_then(|attribute| attribute.t.as_ref()) {
        decode(&node.name, tensor)?
    } else if let Some(value) = attribute("value_float") {
        Constant::Float(arr0(f64::from(value.f())).into_dyn())
    } else if let Some(values) = attribute("value_floats") {
        Constant::Float(floats(values))
    } else if let Some(value) = attribute("value_int") {
        Constant::Integer(arr0(value.i()).into_dyn())
    } else if let Some(values) = attribute("value_ints") {
        Constant::Integer(arr1(&values.ints).into_dyn())
    } else {
        return Err(node.fail("it holds no dense tensor of numbers"));
    };
    Ok(vec![Value::Constant(value)])
}

/// A tensor of one value, of a shape given by another tensor.
pub(super) fn constant_of_shape(node: &NodeContext<'_>, _: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let sizes = node.optional_integers(0)?.ok_or_else(|| node.fail("its shape is missing"))?;
    let shape: Result<Vec<_>, _> = sizes.iter().map(|size| usize::try_from(*size)).collect();
    let shape = shape.map_err(|_| node.fail(format!("shape {sizes:?} holds a negative size")))?;
    admissible_count(&shape).map_err(|reason| node.fail(reason))?;
    let value = match node.attribute("value").and_then(|attribute| attribute.t.as_ref()) {
        None => Constant::Float(arr0(0.0).into_dyn()),
        Some(tensor) => decode(&node.name, tensor)?,
    };
    let single = node.fail("its value is not one number");
    Ok(vec![Value::Constant(match value {
        Constant::Float(value) => filled(&value, &shape).map(Constant::Float).ok_or(single)?,
        Constant::Integer(value) => filled(&value, &shape).map(Constant::Integer).ok_or(single)?,
    })])
}

fn filled<E: Copy>(value: &ArrayD<E>, shape: &[usize]) -> Option<ArrayD<E>> {
    let only = value.first().filter(|_| value.len() == 1)?;
    Some(ArrayD::from_elem(IxDyn(shape), *only))
}

/// The shape of its input, with a batch of one.
pub(super) fn shape(node: &NodeContext<'_>, _: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let shape = node.input(0)?.shape();
    let rank = i64::try_from(shape.len()).map_err(|_| node.fail("its input has too many axes"))?;
    let position = |name: &str, default: i64| {
        let given = node.int(name, default);
        let position = if given < 0 { given.saturating_add(rank) } else { given };
        usize::try_from(position.clamp(0, rank)).expect("clamped to the number of axes")
    };
    let (start, end) = (position("start", 0), position("end", rank));
    let axes = shape.get(start..end).unwrap_or_default();
    let sizes = axes.iter().map(|size| i64::try_from(*size).expect("sizes of axes fit")).collect::<Vec<_>>();
    Ok(vec![Value::Constant(Constant::Integer(arr1(&sizes).into_dyn()))])
}

/// Changes the type of a constant; a computed tensor may only become floating point, which it is.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)] // what Cast is defined to do
pub(super) fn cast(node: &NodeContext<'_>, _: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let code = node.int("to", 0);
    let to = i32::try_from(code).ok().and_then(|code| DataType::try_from(code).ok());
    let value = match (node.input(0)?, to) {
        (value @ Value::Computed(_), Some(DataType::Float | DataType::Double)) => value.clone(),
        (Value::Constant(constant), Some(DataType::Float)) => {
            Value::Constant(Constant::Float(constant.to_float().mapv(|value| f64::from(value as f32))))
        }
        (Value::Constant(constant), Some(DataType::Double)) => {
            Value::Constant(Constant::Float(constant.to_float()))
        }
        (Value::Constant(constant), Some(DataType::Int64 | DataType::Int32)) => {
            Value::Constant(Constant::Integer(match constant {
                Constant::Integer(values) => values.clone(),
                Constant::Float(values) => values.mapv(|value| value as i64),
            }))
        }
        _ => return Err(node.fail(format!("a cast to element type {code} is not supported here"))),
    };
    Ok(vec![value])
}
