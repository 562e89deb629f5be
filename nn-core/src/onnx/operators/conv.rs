//! Two-dimensional convolutions.

use ndarray::{Array1, Ix1, Ix4};

use super::computed;
use super::window::{MAX_WINDOW, check_positions, image, kernel_shape, window};
use crate::onnx::OnnxError;
use crate::onnx::context::NodeContext;
use crate::onnx::draft::{Computed, Draft, Value};
use crate::{Conv2d, Op};

pub(super) fn conv(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let x = node.computed(0)?;
    let weight = node.numbers(1)?.into_dimensionality::<Ix4>();
    let weight = weight.map_err(|_| node.fail("only two-dimensional convolutions are supported"))?;
    let (outputs, per_group, height, width) = weight.dim();
    let kernel = [height, width];
    if !kernel.iter().all(|size| (1..=MAX_WINDOW).contains(size))
        || kernel_shape(node)?.is_some_and(|stated| stated != kernel)
    {
        return Err(node.fail(format!("kernel_shape does not fit its weight {:?}", weight.shape())));
    }
    let groups = usize::try_from(node.int("group", 1)).unwrap_or(0);
    if groups.checked_mul(per_group) != x.shape.get(1).copied() {
        let weight = weight.shape();
        return Err(node.fail(format!("weight {weight:?} in {groups} group(s) on an input {:?}", x.shape)));
    }
    let bias = match node.optional_constant(2)? {
        None => None,
        Some(bias) => {
            let bias = bias.to_float().into_dimensionality::<Ix1>();
            Some(bias.map_err(|_| node.fail("its bias is no vector"))?)
        }
    };
    let image = image(node, draft, x)?;
    let window = window(node, kernel, image.height, image.width)?;
    let [rows, columns] = check_positions(node, &window, outputs, &image)?;
    let unbiased = bias.is_none();
    let bias = bias.unwrap_or_else(|| Array1::zeros(outputs));
    let layer = draft.add(&node.name, Op::Conv2d(Conv2d { weight, bias, window, groups }), &[image.node])?;
    if unbiased {
        draft.mark_unbiased(layer);
    }
    Ok(computed(Computed::new(layer, vec![1, outputs, rows, columns])))
}
