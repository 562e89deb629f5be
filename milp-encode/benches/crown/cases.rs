//! What is measured: networks with input boxes.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use milp_encode::property::{DataRange, InputBox};
use ndarray::Array1;
use nn_core::{Network, read_onnx};

use crate::networks::{center, convolutional, fully_connected};

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
    let input =
        InputBox::around(center(&network).view(), epsilon, Some(DataRange { lower: 0.0, upper: 1.0 }))
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
