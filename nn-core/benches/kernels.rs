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

/// The layers of WK17a: 1 x 28 x 28, two padded convolutions of stride 2, two fully connected layers.
fn convolutional() -> Network<f64> {
    let mut generator = ChaCha8Rng::seed_from_u64(2);
    let mut builder = NetworkBuilder::new([1, 28, 28]);
    let mut last = NodeId::INPUT;
    for (index, [channels, inputs]) in [[16, 1], [32, 16]].into_iter().enumerate() {
        let weight = random(&mut generator, (channels, inputs, 4, 4), 0.3);
        let bias = random(&mut generator, channels, 0.1);
        let window = Window { padding: [1; 4], ..Window::new([4, 4], 2) };
        let conv = Conv2d { weight, bias, window, groups: 1 };
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

fn measure<T: Scalar>(criterion: &mut Criterion, name: &str, network: &Network<f64>, batches: &[usize]) {
    let network: Network<T> = network.cast();
    let kind = std::any::type_name::<T>();
    let mut generator = ChaCha8Rng::seed_from_u64(3);
    for &count in batches {
        let input: Array2<T> = random(&mut generator, (count, network.input_count()), 1.0).mapv(T::from_f64);
        let cotangent: Array2<T> =
            random(&mut generator, (count, network.output_count()), 1.0).mapv(T::from_f64);
        criterion.bench_function(&format!("forward/{name}/{kind}/{count}"), |bencher| {
            bencher.iter(|| network.forward(black_box(input.view())));
        });
        criterion.bench_function(&format!("input gradient/{name}/{kind}/{count}"), |bencher| {
            bencher.iter(|| {
                let trace = network.trace(black_box(input.view()));
                network.input_gradient(&trace, cotangent.view())
            });
        });
        criterion.bench_function(&format!("parameter gradients/{name}/{kind}/{count}"), |bencher| {
            bencher.iter(|| {
                let trace = network.trace(black_box(input.view()));
                network.parameter_gradients(&trace, cotangent.view())
            });
        });
    }
}

fn kernels(criterion: &mut Criterion) {
    for (name, network) in [
        ("784-500-10", fully_connected(&[784, 500, 10])),
        ("784-50-20-10", fully_connected(&[784, 50, 20, 10])),
        ("784-300-100-10", fully_connected(&[784, 300, 100, 10])),
        ("784-256x6-10", fully_connected(&[784, 256, 256, 256, 256, 256, 256, 10])),
        ("wk17a", convolutional()),
    ] {
        measure::<f32>(criterion, name, &network, &[1, 3, 8, 32, 128, 512, 1000]);
        measure::<f64>(criterion, name, &network, &[1, 128]);
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(400))
        .sample_size(20);
    targets = kernels
}
criterion_main!(benches);
