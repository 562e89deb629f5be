//! A network without its units computes what the masked network computes.

use ndarray::array;
use nn_core::{Network, NodeId, Op, read_onnx, write_onnx};
use pruning::{LayerMask, MaskError, NeuronMask, RemovalError, Silencing, hidden_layers, remove_units};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::support::{Draft, dense, every_kind, inputs, random_dense, shared_networks};

const BOTH: [Silencing; 2] = [Silencing::WeightsAndBias, Silencing::Weights];

/// A mask of all hidden layers that keeps each unit with this probability.
fn random_mask(network: &Network<f64>, share: f64, seed: u64) -> NeuronMask {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let layer = |hidden: pruning::HiddenLayer| {
        LayerMask::new(hidden.layer, (0..hidden.units).map(|_| rng.random_bool(share)).collect())
    };
    NeuronMask::new(hidden_layers(network).into_iter().map(layer).collect())
}

/// Holds that both forms agree, also after the smaller one went through a file.
fn check(name: &str, network: &Network<f64>, mask: &NeuronMask, silencing: Silencing) -> Network<f64> {
    let mut masked = network.clone();
    mask.silence(&mut masked, silencing).expect("the mask fits");
    let smaller = remove_units(network, mask, silencing).expect("the mask fits");
    let batch = inputs(network, 50, 7);
    let expected = masked.forward(batch.view());
    let far = |other: &Network<f64>| {
        let values = other.forward(batch.view());
        values.iter().zip(&expected).map(|(a, b)| (a - b).abs() / b.abs().max(1.0)).fold(0.0, f64::max)
    };
    assert!(far(&smaller) < 1e-9, "{name}, {silencing:?}: {}", far(&smaller));
    let mut file = Vec::new();
    write_onnx(&smaller.cast(), &mut file).expect("it can be written");
    let read = read_onnx(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(far(&read) < 1e-4, "{name}, {silencing:?}: {} after f32", far(&read));
    smaller
}

/// The biases of all layers, those of the outputs included.
fn units(network: &Network<f64>) -> usize {
    let biases = |(id, _): &(nn_core::ParameterId, _)| id.role == nn_core::ParameterRole::Bias;
    network.parameters().into_iter().filter(biases).map(|(_, bias)| bias.len()).sum()
}

#[test]
fn removed_is_masked_on_every_kind_of_network() {
    for seed in 0..12 {
        for (name, network) in every_kind(seed) {
            for silencing in BOTH {
                let mask = random_mask(&network, [0.8, 0.5, 0.2][seed as usize % 3], seed);
                let smaller = check(name, &network, &mask, silencing);
                let emptied = mask.layers().iter().filter(|layer| !layer.kept().contains(&true)).count();
                assert_eq!(units(&smaller), units(&network) - mask.removed_count() + emptied, "{name}");
            }
        }
    }
}

#[test]
fn removed_is_masked_on_trained_networks() {
    let names = ["toy_mnist_2_20.onnx", "eran_mnist_6_100.onnx", "WK17a_linf0.1_mnist.onnx"];
    for (name, network) in shared_networks(&names) {
        for silencing in BOTH {
            check(&name, &network, &random_mask(&network, 0.6, 1), silencing);
        }
    }
}

#[test]
fn nothing_is_inserted_where_layers_follow_each_other() {
    let network =
        Draft::new(&[1, 8, 8], 3).conv(3, 3, 0, 1).relu().average().conv(4, 3, 0, 1).relu().flatten();
    let network = network.dense(4).relu().dense(3).finish();
    for silencing in BOTH {
        let smaller = check("plain", &network, &random_mask(&network, 0.5, 2), silencing);
        let ops = |network: &Network<f64>| -> Vec<&'static str> {
            network.nodes().iter().map(|node| node.op().name()).collect()
        };
        assert_eq!(ops(&smaller), ops(&network));
    }
}

#[test]
fn a_silenced_unit_emits_its_bias_only_where_it_is_kept() {
    let network = dense(&[(array![[1.0], [2.0]], array![0.5, -1.0]), (array![[1.0, 1.0]], array![0.0])]);
    let layer = hidden_layers(&network)[0].layer;
    let mask = NeuronMask::new(vec![LayerMask::new(layer, vec![false, true])]);
    let value = |silencing| check("two", &network, &mask, silencing).forward(array![[1.0]].view())[[0, 0]];
    assert_eq!(value(Silencing::WeightsAndBias), 1.0);
    assert_eq!(value(Silencing::Weights), 1.5);
}

#[test]
fn parameter_masks_hold_what_silencing_sets_to_0() {
    for (name, network) in every_kind(5) {
        let mask = random_mask(&network, 0.5, 5);
        for silencing in BOTH {
            let mut masked = network.clone();
            mask.silence(&mut masked, silencing).expect("the mask fits");
            let kept = mask.parameter_masks(&network, silencing).expect("the mask fits");
            let (before, after) = (network.parameters(), masked.parameters());
            for (((_, before), (_, after)), kept) in before.iter().zip(&after).zip(&kept) {
                let expected = match kept {
                    None => before.to_owned(),
                    Some(kept) => ndarray::Zip::from(before)
                        .and(kept)
                        .map_collect(|value, kept| if *kept { *value } else { 0.0 }),
                };
                assert_eq!(after, &expected, "{name}");
            }
        }
    }
}

#[test]
fn hidden_layers_end_in_a_relu_of_their_own() {
    let network = random_dense(&[4, 6, 5, 3], 0);
    let hidden = hidden_layers(&network);
    assert_eq!(hidden.iter().map(|hidden| hidden.units).collect::<Vec<_>>(), [6, 5]);
    assert!(hidden.iter().all(|hidden| matches!(network.node(hidden.relu).op(), Op::Relu)));
    let mut shared = Draft::new(&[3], 1).dense(4);
    let layer = shared.last();
    shared = shared.relu();
    let relu = shared.last();
    shared.join(Op::Add, &[layer, relu]);
    let network = shared.dense(2).finish();
    assert!(hidden_layers(&network).is_empty(), "the sum uses the layer beside its ReLU");
}

#[test]
fn masks_that_do_not_fit_are_refused() {
    let network = random_dense(&[4, 6, 3], 0);
    let layer = hidden_layers(&network)[0].layer;
    for (mask, message) in [
        (
            LayerMask::new(layer, vec![true; 5]),
            format!("the mask of node {} has 5 units, but the layer has 6", layer.index()),
        ),
        (
            LayerMask::new(network.output(), vec![true; 3]),
            format!(
                "node {} is no layer whose units can be removed; those of this network are {}",
                network.output().index(),
                layer.index()
            ),
        ),
        (
            LayerMask::new(NodeId::INPUT, vec![true; 4]),
            "node 0 is no layer whose units can be removed; those of this network are 1".to_owned(),
        ),
    ] {
        let mask = NeuronMask::new(vec![mask]);
        let error = remove_units(&network, &mask, Silencing::WeightsAndBias).expect_err(&message);
        assert!(matches!(
            error,
            RemovalError::Mask(MaskError::NoHiddenLayer { .. } | MaskError::UnitCount { .. })
        ));
        assert_eq!(error.to_string(), message);
    }
}
