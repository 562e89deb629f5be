//! The gradient of the loss with respect to a network's parameters, against finite differences in double precision.

use ndarray::{Array2, Axis, concatenate};
use nn_core::Network;
use training::{Architecture, CleanCrossEntropy, Examples, Initialization, Moment, Objective, cross_entropy};

const LABELS: [u8; 5] = [0, 2, 1, 1, 2];

fn network() -> Network<f32> {
    let architecture: Architecture = "6-5-4-3".parse().expect("well formed");
    architecture.build([1, 2, 3], Initialization::KaimingNormal, 3).expect("fits")
}

fn inputs() -> Array2<f32> {
    Array2::from_shape_fn((LABELS.len(), 6), |(i, j)| ((7 * i + 3 * j) % 11) as f32 / 8.0 - 0.4)
}

#[test]
fn the_gradient_is_the_slope_of_the_loss() {
    let network = network().cast::<f64>();
    let inputs = inputs().mapv(f64::from);
    let trace = network.trace(inputs.view());
    let cotangent = cross_entropy(trace.output(), &LABELS).cotangent;
    let gradient = network.parameter_gradients(&trace, cotangent.view());

    let mut moved = network.clone();
    let loss_with = |moved: &mut Network<f64>, parameter: usize, element: usize, step: f64| {
        let add = |moved: &mut Network<f64>, step: f64| {
            let (_, mut values) = moved.parameters_mut().swap_remove(parameter);
            *values.iter_mut().nth(element).expect("an element") += step;
        };
        add(moved, step);
        let loss = cross_entropy(moved.forward(inputs.view()).view(), &LABELS).loss;
        add(moved, -step);
        loss
    };
    for (parameter, slopes) in gradient.iter().enumerate() {
        for (element, slope) in slopes.iter().enumerate() {
            let step = 1e-6;
            let forward = loss_with(&mut moved, parameter, element, step);
            let difference = (forward - loss_with(&mut moved, parameter, element, -step)) / (2.0 * step);
            assert!(
                (difference - slope).abs() < 1e-8,
                "parameter {parameter}, element {element}: {slope} is not {difference}"
            );
        }
    }
}

#[test]
fn the_objective_gives_loss_gradient_and_hits_of_the_batch() {
    let (network, inputs) = (network(), inputs());
    let batch = Examples { inputs: inputs.view(), labels: &LABELS };
    let moment = Moment::of_judgement(0, 0);
    let found = CleanCrossEntropy.gradient(&network, batch, &moment).expect("finite");

    let precise = network.cast::<f64>();
    let trace = precise.trace(inputs.mapv(f64::from).view());
    let expected = cross_entropy(trace.output(), &LABELS);
    assert!((found.loss.mean - expected.loss).abs() < 1e-6);
    let parameters = precise.parameter_gradients(&trace, expected.cotangent.view());
    assert_eq!(found.parameters.len(), parameters.len());
    for (found, expected) in found.parameters.iter().zip(&parameters) {
        assert_eq!(found.shape(), expected.shape());
        assert!(
            found.iter().zip(expected).all(|(found, expected)| (f64::from(*found) - expected).abs() < 1e-6)
        );
    }
    let logits = trace.output();
    let hits = logits.rows().into_iter().zip(LABELS);
    let hits = hits.filter(|(logits, label)| nn_core::predicted_class(logits.view()) == usize::from(*label));
    assert_eq!(found.loss.correct, hits.count());
    let loss = CleanCrossEntropy.loss(&network, batch, &moment).expect("finite");
    assert_eq!(loss.correct, found.loss.correct);
    assert!((loss.mean - found.loss.mean).abs() < 1e-6);
}

#[test]
fn the_gradient_is_that_of_the_mean_so_that_a_doubled_batch_has_the_same() {
    let (network, inputs) = (network(), inputs());
    let gradient = |inputs: &Array2<f32>, labels: &[u8]| {
        let batch = Examples { inputs: inputs.view(), labels };
        CleanCrossEntropy.gradient(&network, batch, &Moment::of_judgement(0, 0)).expect("finite")
    };
    let once = gradient(&inputs, &LABELS);
    let twice = concatenate![Axis(0), inputs, inputs];
    let labels = [LABELS, LABELS].concat();
    let twice = gradient(&twice, &labels);
    assert!((once.loss.mean - twice.loss.mean).abs() < 1e-6);
    assert_eq!(2 * once.loss.correct, twice.loss.correct);
    for (once, twice) in once.parameters.iter().zip(&twice.parameters) {
        assert!(once.iter().zip(twice).all(|(once, twice)| (once - twice).abs() < 1e-6));
    }
}
