//! Networks from a generator: the same at every run.

use ndarray::{Array, Array1, Dimension, ShapeBuilder};
use nn_core::{Affine, Conv2d, Network, NetworkBuilder, NodeId, Op, Window};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The middle of an input box: between 0 and 1.
pub(crate) fn center(network: &Network<f64>) -> Array1<f64> {
    let mut generator = ChaCha8Rng::seed_from_u64(3);
    Array1::from_shape_simple_fn(network.input_count(), || generator.random_range(0.0..1.0))
}

/// Fully connected layers of these widths with ReLUs between them.
pub(crate) fn fully_connected(widths: &[usize]) -> Network<f64> {
    let mut generator = ChaCha8Rng::seed_from_u64(1);
    let mut builder = NetworkBuilder::new([widths[0]]);
    let mut last = NodeId::INPUT;
    for (depth, pair) in widths.windows(2).enumerate() {
        if depth > 0 {
            last = builder.add(format!("relu{depth}"), Op::Relu, &[last]).expect("a ReLU fits anything");
        }
        let layer = affine(&mut generator, pair[0], pair[1]);
        last = builder.add(format!("affine{depth}"), layer, &[last]).expect("the widths fit");
    }
    builder.finish(last)
}

/// The shape of WK17a: two convolutions of stride 2, two fully connected layers.
pub(crate) fn convolutional() -> Network<f64> {
    let mut generator = ChaCha8Rng::seed_from_u64(2);
    let mut builder = NetworkBuilder::new([1, 28, 28]);
    let mut last = NodeId::INPUT;
    for (inputs, outputs) in [(1, 16), (16, 32)] {
        let weight = random(&mut generator, (outputs, inputs, 4, 4), (6.0 / (16 * inputs) as f64).sqrt());
        let window = Window { padding: [1; 4], ..Window::new([4, 4], 2) };
        let conv = Conv2d { weight, bias: random(&mut generator, outputs, 0.1), window, groups: 1 };
        let conv =
            builder.add(format!("conv{outputs}"), Op::Conv2d(conv), &[last]).expect("the channels fit");
        last = builder.add(format!("relu{outputs}"), Op::Relu, &[conv]).expect("a ReLU fits anything");
    }
    last = builder.reshape("flatten", last, [1568]).expect("as many elements");
    for (inputs, outputs) in [(1568, 100), (100, 10)] {
        let layer = affine(&mut generator, inputs, outputs);
        last = builder.add(format!("affine{outputs}"), layer, &[last]).expect("the widths fit");
        if outputs == 100 {
            last = builder.add("relu100", Op::Relu, &[last]).expect("a ReLU fits anything");
        }
    }
    builder.finish(last)
}

fn random<D: Dimension>(
    generator: &mut ChaCha8Rng,
    shape: impl ShapeBuilder<Dim = D>,
    reach: f64,
) -> Array<f64, D> {
    Array::from_shape_simple_fn(shape, || generator.random_range(-reach..reach))
}

/// A layer whose values keep the size of its inputs.
fn affine(generator: &mut ChaCha8Rng, inputs: usize, outputs: usize) -> Op<f64> {
    let weight = random(generator, (outputs, inputs), (6.0 / inputs as f64).sqrt());
    Op::Affine(Affine { weight, bias: random(generator, outputs, 0.1) })
}
