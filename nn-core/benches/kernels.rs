//! Evaluation and gradients, single inputs and batches, on generated networks.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use ndarray::{Array, Array2, Dimension, ShapeBuilder};
use nn_core::{Affine, Conv2d, Network, NetworkBuilder, NodeId, Op, Scalar, Window};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn random<D: Dimension>(
    random: &mut ChaCha8Rng,
    shape: impl ShapeBuilder<Dim = D>,
    scale: f64,
) -> Array<f64, D> {
    Array::from_shape_simple_fn(shape, || random.random_range(-scale..scale))
}

/// Fully connected layers with ReLUs between them.
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

/// 1 x 28 x 28, two convolutions of stride 2, two fully connected layers.
fn convolutional() -> Network<f64> {
    let mut generator = ChaCha8Rng::seed_from_u64(2);
    let mut builder = NetworkBuilder::new([1, 28, 28]);
    let mut last = NodeId::INPUT;
    for (index, [channels, inputs]) in [[8, 1], [16, 8]].into_iter().enumerate() {
        let weight = random(&mut generator, (channels, inputs, 4, 4), 0.3);
        let bias = random(&mut generator, channels, 0.1);
        let conv = Conv2d { weight, bias, window: Window::new([4, 4], 2), groups: 1 };
        last = builder.add(format!("conv{index}"), Op::Conv2d(conv), &[last]).expect("the channels fit");
        last = builder.add(format!("relu{index}"), Op::Relu, &[last]).expect("a ReLU fits anything");
    }
    let elements = builder.shape(last).element_count();
    last = builder.reshape("flatten", last, [elements]).expect("as many elements");
    for (index, (inputs, outputs)) in [(elements, 100), (100, 10)].into_iter().enumerate() {
        let weight = random(&mut generator, (outputs, inputs), (6.0 / inputs as f64).sqrt());
        let affine = Affine { weight, bias: random(&mut generator, outputs, 0.1) };
        last = builder.add(format!("affine{index}"), Op::Affine(affine), &[last]).expect("the widths fit");
        if index == 0 {
            last = builder.add("relu", Op::Relu, &[last]).expect("a ReLU fits anything");
        }
    }
    builder.finish(last)
}

fn measure<T: Scalar>(criterion: &mut Criterion, name: &str, kind: &str, network: &Network<f64>) {
    let network: Network<T> = network.cast();
    let mut generator = ChaCha8Rng::seed_from_u64(3);
    let batch: Array2<T> = random(&mut generator, (100, network.input_count()), 1.0).mapv(T::from_f64);
    let single = batch.slice(ndarray::s![..1, ..]).to_owned();
    let cotangent: Array2<T> = random(&mut generator, (100, network.output_count()), 1.0).mapv(T::from_f64);
    for (count, input) in [(1, &single), (100, &batch)] {
        criterion.bench_function(&format!("forward/{name}/{kind}/{count}"), |bencher| {
            bencher.iter(|| network.forward(black_box(input.view())));
        });
    }
    criterion.bench_function(&format!("input gradient/{name}/{kind}/100"), |bencher| {
        bencher.iter(|| {
            let trace = network.trace(black_box(batch.view()));
            network.input_gradient(&trace, cotangent.view())
        });
    });
}

fn kernels(criterion: &mut Criterion) {
    for (name, network) in [
        ("784-50-20-10", fully_connected(&[784, 50, 20, 10])),
        ("784-256x4-10", fully_connected(&[784, 256, 256, 256, 256, 10])),
        ("conv", convolutional()),
    ] {
        measure::<f32>(criterion, name, "f32", &network);
        measure::<f64>(criterion, name, "f64", &network);
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .sample_size(20);
    targets = kernels
}
criterion_main!(benches);
