//! What interval and CROWN bounds need to know of an affine operator `y = A x + b`.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use nn_core::{ConstantOp, Network, NodeId, Op};

/// One sample through an operator on batches.
pub(super) fn one_sample(
    inputs: impl Iterator<Item = Array1<f64>>,
    operator: impl Fn(&[ArrayView2<'_, f64>]) -> Array2<f64>,
) -> Array1<f64> {
    let rows: Vec<Array2<f64>> = inputs.map(|values| values.insert_axis(Axis(0))).collect();
    let views: Vec<ArrayView2<'_, f64>> = rows.iter().map(|row| row.view()).collect();
    operator(&views).remove_axis(Axis(0))
}

/// `b`: the value where all inputs are zero, without any rounding.
pub(super) fn constant_part(network: &Network<f64>, id: NodeId) -> Array1<f64> {
    let node = network.node(id);
    match node.op() {
        Op::Affine(affine) => affine.bias.clone(),
        _ => {
            let zeros = node.inputs().iter().map(|input| Array1::zeros(network.node(*input).element_count()));
            one_sample(zeros, |inputs| network.apply(id, inputs))
        }
    }
}

/// How many products the longest sum in `A x` or in `A^T y` has.
pub(super) fn longest_sum(network: &Network<f64>, id: NodeId) -> usize {
    let node = network.node(id);
    match node.op() {
        Op::Affine(affine) => affine.weight.nrows().max(affine.weight.ncols()),
        Op::Conv2d(conv) => {
            let (outputs, per_group, height, width) = conv.weight.dim();
            outputs.max(per_group) * height * width
        }
        Op::AveragePool(pool) => pool.window.kernel.iter().product(),
        Op::Add => node.inputs().len(),
        Op::Rearrange(rearrange) => rearrange.sources.len(),
        Op::Constant { kind: ConstantOp::Div, .. } => 2,
        _ => 1,
    }
}
