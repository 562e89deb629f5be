//! Answers are the networks' minima and their signs.

use milp_encode::property::{InputBox, LinearFunction};
use milp_encode::{MarginError, MarginGoal, MarginOracle, Proof};
use ndarray::Array1;
use nn_core::{Network, Op};
use rand_chacha::ChaCha8Rng;
use solver_api::Budget;
use verify::BranchAndBound;

use crate::support::build::dense_chain;
use crate::support::random::{self, Scale};
use crate::support::{brute_force, recipes, rng};

/// The recipes' networks that have neither maxima nor anything bent, and some of more neurons.
fn networks(rng: &mut ChaCha8Rng) -> Vec<(&'static str, Network<f64>)> {
    let is_treated =
        |network: &Network<f64>| !network.nodes().iter().any(|node| matches!(node.op(), Op::MaxPool(_)));
    let mut networks: Vec<_> =
        recipes::networks(rng).into_iter().filter(|(_, network)| is_treated(network)).collect();
    networks.extend([
        ("five layers", dense_chain(rng, &[3, 4, 3, 3, 2])),
        ("wide", dense_chain(rng, &[4, 7, 4, 2])),
    ]);
    networks
}

fn random_function(rng: &mut ChaCha8Rng, outputs: usize) -> LinearFunction {
    LinearFunction {
        coefficients: Array1::from_shape_simple_fn(outputs, || Scale::Unit.number(rng)),
        constant: Scale::Unit.number(rng),
    }
}

fn minimum(network: &Network<f64>, input: &InputBox, function: &LinearFunction) -> f64 {
    brute_force::minimum(network, input, function, 1 << 13).expect("few enough patterns")
}

#[test]
fn minima_are_those_of_brute_force() {
    let mut rng = rng(41);
    let engine = BranchAndBound::default();
    let mut searched = 0;
    for round in 0..4 {
        for (name, network) in networks(&mut rng) {
            let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
            let mut session = engine.open(&network, &input.clone().into()).unwrap();
            let mut functions: Vec<LinearFunction> =
                (0..3).map(|_| random_function(&mut rng, network.output_count())).collect();
            functions.push(functions[0].clone());
            for function in &functions {
                let expected = minimum(&network, &input, function);
                let answer = session.minimise(function, MarginGoal::Minimum, &Budget::unlimited()).unwrap();
                let incumbent = answer.incumbent.unwrap();
                let value = incumbent.value;
                assert_eq!(answer.proof, Proof::Minimum, "{name}, {round}: {value}, {}", answer.lower_bound);
                assert!((value - expected).abs() < 1e-6, "{name}, {round}: {value} not {expected}");
                assert!(
                    answer.lower_bound <= value && answer.lower_bound > expected - 3e-6,
                    "{name}, {round}"
                );
                assert!(input.contains(incumbent.input.view()), "{name}, {round}");
                assert_eq!(value, function.value(network.forward_one(incumbent.input.view()).view()));
                searched += usize::from(answer.nodes > Some(1));
            }
        }
    }
    assert!(searched > 8, "{searched} questions needed more than the root");
}

#[test]
fn signs_are_proven_or_refuted() {
    let mut rng = rng(42);
    let engine = BranchAndBound::default();
    for (name, network) in networks(&mut rng) {
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let function = random_function(&mut rng, network.output_count());
        let expected = minimum(&network, &input, &function);
        let mut session = engine.open(&network, &input.clone().into()).unwrap();
        for lift in [0.001, 0.1, 10.0] {
            let mut sign = |minimum_is: f64| {
                let lifted = LinearFunction {
                    constant: function.constant - expected + minimum_is,
                    ..function.clone()
                };
                session.minimise(&lifted, MarginGoal::Sign, &Budget::unlimited()).unwrap()
            };
            let positive = sign(lift);
            assert!(positive.lower_bound > 1e-5, "{name}: {positive:?}");
            assert!(matches!(positive.proof, Proof::Positive | Proof::Minimum), "{name}: {positive:?}");
            let negative = sign(-lift);
            assert!(negative.incumbent.as_ref().unwrap().value < 0.0, "{name}: {negative:?}");
            assert_ne!(negative.proof, Proof::Positive, "{name}: {negative:?}");
        }
    }
}

#[test]
fn the_least_of_several_minima_is_found() {
    let mut rng = rng(43);
    let engine = BranchAndBound::default();
    for (name, network) in networks(&mut rng) {
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let functions: Vec<LinearFunction> =
            (0..3).map(|_| random_function(&mut rng, network.output_count())).collect();
        let minima = functions.iter().map(|function| minimum(&network, &input, function));
        let expected = minima.fold(f64::INFINITY, f64::min);
        let mut session = engine.open(&network, &input.into()).unwrap();
        let answer = session.minimise_least(&functions, MarginGoal::Minimum, &Budget::unlimited()).unwrap();
        let value = answer.incumbent.unwrap().value;
        assert_eq!(answer.proof, Proof::Minimum, "{name}");
        assert!((value - expected).abs() < 1e-6, "{name}: {value} not {expected}");
    }
}

#[test]
fn what_has_no_relaxation_is_refused_by_name() {
    let mut rng = rng(44);
    let engine = BranchAndBound::default();
    let mut refused = 0;
    for (name, network) in recipes::networks(&mut rng) {
        if network.nodes().iter().any(|node| matches!(node.op(), Op::MaxPool(_))) {
            let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
            let error = engine.open(&network, &input.into()).err().expect(name);
            assert!(error.to_string().contains("is MaxPool, neither affine nor a ReLU"), "{error}");
            assert!(matches!(error, MarginError::Unsupported { .. }));
            refused += 1;
        }
    }
    assert!(refused > 0);
}
