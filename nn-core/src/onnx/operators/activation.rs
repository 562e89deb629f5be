//! Activation functions.

use super::computed;
use crate::onnx::OnnxError;
use crate::onnx::context::NodeContext;
use crate::onnx::draft::{Computed, Draft, Value};
use crate::{NodeId, Op};

pub(super) fn relu(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    element_wise(node, draft, Op::Relu)
}

pub(super) fn sigmoid(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    element_wise(node, draft, Op::Sigmoid)
}

pub(super) fn tanh(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    element_wise(node, draft, Op::Tanh)
}

pub(super) fn leaky_relu(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    element_wise(node, draft, Op::LeakyRelu { slope: node.float("alpha", 0.01) })
}

/// A parametric ReLU whose slopes are all the same.
pub(super) fn parametric_relu(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let slopes = node.numbers(1)?;
    let slope = slopes.first().copied().filter(|first| slopes.iter().all(|slope| slope == first));
    let slope = slope.ok_or_else(|| node.fail("its slopes differ; only one slope for all is supported"))?;
    element_wise(node, draft, Op::LeakyRelu { slope })
}

/// A ReLU, or nothing where there are no limits.
pub(super) fn clip(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let limit = |name: &str, position: usize, none: f32| -> Result<f64, OnnxError> {
        match node.attribute(name) {
            Some(attribute) => Ok(f64::from(attribute.f())),
            None => Ok(node.optional_scalar(position)?.unwrap_or(f64::from(none))),
        }
    };
    let (min, max) = (limit("min", 1, f32::MIN)?, limit("max", 2, f32::MAX)?);
    let unlimited_above = max >= f64::from(f32::MAX);
    if unlimited_above && min <= f64::from(f32::MIN) {
        Ok(computed(node.computed(0)?.clone()))
    } else if unlimited_above && min == 0.0 {
        element_wise(node, draft, Op::Relu)
    } else {
        Err(node.fail(format!(
            "limits {min} and {max}: only a minimum of 0 without a maximum, a ReLU, is supported"
        )))
    }
}

fn element_wise(node: &NodeContext<'_>, draft: &mut Draft, op: Op<f64>) -> Result<Vec<Value>, OnnxError> {
    let x = node.computed(0)?;
    Ok(computed(add_element_wise(node, draft, op, x.node, x.shape.clone())?))
}

/// Adds an operator that keeps its input's shape.
pub(super) fn add_element_wise(
    node: &NodeContext<'_>,
    draft: &mut Draft,
    op: Op<f64>,
    input: NodeId,
    shape: Vec<usize>,
) -> Result<Computed, OnnxError> {
    let added = draft.add(&node.name, op, &[input])?;
    Ok(Computed::new(added, shape))
}
