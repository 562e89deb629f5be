//! The networks and boxes that are measured.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use milp_encode::property::{DataRange, InputBox};
use ndarray::{Array, Array1, Dimension, ShapeBuilder};
use nn_core::{Affine, Conv2d, Network, NetworkBuilder, NodeId, Op, Window, read_onnx};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A network and the box over which it is bounded.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) network: Network<f64>,
    pub(crate) input: InputBox,
}

pub(crate) fn all() -> Vec<Case> {
    let mut cases = vec![
        generated("generated 784-256x6-10", fully_connected(&[784, 256, 256, 256, 256, 256, 256, 10]), 0.002),
        generated("generated conv", convolutional(), 0.01),
    ];
    if let Some(folder) = std::env::var_os("GREYMATTER_DATA").map(PathBuf::from) {
        let trained = [
            ("mnist-net_256x6", "vnncomp/mnist_fc/onnx/mnist-net_256x6.onnx", 0.03),
            ("WK17a", "nets/WK17a_linf0.1_mnist.onnx", 0.1),
        ];
        for (name, file, epsilon) in trained {
            for image in [0, 8] {
                cases.push(trained_on_mnist(&folder, name, file, image, epsilon));
            }
        }
    }
    cases
}

fn generated(name: &str, network: Network<f64>, epsilon: f64) -> Case {
    let mut generator = ChaCha8Rng::seed_from_u64(3);
    let center = Array1::from_shape_simple_fn(network.input_count(), || generator.random_range(0.0..1.0));
    let input = InputBox::around(center.view(), epsilon, Some(DataRange { lower: 0.0, upper: 1.0 }))
        .expect("a box of positive width");
    Case { name: name.to_owned(), network, input }
}

fn trained_on_mnist(folder: &Path, name: &str, file: &str, image: usize, epsilon: f64) -> Case {
    let bytes = std::fs::read(folder.join(file)).expect("the data folder holds the network");
    let network = read_onnx(&bytes).expect("a network of supported operators");
    let images =
        std::fs::File::open(folder.join("mnist/t10k-images-idx3-ubyte.gz")).expect("the folder holds MNIST");
    let mut pixels = Vec::new();
    GzDecoder::new(images).read_to_end(&mut pixels).expect("a gzip file");
    let start = 16 + 784 * image;
    let center: Array1<f64> =
        pixels[start..start + 784].iter().map(|pixel| f64::from(*pixel) / 255.0).collect();
    let input = InputBox::around(center.view(), epsilon, Some(DataRange { lower: 0.0, upper: 1.0 }))
        .expect("pixels lie in the data's range");
    Case { name: format!("{name} image {image}"), network, input }
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

fn fully_connected(widths: &[usize]) -> Network<f64> {
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
fn convolutional() -> Network<f64> {
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
