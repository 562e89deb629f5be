//! Bounds and encodings of generated networks; nothing is solved.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use milp_encode::bounds::{BoundChain, compute_bounds};
use milp_encode::property::InputBox;
use milp_encode::{Formulation, encode};
use ndarray::{Array, Array1, Dimension, ShapeBuilder};
use nn_core::{Affine, Conv2d, Network, NetworkBuilder, NodeId, Op, Window};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The radius of the input box; inputs lie between 0 and 1.
const EPSILON: f64 = 0.02;

fn random<D: Dimension>(
    random: &mut ChaCha8Rng,
    shape: impl ShapeBuilder<Dim = D>,
    scale: f64,
) -> Array<f64, D> {
    Array::from_shape_simple_fn(shape, || random.random_range(-scale..scale))
}

fn fully_connected(widths: &[usize]) -> Network<f64> {
    let mut generator = ChaCha8Rng::seed_from_u64(1);
    let mut builder = NetworkBuilder::new([widths[0]]);
    let mut last = NodeId::INPUT;
    for (depth, pair) in widths.windows(2).enumerate() {
        if depth > 0 {
            last = builder.add(format!("relu{depth}"), Op::Relu, &[last]).expect("a ReLU fits anything");
        }
        let weight = random(&mut generator, (pair[1], pair[0]), (6.0 / pair[0] as f64).sqrt());
        let affine = Affine { weight, bias: random(&mut generator, pair[1], 0.1) };
        last = builder.add(format!("affine{depth}"), Op::Affine(affine), &[last]).expect("the widths fit");
    }
    builder.finish(last)
}

/// 1 x 28 x 28, one convolution of stride 4, one fully connected layer.
fn convolutional() -> Network<f64> {
    let mut generator = ChaCha8Rng::seed_from_u64(2);
    let mut builder = NetworkBuilder::new([1, 28, 28]);
    let (weight, bias) = (random(&mut generator, (8, 1, 4, 4), 0.3), random(&mut generator, 8, 0.1));
    let conv = Conv2d { weight, bias, window: Window::new([4, 4], 4), groups: 1 };
    let conv = builder.add("conv", Op::Conv2d(conv), &[NodeId::INPUT]).expect("the channels fit");
    let relu = builder.add("relu", Op::Relu, &[conv]).expect("a ReLU fits anything");
    let elements = builder.shape(relu).element_count();
    let flat = builder.reshape("flatten", relu, [elements]).expect("as many elements");
    let affine =
        Affine { weight: random(&mut generator, (10, elements), 0.1), bias: random(&mut generator, 10, 0.1) };
    let output = builder.add("affine", Op::Affine(affine), &[flat]).expect("the widths fit");
    builder.finish(output)
}

fn bounds_and_models(criterion: &mut Criterion) {
    for (name, network) in [
        ("784-50-20-10", fully_connected(&[784, 50, 20, 10])),
        ("784-256x4-10", fully_connected(&[784, 256, 256, 256, 256, 10])),
        ("conv", convolutional()),
    ] {
        let mut generator = ChaCha8Rng::seed_from_u64(3);
        let center = Array1::from_shape_simple_fn(network.input_count(), || generator.random_range(0.0..1.0));
        let input = InputBox::new(&center - EPSILON, &center + EPSILON).expect("sides of positive width");
        for (method, label) in [(&BoundChain::interval(), "interval"), (&BoundChain::crown(), "crown")] {
            criterion.bench_function(&format!("{label}/{name}"), |bencher| {
                bencher.iter(|| compute_bounds(black_box(&network), &input, method).expect("the box fits"));
            });
        }
        let bounds = compute_bounds(&network, &input, &BoundChain::crown()).expect("the box fits");
        for (formulation, label) in
            [(Formulation::BigM, "encode big-m"), (Formulation::BigMPaper, "encode big-m-paper")]
        {
            criterion.bench_function(&format!("{label}/{name}"), |bencher| {
                bencher.iter(|| {
                    encode(black_box(&network), &input, &bounds, formulation).expect("it is linear")
                });
            });
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(10);
    targets = bounds_and_models
}
criterion_main!(benches);
