//! Batch normalisation with fixed statistics.

use ndarray::{Array1, ArrayD, Ix1, IxDyn};

use super::activation::add_element_wise;
use super::{computed, fold};
use crate::onnx::OnnxError;
use crate::onnx::context::NodeContext;
use crate::onnx::draft::{Draft, Value};
use crate::onnx::tensor::reshaped;
use crate::{ConstantOp, Op};

/// `factor * x + shift` with `factor = scale / sqrt(variance + epsilon)` and `shift = bias - mean * factor`, per
/// channel: folded into the layer before it where nothing else reads that, else two constant operations.
pub(super) fn batch_normalization(
    node: &NodeContext<'_>,
    draft: &mut Draft,
) -> Result<Vec<Value>, OnnxError> {
    if node.int("training_mode", 0) != 0 || node.int("spatial", 1) == 0 {
        return Err(node.fail("only inference with one mean and variance a channel is supported"));
    }
    let x = node.computed(0)?;
    let channels = *x.shape.get(1).ok_or_else(|| node.fail("its input has no channel axis"))?;
    let (scale, bias) = (channel_values(node, 1, channels)?, channel_values(node, 2, channels)?);
    let (mean, variance) = (channel_values(node, 3, channels)?, channel_values(node, 4, channels)?);
    let epsilon = node.float("epsilon", 1e-5);
    let factor = scale / variance.mapv(|variance| (variance + epsilon).sqrt());
    let shift = bias - mean * &factor;
    let (factor, shift) = (per_element(&factor, &x.shape), per_element(&shift, &x.shape));
    if let Some(layer) = fold::into_layer(draft, x, &factor.view(), &shift.view())? {
        return Ok(computed(layer));
    }
    let shape = draft.shape(x.node).dimensions().to_vec();
    let name = draft.unused_name(&[&format!("{}/scale", node.name)]);
    let scale = Op::Constant { kind: ConstantOp::Mul, value: reshaped(&factor.view(), &shape) };
    let scaled = draft.add(&name, scale, &[x.node])?;
    let shift = Op::Constant { kind: ConstantOp::Add, value: reshaped(&shift.view(), &shape) };
    Ok(computed(add_element_wise(node, draft, shift, scaled, x.shape.clone())?))
}

fn channel_values(
    node: &NodeContext<'_>,
    position: usize,
    channels: usize,
) -> Result<Array1<f64>, OnnxError> {
    let values = node.numbers(position)?.into_dimensionality::<Ix1>();
    let values = values.ok().filter(|values| values.len() == channels);
    values.ok_or_else(|| node.fail(format!("input {position} is no vector of {channels} channels")))
}

/// One value a channel, repeated for every element of a tensor whose second axis is the channel.
fn per_element(channels: &Array1<f64>, shape: &[usize]) -> ArrayD<f64> {
    ArrayD::from_shape_fn(IxDyn(shape), |index| channels[index[1]])
}
