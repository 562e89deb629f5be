//! Small networks by hand.

use milp_encode::property::InputBox;
use ndarray::{Array1, Array2};
use nn_core::{Affine, Network, NetworkBuilder, NodeId, Op};

pub(crate) fn affine<const N: usize>(weight: &[[f64; N]], bias: &[f64]) -> Op<f64> {
    let weight = Array2::from_shape_fn((weight.len(), N), |(row, column)| weight[row][column]);
    Op::Affine(Affine { weight, bias: Array1::from(bias.to_vec()) })
}

/// One operator after the other.
pub(crate) fn chain<const N: usize>(
    input: [usize; N],
    ops: impl IntoIterator<Item = Op<f64>>,
) -> Network<f64> {
    let mut builder = NetworkBuilder::new(input);
    let mut last = NodeId::INPUT;
    for (index, op) in ops.into_iter().enumerate() {
        last = builder.add(format!("n{}", index + 1), op, &[last]).unwrap();
    }
    builder.finish(last)
}

pub(crate) fn sides(sides: &[(f64, f64)]) -> InputBox {
    InputBox::new(sides.iter().map(|side| side.0).collect(), sides.iter().map(|side| side.1).collect())
        .unwrap()
}
