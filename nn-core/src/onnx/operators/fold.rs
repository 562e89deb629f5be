//! Folding constant arithmetic into the layer before it.

use ndarray::{Array1, ArrayViewD, Axis};

use crate::onnx::OnnxError;
use crate::onnx::draft::{Computed, Draft};
use crate::{Affine, Conv2d, Op};

/// Gives a layer whose file states no bias this one, if nothing else reads the layer: `MatMul`, then `Add`.
///
/// A stated bias is left alone: adding to it would round.
pub(super) fn into_missing_bias(
    draft: &mut Draft,
    x: &Computed,
    shift: &ArrayViewD<'_, f64>,
) -> Result<Option<Computed>, OnnxError> {
    if !x.single_use || !draft.is_unbiased(x.node) {
        return Ok(None);
    }
    let op = match draft.op(x.node) {
        Op::Affine(layer) => per_output(shift, layer.bias.len())
            .map(|bias| Op::Affine(Affine { weight: layer.weight.clone(), bias })),
        Op::Conv2d(layer) => {
            per_output(shift, layer.bias.len()).map(|bias| Op::Conv2d(Conv2d { bias, ..layer.clone() }))
        }
        _ => None,
    };
    replaced(draft, x, op)
}

/// Scales a layer's outputs and shifts them, if nothing else reads the layer.
pub(super) fn into_layer(
    draft: &mut Draft,
    x: &Computed,
    factor: &ArrayViewD<'_, f64>,
    shift: &ArrayViewD<'_, f64>,
) -> Result<Option<Computed>, OnnxError> {
    if !x.single_use {
        return Ok(None);
    }
    let values = |outputs: usize| per_output(factor, outputs).zip(per_output(shift, outputs));
    let op = match draft.op(x.node) {
        Op::Affine(layer) => values(layer.bias.len()).map(|(factor, shift)| {
            let bias = &layer.bias * &factor + shift;
            Op::Affine(Affine { weight: &layer.weight * &factor.insert_axis(Axis(1)), bias })
        }),
        Op::Conv2d(layer) => values(layer.bias.len()).map(|(factor, shift)| {
            let mut scaled = layer.clone();
            scaled.bias = &layer.bias * &factor + shift;
            for (mut kernel, factor) in scaled.weight.outer_iter_mut().zip(&factor) {
                kernel *= *factor;
            }
            Op::Conv2d(scaled)
        }),
        _ => None,
    };
    replaced(draft, x, op)
}

/// The one value of each output (channel), if all elements of an output have the same.
fn per_output(values: &ArrayViewD<'_, f64>, outputs: usize) -> Option<Array1<f64>> {
    let flat: Vec<f64> = values.iter().copied().collect();
    if outputs == 0 || !flat.len().is_multiple_of(outputs) {
        return None;
    }
    let channels = flat.chunks_exact(flat.len() / outputs);
    channels.map(|channel| channel.iter().all(|value| *value == channel[0]).then_some(channel[0])).collect()
}

fn replaced(draft: &mut Draft, x: &Computed, op: Option<Op<f64>>) -> Result<Option<Computed>, OnnxError> {
    let Some(op) = op else { return Ok(None) };
    Ok(Some(Computed { node: draft.replace(x.node, op)?, ..x.clone() }))
}
