//! The sets of models, as data.

use super::truth::TruthSource;
use crate::flags::SetName;

/// Networks, and the attacks on them.
pub(super) struct Set {
    pub(super) networks: Vec<NetworkSource>,
    /// Name of the data set.
    pub(super) data: &'static str,
    /// Positions in its test part.
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
}

/// The name on the command line.
pub(super) fn name(set: SetName) -> &'static str {
    match set {
        SetName::Seed => "seed",
        SetName::Digits => "digits",
        SetName::Wk17a => "wk17a",
    }
}

/// What a set consists of.
pub(super) fn set(set: SetName) -> Set {
    let name = name(set);
    let mnist =
        Set { networks: Vec::new(), data: "mnist", images: "0..10", epsilon: 0.05, truth: TruthSource::None };
    match set {
        SetName::Seed => Set {
            networks: vec![NetworkSource {
                name,
                origin: Origin::Trained(
                    "--data mnist --arch 784-50-20-10 --epochs 12 --batch-size 128 --schedule cosine \
                     --weight-decay 0.001",
                ),
            }],
            ..mnist
        },
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
    }
}
