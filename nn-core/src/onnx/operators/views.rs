//! The same elements in the same order under another shape, and operators that do nothing.

use crate::onnx::OnnxError;
use crate::onnx::context::NodeContext;
use crate::onnx::draft::{Draft, Value};
use crate::onnx::shapes::{addressable_count, axis};

pub(super) fn flatten(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let shape = node.input(0)?.shape();
    let split_at = match node.int("axis", 1) {
        end if usize::try_from(end) == Ok(shape.len()) => shape.len(),
        other => axis(other, shape.len()).map_err(|reason| node.fail(reason))?,
    };
    let (rows, columns) = shape.split_at(split_at);
    view(node, draft, vec![rows.iter().product(), columns.iter().product()])
}

/// A constant target shape, where 0 keeps an axis and -1 takes what is left.
pub(super) fn reshape(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let from = node.input(0)?.shape();
    let target = node.integers_from("shape", 1)?.ok_or_else(|| node.fail("its target shape is missing"))?;
    let zero_keeps = node.int("allowzero", 0) == 0;
    let impossible = || node.fail(format!("cannot reshape {from:?} into {target:?}"));
    let size = |(position, size): (usize, &i64)| match size {
        0 if zero_keeps => from.get(position).copied().ok_or_else(impossible),
        -1 => Ok(1), // filled in below
        size => usize::try_from(*size).map_err(|_| impossible()),
    };
    let mut shape = target.iter().enumerate().map(size).collect::<Result<Vec<_>, _>>()?;
    let mut open = target.iter().enumerate().filter(|(_, size)| **size == -1).map(|(position, _)| position);
    if let Some(position) = open.next() {
        let known = addressable_count(&shape).filter(|known| *known > 0).ok_or_else(impossible)?;
        shape[position] = from.iter().product::<usize>() / known;
    }
    if open.next().is_some() {
        return Err(impossible());
    }
    view(node, draft, shape)
}

/// Drops axes of size 1: those named, or all.
pub(super) fn squeeze(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let shape = node.input(0)?.shape();
    let dropped = match node.integers_from("axes", 1)? {
        Some(axes) => node.axes(&axes, shape.len())?,
        None => (0..shape.len()).filter(|axis| shape[*axis] == 1).collect(),
    };
    let kept = (0..shape.len()).filter(|axis| !dropped.contains(axis));
    view(node, draft, kept.map(|axis| shape[axis]).collect())
}

/// Inserts axes of size 1, numbered in the result.
pub(super) fn unsqueeze(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let from = node.input(0)?.shape();
    let axes = node.integers_from("axes", 1)?.ok_or_else(|| node.fail("its axes are missing"))?;
    let rank = from.len() + axes.len();
    let inserted = node.axes(&axes, rank)?;
    let mut kept = from.iter().copied();
    let size = |axis: usize| if inserted.contains(&axis) { 1 } else { kept.next().unwrap_or(1) };
    view(node, draft, (0..rank).map(size).collect())
}

pub(super) fn identity(node: &NodeContext<'_>, _: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    Ok(vec![node.input(0)?.clone()])
}

/// Does nothing outside training.
pub(super) fn dropout(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    if node.optional_scalar(2)?.is_some_and(|training| training != 0.0) {
        return Err(node.fail("it is in training mode; export the network for inference"));
    }
    identity(node, draft)
}

/// The first input under another shape, which must have as many elements.
fn view(node: &NodeContext<'_>, draft: &mut Draft, shape: Vec<usize>) -> Result<Vec<Value>, OnnxError> {
    let x = node.input(0)?;
    let from = x.shape();
    if addressable_count(&shape) != Some(from.iter().product()) {
        return Err(node.fail(format!("cannot view {from:?} as {shape:?}: the numbers of elements differ")));
    }
    Ok(vec![match x {
        Value::Constant(constant) => Value::Constant(constant.reshaped(&shape)),
        Value::Computed(x) => Value::Computed(draft.viewed(x, &node.name, shape)?),
    }])
}
