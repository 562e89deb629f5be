//! The sets of models, as data.

use super::truth::TruthSource;
use crate::flags::SetName;

/// The MNIST test images of the properties 0 to 14 of VNN-COMP's mnist_fc, in this order.
///
/// Each property's box at epsilon 0.03, cut to [0, 1], is that of exactly one test image, but for the rounding of its
/// ends to f32 (6e-8); the labels agree.
pub(super) const MNIST_FC_IMAGES: &str =
    "762,9534,49,8595,8674,9334,1948,6146,9192,6851,7759,5685,6112,8919,6354";

/// Networks, and the attacks on them.
pub(super) struct Set {
    pub(super) networks: Vec<NetworkSource>,
    /// Name of the data set.
    pub(super) data: &'static str,
    /// Positions in its test part, as `greymatter encode --images` takes them.
    pub(super) images: &'static str,
    /// Radius in input units.
    pub(super) epsilon: f64,
    pub(super) truth: TruthSource,
}

/// Where a network comes from.
pub(super) struct NetworkSource {
    /// Its name in the run.
    pub(super) name: &'static str,
    pub(super) origin: Origin,
}

/// How a network is come by.
pub(super) enum Origin {
    /// Trained, with these flags of `greymatter train`.
    Trained(&'static str),
    /// A file in the folder of shared data.
    Published(&'static str),
    /// There is none: solver-api's conformance suite writes models with their answers.
    Suite,
}

/// The name on the command line.
pub(super) fn name(set: SetName) -> &'static str {
    match set {
        SetName::Seed => "seed",
        SetName::Seed900 => "seed900",
        SetName::Digits => "digits",
        SetName::Wk17a => "wk17a",
        SetName::MnistFc => "mnist_fc",
        SetName::Conformance => "conformance",
    }
}

/// What a set consists of.
pub(super) fn set(set: SetName) -> Set {
    let name = name(set);
    let mnist =
        Set { networks: Vec::new(), data: "mnist", images: "0..10", epsilon: 0.05, truth: TruthSource::None };
    let seed = NetworkSource {
        name: "seed",
        origin: Origin::Trained(
            "--data mnist --arch 784-50-20-10 --epochs 12 --batch-size 128 --schedule cosine --weight-decay 0.001",
        ),
    };
    match set {
        SetName::Seed => Set { networks: vec![seed], ..mnist },
        SetName::Seed900 => Set { networks: vec![seed], images: "0..100", ..mnist },
        SetName::Digits => Set {
            networks: vec![NetworkSource {
                name,
                origin: Origin::Trained("--data digits --arch 64-32-16-10 --seed 0"),
            }],
            data: "digits",
            epsilon: 0.1,
            ..mnist
        },
        SetName::Wk17a => Set {
            networks: vec![NetworkSource {
                name,
                origin: Origin::Published("nets/WK17a_linf0.1_mnist.onnx"),
            }],
            epsilon: 0.1,
            truth: TruthSource::Wk17a,
            ..mnist
        },
        SetName::MnistFc => Set {
            networks: [
                ("256x2", "vnncomp/mnist_fc/onnx/mnist-net_256x2.onnx"),
                ("256x4", "vnncomp/mnist_fc/onnx/mnist-net_256x4.onnx"),
                ("256x6", "vnncomp/mnist_fc/onnx/mnist-net_256x6.onnx"),
            ]
            .map(|(name, file)| NetworkSource { name, origin: Origin::Published(file) })
            .into(),
            images: MNIST_FC_IMAGES,
            epsilon: 0.03,
            truth: TruthSource::VnnComp,
            ..mnist
        },
        SetName::Conformance => {
            Set { networks: vec![NetworkSource { name, origin: Origin::Suite }], ..mnist }
        }
    }
}
