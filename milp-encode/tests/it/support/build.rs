//! Small networks by hand.

use milp_encode::property::InputBox;
use ndarray::{Array1, Array2};
use nn_core::{Affine, Network, NetworkBuilder, NodeId, Op};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

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

/// Fully connected layers of these widths with ReLUs between them, and random weights of a trained network's size.
pub(crate) fn dense_chain(rng: &mut ChaCha8Rng, widths: &[usize]) -> Network<f64> {
    let mut ops = Vec::new();
    for pair in widths.windows(2) {
        let reach = (6.0 / pair[0] as f64).sqrt();
        let weight = Array2::from_shape_simple_fn((pair[1], pair[0]), || rng.random_range(-reach..reach));
        let bias = Array1::from_shape_simple_fn(pair[1], || rng.random_range(-0.1..0.1));
        ops.extend([Op::Affine(Affine { weight, bias }), Op::Relu]);
    }
    ops.pop();
    chain([widths[0]], ops)
}
