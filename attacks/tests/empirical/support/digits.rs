//! Scikit-learn's digits, 8 x 8 pixels, and networks that are trained on them when a test needs them.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use flate2::read::GzDecoder;
use ndarray::{Array1, Array2, Array4, Axis, Zip};
use nn_core::{Affine, Conv2d, Network, NetworkBuilder, NodeId, Op, Window};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Images in [0, 1] and their labels.
pub(crate) struct Digits {
    pub(crate) images: Array2<f32>,
    pub(crate) labels: Vec<u8>,
}

pub(crate) static TEST: LazyLock<Digits> = LazyLock::new(|| Digits::load("test"));

/// 64-32-16-10, right on more than nine of ten test images.
pub(crate) static FULLY_CONNECTED: LazyLock<Network<f64>> = LazyLock::new(|| trained(fully_connected));

/// Two convolutions and two fully connected layers, as good.
pub(crate) static CONVOLUTIONAL: LazyLock<Network<f64>> = LazyLock::new(|| trained(convolutional));

/// The bytes of a gzipped IDX file after its header, if there is such a file.
pub(crate) fn read_idx(file: &Path, header: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(std::fs::File::open(file).ok()?).read_to_end(&mut bytes).expect("gzip");
    Some(bytes.split_off(header))
}

impl Digits {
    fn load(split: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../experiments/data/digits");
        let read = |kind: &str, header: usize| {
            read_idx(&folder.join(format!("{split}-{kind}-ubyte.gz")), header)
                .expect("the digits are in the tree")
        };
        let pixels = read("images-idx3", 16).iter().map(|byte| f32::from(*byte) / 16.0).collect();
        let labels = read("labels-idx1", 8);
        Self { images: Array2::from_shape_vec((labels.len(), 64), pixels).expect("8 x 8"), labels }
    }

    /// The first images that a network gets right.
    pub(crate) fn first_right(&self, network: &Network<f64>, count: usize) -> Digits {
        let outputs = network.forward(self.images.mapv(f64::from).view());
        let is_right = |i: &usize| nn_core::predicted_class(outputs.row(*i)) == usize::from(self.labels[*i]);
        let chosen: Vec<usize> = (0..self.labels.len()).filter(is_right).take(count).collect();
        Digits {
            images: self.images.select(Axis(0), &chosen),
            labels: chosen.iter().map(|i| self.labels[*i]).collect(),
        }
    }
}

/// Twenty epochs of stochastic gradient descent with momentum.
fn trained(build: fn(&mut ChaCha8Rng) -> Network<f32>) -> Network<f64> {
    let mut generator = ChaCha8Rng::seed_from_u64(1);
    let mut network = build(&mut generator);
    let training = Digits::load("train");
    let mut order: Vec<usize> = (0..training.labels.len()).collect();
    let mut velocities: Vec<_> =
        network.parameters().iter().map(|(_, values)| values.mapv(|_| 0.0_f32)).collect();
    for epoch in 0..20 {
        let rate = 0.05 / (1.0 + epoch as f32);
        order.shuffle(&mut generator);
        for batch in order.chunks(32) {
            let trace = network.trace(training.images.select(Axis(0), batch).view());
            let slopes = slopes(trace.output().to_owned(), batch.iter().map(|i| training.labels[*i]));
            let gradients = network.parameter_gradients(&trace, slopes.view());
            let steps = network.parameters_mut().into_iter().zip(&gradients).zip(&mut velocities);
            for (((_, mut parameter), gradient), velocity) in steps {
                Zip::from(&mut parameter).and(velocity).and(gradient).for_each(
                    |parameter, velocity, slope| {
                        *velocity = 0.9 * *velocity - rate * slope;
                        *parameter += *velocity;
                    },
                );
            }
        }
    }
    let network = network.cast::<f64>();
    let right = TEST.first_right(&network, usize::MAX).labels.len();
    assert!(10 * right > 9 * TEST.labels.len(), "{right} of {} are right", TEST.labels.len());
    network
}

/// The gradient of the mean cross-entropy.
fn slopes(mut logits: Array2<f32>, labels: impl Iterator<Item = u8>) -> Array2<f32> {
    let size = logits.nrows() as f32;
    for (mut row, label) in logits.outer_iter_mut().zip(labels) {
        let greatest = row.fold(f32::NEG_INFINITY, |greatest, y| greatest.max(*y));
        row.mapv_inplace(|y| (y - greatest).exp());
        let sum = row.sum() * size;
        row.mapv_inplace(|y| y / sum);
        row[usize::from(label)] -= 1.0 / size;
    }
    logits
}

fn fully_connected(generator: &mut ChaCha8Rng) -> Network<f32> {
    let mut builder = NetworkBuilder::new([1, 8, 8]);
    let output = dense_layers(&mut builder, NodeId::INPUT, &[64, 32, 16, 10], generator);
    builder.finish(output)
}

fn convolutional(generator: &mut ChaCha8Rng) -> Network<f32> {
    let mut builder = NetworkBuilder::new([1, 8, 8]);
    let mut node = NodeId::INPUT;
    for (layer, (channels, from)) in [(8, 1), (16, 8)].into_iter().enumerate() {
        let limit = (6.0 / (9.0 * from as f32)).sqrt();
        let weight =
            Array4::from_shape_simple_fn((channels, from, 3, 3), || generator.random_range(-limit..limit));
        let window = Window { kernel: [3, 3], stride: [2, 2], padding: [1; 4], dilation: [1, 1] };
        let convolution = Conv2d { weight, bias: Array1::zeros(channels), window, groups: 1 };
        node = builder.add(format!("conv{layer}"), Op::Conv2d(convolution), &[node]).expect("it fits");
        node = builder.add(format!("after{layer}"), Op::Relu, &[node]).expect("it fits");
    }
    let output = dense_layers(&mut builder, node, &[64, 32, 10], generator);
    builder.finish(output)
}

fn dense_layers(
    builder: &mut NetworkBuilder<f32>,
    mut node: NodeId,
    widths: &[usize],
    generator: &mut ChaCha8Rng,
) -> NodeId {
    for (layer, pair) in widths.windows(2).enumerate() {
        let limit = (6.0 / pair[0] as f32).sqrt();
        let weight =
            Array2::from_shape_simple_fn((pair[1], pair[0]), || generator.random_range(-limit..limit));
        let affine = Op::Affine(Affine { weight, bias: Array1::zeros(pair[1]) });
        node = builder.add(format!("dense{layer}"), affine, &[node]).expect("it fits");
        if layer + 2 < widths.len() {
            node = builder.add(format!("relu{layer}"), Op::Relu, &[node]).expect("it fits");
        }
    }
    node
}
