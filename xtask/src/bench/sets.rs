//! The sets of models, as data.

use serde::{Deserialize, Serialize};

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
    /// Of its hidden layers, in a set that varies it.
    pub(super) size: Option<Size>,
}

/// How large hidden layers are together, where all are equally wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Size {
    /// Neurons of each.
    pub(super) width: usize,
    /// Number of hidden layers.
    pub(super) depth: usize,
}

/// How a network is come by.
pub(super) enum Origin {
    /// Trained, with these flags of `greymatter train`.
    Trained(String),
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
        SetName::Scaling => "scaling",
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
            "--data mnist --arch 784-50-20-10 --epochs 12 --batch-size 128 --schedule cosine --weight-decay 0.001"
                .to_owned(),
        ),
        size: None,
    };
    match set {
        SetName::Seed => Set { networks: vec![seed], ..mnist },
        SetName::Seed900 => Set { networks: vec![seed], images: "0..100", ..mnist },
        SetName::Digits => Set {
            networks: vec![NetworkSource {
                name,
                origin: Origin::Trained("--data digits --arch 64-32-16-10 --seed 0".to_owned()),
                size: None,
            }],
            data: "digits",
            epsilon: 0.1,
            ..mnist
        },
        SetName::Wk17a => Set {
            networks: vec![NetworkSource {
                name,
                origin: Origin::Published("nets/WK17a_linf0.1_mnist.onnx"),
                size: None,
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
            .map(|(name, file)| NetworkSource { name, origin: Origin::Published(file), size: None })
            .into(),
            images: MNIST_FC_IMAGES,
            epsilon: 0.03,
            truth: TruthSource::VnnComp,
            ..mnist
        },
        SetName::Scaling => Set {
            networks: [
                ("50x2", 50, 2),
                ("100x2", 100, 2),
                ("200x2", 200, 2),
                ("400x2", 400, 2),
                ("50x3", 50, 3),
                ("50x4", 50, 4),
                ("50x5", 50, 5),
                ("50x6", 50, 6),
            ]
            .map(|(name, width, depth)| of_equal_layers(name, Size { width, depth }))
            .into(),
            epsilon: 0.01,
            ..mnist
        },
        SetName::Conformance => {
            Set { networks: vec![NetworkSource { name, origin: Origin::Suite, size: None }], ..mnist }
        }
    }
}

/// Trained as the seed's network is, for fewer epochs.
fn of_equal_layers(name: &'static str, size: Size) -> NetworkSource {
    let layers = format!("-{}", size.width).repeat(size.depth);
    let flags = format!(
        "--data mnist --arch 784{layers}-10 --epochs 5 --batch-size 128 --schedule cosine --weight-decay 0.001"
    );
    NetworkSource { name, origin: Origin::Trained(flags), size: Some(size) }
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn networks_of_equal_layers_are_as_large_as_they_say() {
        for network in set(SetName::Scaling).networks {
            let size = network.size.expect("all have one");
            assert_eq!(network.name, format!("{}x{}", size.width, size.depth));
            let Origin::Trained(flags) = network.origin else { panic!("{} is trained", network.name) };
            let layers = vec![size.width.to_string(); size.depth].join("-");
            assert!(flags.contains(&format!(" 784-{layers}-10 ")), "{flags}");
        }
    }

    #[test]
    fn names_are_those_of_the_command_line() {
        for value in SetName::value_variants() {
            let expected = value.to_possible_value().expect("none is hidden");
            assert_eq!(name(*value), expected.get_name());
        }
    }
}
