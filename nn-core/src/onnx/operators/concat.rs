//! Joining tensors along an axis.

use ndarray::{Axis, concatenate};

use super::computed;
use super::index_map::{Sources, add_rearrange, positions};
use crate::onnx::OnnxError;
use crate::onnx::context::NodeContext;
use crate::onnx::draft::{Computed, Draft, Value};
use crate::onnx::shapes::{addressable_count, axis, computed_count, per_sample};
use crate::onnx::tensor::Constant;
use crate::{Op, Source};

pub(super) fn concat(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let parts = (0..node.inputs.len()).map(|i| node.input(i)).collect::<Result<Vec<_>, _>>()?;
    let first = parts.first().ok_or_else(|| node.fail("it has no inputs"))?.shape();
    let along = node.attribute("axis").ok_or_else(|| node.fail("its axis is missing"))?.i();
    let along = axis(along, first.len()).map_err(|reason| node.fail(reason))?;
    let joined = joined_shape(&parts, along).ok_or_else(|| {
        let shapes: Vec<_> = parts.iter().map(|part| part.shape()).collect();
        node.fail(format!("cannot join {shapes:?} along axis {along}"))
    })?;
    let values: Vec<_> = parts.iter().filter_map(|part| as_computed(part)).collect();
    match values.as_slice() {
        [] => Ok(vec![Value::Constant(joined_constants(&parts, along))]),
        values if values.len() == parts.len() => Ok(computed(joined_values(node, draft, values, along)?)),
        values => {
            computed_count(&joined).map_err(|reason| node.fail(reason))?;
            let together = match values {
                [only] => (*only).clone(),
                several => joined_values(&node.part(draft, "computed"), draft, several, along)?,
            };
            let sources = interleaved(&parts, &together, along);
            Ok(computed(add_rearrange(node, draft, &together, &sources)?))
        }
    }
}

fn as_computed(value: &Value) -> Option<&Computed> {
    match value {
        Value::Computed(computed) => Some(computed),
        Value::Constant(_) => None,
    }
}

fn joined_shape(parts: &[&Value], along: usize) -> Option<Vec<usize>> {
    let mut joined = parts[0].shape().to_vec();
    for part in &parts[1..] {
        let shape = part.shape();
        let fits = shape.len() == joined.len()
            && shape.iter().zip(&joined).enumerate().all(|(axis, (a, b))| axis == along || a == b);
        joined[along] = joined[along].checked_add(*shape.get(along)?).filter(|_| fits)?;
    }
    addressable_count(&joined).map(|_| joined)
}

fn joined_constants(parts: &[&Value], along: usize) -> Constant {
    let constants = || {
        parts.iter().filter_map(|part| match part {
            Value::Constant(constant) => Some(constant),
            Value::Computed(_) => None,
        })
    };
    let integers: Option<Vec<_>> = constants().map(Constant::as_integers).collect();
    match integers {
        Some(integers) => {
            Constant::Integer(concatenate(Axis(along), &integers).expect("the shapes were compared"))
        }
        None => {
            let floats: Vec<_> = constants().map(Constant::to_float).collect();
            let views: Vec<_> = floats.iter().map(|values| values.view()).collect();
            Constant::Float(concatenate(Axis(along), &views).expect("the shapes were compared"))
        }
    }
}

fn joined_values(
    node: &NodeContext<'_>,
    draft: &mut Draft,
    values: &[&Computed],
    along: usize,
) -> Result<Computed, OnnxError> {
    let mut shape = values[0].shape.clone();
    shape[along] = values.iter().map(|value| value.shape[along]).sum();
    let batched = along > 0 && shape[0] == 1;
    let nodes = values.iter().map(|value| {
        let own = if batched { per_sample(&value.shape) } else { &value.shape };
        draft.in_shape(value, own)
    });
    let nodes = nodes.collect::<Result<Vec<_>, _>>()?;
    let axis = if batched { along - 1 } else { along };
    Ok(Computed::new(draft.add(&node.name, Op::Concat { axis }, &nodes)?, shape))
}

/// The result's sources, with constants in their places between the parts of `together`.
fn interleaved(parts: &[&Value], together: &Computed, along: usize) -> Sources {
    let positions = positions(&together.shape);
    let mut start = 0;
    let blocks: Vec<Sources> = parts
        .iter()
        .map(|part| match part {
            Value::Constant(constant) => constant.to_float().mapv(Source::Constant),
            Value::Computed(value) => {
                let end = start + value.shape[along];
                let block = positions.slice_axis(Axis(along), (start..end).into()).into_owned();
                start = end;
                block
            }
        })
        .collect();
    let views: Vec<_> = blocks.iter().map(|values| values.view()).collect();
    concatenate(Axis(along), &views).expect("the shapes were compared")
}
