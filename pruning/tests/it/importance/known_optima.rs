//! Programs whose optimum is known.

use ndarray::{Array2, array};
use nn_core::Network;
use pruning::importance::{Importance, ImportanceConfig, ImportanceMode, Phases};
use pruning::{NeuronMask, Threshold};

use super::{exactly, solve, solvers};
use crate::support::dense;

fn config(mode: ImportanceMode) -> ImportanceConfig {
    ImportanceConfig { mode, ..ImportanceConfig::default() }
}

/// Each solver's answer, the first of which the others must meet: the same objective, the same mask.
fn agreed(
    network: &Network<f64>,
    inputs: &Array2<f64>,
    labels: &[u8],
    config: &ImportanceConfig,
) -> Importance {
    let images = exactly(inputs, labels);
    let solvers = solvers();
    let mut answers =
        solvers.iter().map(|solver| (solver.name(), solve(network, &images, config, solver.as_ref())));
    let mask = |found: &Importance| {
        NeuronMask::from_scores(&found.scores, Threshold::Absolute(0.1)).expect("a threshold")
    };
    let (_, first) = answers.next().expect("HiGHS");
    for (name, other) in answers {
        let far = (other.objective - first.objective).abs();
        assert!(far < 1e-4, "{name}: {} instead of {}", other.objective, first.objective);
        assert_eq!(mask(&other), mask(&first), "{name}: {:?} instead of {:?}", other.scores, first.scores);
    }
    first
}

/// One neuron with the logit difference `4 s`: `5 log(1 + exp(-4 s)) + s - 2` is least at `s = ln(5 * 4 - 1) / 4`.
#[test]
fn one_neuron_has_the_score_of_the_formula() {
    let network = dense(&[(array![[2.0]], array![0.0]), (array![[1.0], [-1.0]], array![0.0, 0.0])]);
    for mode in [ImportanceMode::Head, ImportanceMode::Sound] {
        let found = agreed(&network, &array![[1.0]], &[0], &config(mode));
        let score: f64 = 19.0_f64.ln() / 4.0;
        let objective = 5.0 * (-4.0 * score).exp().ln_1p() + score - 2.0;
        assert!((found.objective - objective).abs() < 2e-5, "{} instead of {objective}", found.objective);
        assert!((found.scores[0].scores()[0] - score).abs() < 1e-2, "{:?} instead of {score}", found.scores);
        assert!(found.lower_bound <= objective + 1e-5 + 2e-5, "{}", found.lower_bound);
    }
}

/// Two inputs, two classes. The first two neurons are the same, the third is never on, the fourth and fifth decide.
fn handmade() -> (Network<f64>, Array2<f64>, [u8; 4]) {
    let network = dense(&[
        (
            array![[1.0, 0.0], [1.0, 0.0], [-1.0, -1.0], [0.0, 6.0], [1.0, -1.0]],
            array![0.0, 0.0, -0.5, -3.0, 0.0],
        ),
        (array![[1.0, 1.0, 3.0, -4.0, 4.0], [-1.0, -1.0, -3.0, 4.0, -4.0]], array![0.0, 0.0]),
    ]);
    let inputs = array![[0.9, 0.1], [0.8, 0.2], [0.2, 0.9], [0.1, 0.8]];
    (network, inputs, [0, 0, 1, 1])
}

#[test]
fn a_dead_neuron_and_a_double_go_and_what_decides_stays() {
    let (network, inputs, labels) = handmade();
    for mode in [ImportanceMode::Head, ImportanceMode::Sound] {
        for phases in [Phases::Binary, Phases::Relaxed] {
            let found = agreed(&network, &inputs, &labels, &ImportanceConfig { phases, ..config(mode) });
            let [first, double, dead, decides_1, decides_0] = found.scores[0].scores() else {
                panic!("five neurons")
            };
            assert!(*dead < 1e-6, "{mode:?}: the dead neuron has {dead}");
            assert!(f64::min(*first, *double) < 1e-6, "{mode:?}: of {first} and {double} one is enough");
            assert!(*decides_1 > 0.2, "{mode:?}: without it class 1 is lost, but it has {decides_1}");
            assert!(f64::max(*decides_0, f64::max(*first, *double)) > 0.2, "{mode:?}: {:?}", found.scores);
            // Without the fourth neuron no image of class 1 is classified rightly.
            let mask = NeuronMask::from_scores(&found.scores, Threshold::Absolute(0.1)).expect("a threshold");
            let smaller = pruning::remove_units(&network, &mask, pruning::Silencing::WeightsAndBias);
            let logits = smaller.expect("the mask fits").forward(inputs.view());
            for (logits, label) in logits.rows().into_iter().zip(labels) {
                assert_eq!(nn_core::predicted_class(logits), usize::from(label), "{mode:?}");
            }
        }
    }
}

#[test]
fn two_layers_of_the_handmade_network_in_every_mode() {
    let (one_layer, inputs, labels) = handmade();
    let nn_core::Op::Affine(first) = one_layer.node(pruning::hidden_layers(&one_layer)[0].layer).op() else {
        panic!("an affine map")
    };
    // A second layer: the difference of the classes with either sign, and a neuron that is never on.
    let second =
        array![[0.5, 0.5, 1.5, -2.0, 2.0], [-0.5, -0.5, -1.5, 2.0, -2.0], [-1.0, -1.0, 0.0, -1.0, -1.0]];
    let network = dense(&[
        (first.weight.clone(), first.bias.clone()),
        (second, array![0.0, 0.0, -0.1]),
        (array![[2.0, -2.0, 1.0], [-2.0, 2.0, -1.0]], array![0.0, 0.0]),
    ]);
    for mode in [ImportanceMode::V1, ImportanceMode::Head, ImportanceMode::Sound] {
        let found = agreed(&network, &inputs, &labels, &config(mode));
        let [first, second] = &found.scores[..] else { panic!("two layers") };
        assert!(first.scores()[2] < 1e-6, "{mode:?}: the dead neuron of the first layer, {first:?}");
        assert!(second.scores()[0] > 0.05 && second.scores()[1] > 0.05, "{mode:?}: {second:?}");
        if mode != ImportanceMode::V1 {
            assert!(second.scores()[2] < 1e-6, "{mode:?}: the dead neuron of the second layer, {second:?}");
        }
    }
}
