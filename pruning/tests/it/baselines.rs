//! Scores against their definitions.

use ndarray::{Array2, array};
use nn_core::Network;
use pruning::baselines::{magnitude_scores, snip_scores, taylor_scores};
use pruning::{LayerMask, LayerScores, NeuronMask, SampleError, Samples, Silencing, hidden_layers};

use crate::support::{dense, inputs, random_dense, small_lenet};

/// The mean cross-entropy.
fn loss(network: &Network<f64>, samples: Samples<'_>) -> f64 {
    let logits = network.forward(samples.inputs);
    let losses = logits.rows().into_iter().zip(samples.labels).map(|(logits, label)| {
        let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
        sum.ln() - logits[usize::from(*label)]
    });
    losses.sum::<f64>() / samples.labels.len() as f64
}

/// The network whose units of one layer emit a share of what they did.
fn scaled(network: &Network<f64>, layer: usize, unit: usize, share: f64) -> Network<f64> {
    let node = hidden_layers(network)[layer].layer;
    let mut scaled = network.clone();
    for (id, mut values) in scaled.parameters_mut() {
        if id.node == node {
            values.index_axis_mut(ndarray::Axis(0), unit).mapv_inplace(|value| value * share);
        }
    }
    scaled
}

fn assert_near(actual: f64, expected: f64, what: &str) {
    assert!((actual - expected).abs() < 1e-5, "{what}: {actual} is not {expected}");
}

#[test]
fn magnitudes_are_shares_of_the_greatest_sum_of_weights() {
    let network = dense(&[
        (array![[1.0, -3.0], [0.5, 0.5], [0.0, 0.0]], array![0.0, 9.0, 0.0]),
        (array![[1.0, 1.0, 1.0]], array![0.0]),
    ]);
    assert_eq!(magnitude_scores(&network)[0].scores(), [1.0, 0.25, 0.0]);
    let maps = magnitude_scores(&small_lenet(1));
    assert_eq!(maps.iter().map(|layer| layer.scores().len()).collect::<Vec<_>>(), [2, 3, 5]);
    assert!(maps.iter().all(|layer| layer.scores().contains(&1.0)));
}

/// A unit that emits a share `g` of its value has a loss with the slope `sum of value * slope` in `g`, by which Taylor scores
/// are defined; a ReLU lets a positive share through.
#[test]
fn taylor_scores_are_slopes_of_the_loss_in_what_a_unit_emits() {
    for network in [random_dense(&[4, 6, 5, 3], 3), small_lenet(6)] {
        let inputs = inputs(&network, 1, 5);
        let samples = Samples { inputs: inputs.view(), labels: &[1] };
        let slopes: Vec<Vec<f64>> = (0..hidden_layers(&network).len())
            .map(|layer| {
                let units = hidden_layers(&network)[layer].units;
                let slope = |unit| {
                    let at = |share| loss(&scaled(&network, layer, unit, share), samples);
                    ((at(1.0 + 1e-6) - at(1.0 - 1e-6)) / 2e-6_f64).abs()
                };
                let slopes: Vec<f64> = (0..units).map(slope).collect();
                let norm = slopes.iter().map(|slope| slope * slope).sum::<f64>().sqrt();
                assert!(norm > 0.0, "some unit of every layer is on");
                slopes.iter().map(|slope| slope / norm).collect()
            })
            .collect();
        let greatest = slopes.iter().flatten().copied().fold(0.0, f64::max);
        let scores = taylor_scores(&network, samples).expect("the samples fit");
        for (scores, slopes) in scores.iter().zip(&slopes) {
            for (score, slope) in scores.scores().iter().zip(slopes) {
                assert_near(*score, slope / greatest, "taylor");
            }
        }
    }
}

#[test]
fn snip_scores_are_sums_of_weights_times_their_slopes() {
    let network = random_dense(&[3, 4, 2], 8);
    let inputs = inputs(&network, 6, 9);
    let samples = Samples { inputs: inputs.view(), labels: &[0, 1, 1, 0, 1, 0] };
    let layer = hidden_layers(&network)[0].layer;
    let moved = |unit: usize, weight: usize, step: f64| {
        let mut moved = network.clone();
        let (_, mut weights) = moved.parameters_mut().swap_remove(0);
        weights[[unit, weight]] += step;
        loss(&moved, samples)
    };
    let weights = network.parameters()[0].1.to_owned();
    let sums: Vec<f64> = (0..4)
        .map(|unit| {
            let slope = |weight| (moved(unit, weight, 1e-6) - moved(unit, weight, -1e-6)) / 2e-6_f64;
            (0..3).map(|weight| (weights[[unit, weight]] * slope(weight)).abs()).sum()
        })
        .collect();
    let greatest = sums.iter().copied().fold(0.0, f64::max);
    let scores = snip_scores(&network, samples).expect("the samples fit");
    assert_eq!(scores[0].layer(), layer);
    for (score, sum) in scores[0].scores().iter().zip(&sums) {
        assert_near(*score, sum / greatest, "snip");
    }
}

#[test]
fn a_dead_unit_has_no_sensitivity() {
    let network = dense(&[
        (array![[1.0, 1.0], [1.0, 0.5]], array![0.0, -9.0]),
        (array![[1.0, 1.0], [-1.0, 2.0]], array![0.0, 0.1]),
    ]);
    let inputs = array![[1.0, 0.5], [0.25, 0.75]];
    let samples = Samples { inputs: inputs.view(), labels: &[0, 1] };
    for scores in [snip_scores(&network, samples), taylor_scores(&network, samples)] {
        assert_eq!(scores.expect("the samples fit")[0].scores(), [1.0, 0.0]);
    }
}

#[test]
fn critical_and_least_units_are_opposite_ends() {
    let scores: Vec<LayerScores> = magnitude_scores(&random_dense(&[4, 6, 3], 2));
    let mask = |order| NeuronMask::with_counts(&scores, &[3], order).expect("enough units");
    let (least, critical) = (mask(pruning::Order::LeastFirst), mask(pruning::Order::GreatestFirst));
    let flipped: Vec<bool> = critical.layers()[0].kept().iter().map(|kept| !kept).collect();
    assert_eq!(least.layers()[0].kept(), flipped);
    let mut network = random_dense(&[4, 6, 3], 2);
    let mask = NeuronMask::new(vec![LayerMask::new(scores[0].layer(), flipped)]);
    mask.silence(&mut network, Silencing::WeightsAndBias).expect("it fits");
    let left = magnitude_scores(&network)[0].scores().iter().filter(|score| **score == 0.0).count();
    assert_eq!(left, 3);
}

#[test]
fn samples_that_do_not_fit_are_refused() {
    let network = random_dense(&[3, 4, 2], 8);
    let nan = Array2::from_elem((1, 3), f64::NAN);
    for (inputs, labels, message) in [
        (Array2::zeros((0, 3)), &[][..], "there are no samples to score neurons on"),
        (Array2::zeros((2, 3)), &[0], "2 inputs, but 1 labels"),
        (Array2::zeros((1, 4)), &[0], "samples have 4 values, but the network takes 3"),
        (Array2::zeros((1, 3)), &[2], "sample 0 has label 2, but the network has 2 outputs"),
        (nan, &[0], "sample 0 has a value that is not finite"),
    ] {
        let error: SampleError =
            snip_scores(&network, Samples { inputs: inputs.view(), labels }).expect_err(message);
        assert_eq!(error.to_string(), message);
    }
}
