//! Networks and boxes made to break the engine, and searches that end early.

use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use milp_encode::property::{Conjunction, InputSet, LinearFunction};
use ndarray::{Array1, Array2, array};
use nn_core::{Affine, Network, NetworkBuilder, NodeId, Op};
use rand_chacha::ChaCha8Rng;
use solver_api::{Budget, Cancellation};
use verify::{Engine, EngineError, InputSplit, Question};

use crate::judges::{Impatient, decide};
use crate::support::build::{affine, chain, dense_chain, sides};
use crate::support::random::{self, Scale};
use crate::support::{recipes, rng};

fn first_output(outputs: usize, constant: f64) -> Conjunction {
    let mut coefficients = Array1::zeros(outputs);
    coefficients[0] = 1.0;
    Conjunction(vec![LinearFunction { coefficients, constant }])
}

/// Three hidden layers with weights of all magnitudes.
fn adversarial(rng: &mut ChaCha8Rng, scale: Scale) -> Network<f64> {
    let widths = [3, 5, 4, 3, 2];
    let mut ops = Vec::new();
    for (place, pair) in widths.windows(2).enumerate() {
        let weight = Array2::from_shape_simple_fn((pair[1], pair[0]), || scale.number(rng));
        let bias = Array1::from_shape_simple_fn(pair[1], || scale.number(rng));
        ops.push(Op::Affine(Affine { weight, bias }));
        ops.push(if place == 1 { Op::LeakyRelu { slope: 0.1 } } else { Op::Relu });
    }
    ops.pop();
    chain([widths[0]], ops)
}

#[test]
fn no_bound_is_above_a_sampled_value_whatever_the_weights() {
    let mut rng = rng(81);
    let mut proven = 0;
    for case in 0..300 {
        let scale = [Scale::Unit, Scale::Adversarial, Scale::Extreme][case % 3];
        let network = adversarial(&mut rng, scale);
        let input = random::input_box(&mut rng, 3, scale);
        let samples: Vec<Vec<f64>> = (0..200).map(|_| random::point(&mut rng, &input)).collect();
        let values = |point: &Vec<f64>| {
            let outputs = crate::support::reference::evaluate(&network, point);
            let outputs = outputs[network.output().index()].iter().map(|value| value.to_f64());
            outputs.collect::<Vec<f64>>()
        };
        let values: Vec<Vec<f64>> = samples.iter().map(values).collect();
        let least = values.iter().map(|y| y[0] - y[1]).fold(f64::INFINITY, f64::min);
        let size = values.iter().flatten().fold(0.0_f64, |size, value| size.max(value.abs()));
        // Near the least sample: the tighter the more is learnt from the bound.
        let lift = [-least, -least + 0.1 * size, -least + 1e-3 * size][case / 3 % 3];
        let margin = LinearFunction { constant: lift, ..LinearFunction::margin(2, 0, 1) };
        let set = InputSet::from(input);
        let unsafe_outputs = [Conjunction(vec![margin.clone()])];
        let question = Question { network: &network, input: &set, unsafe_outputs: &unsafe_outputs };
        let engine = InputSplit::default();
        let search = engine.open(question, &Budget::unlimited()).unwrap();
        for looks in [1, 30] {
            search.work(&Impatient(AtomicUsize::new(looks)), &Budget::unlimited()).unwrap();
            let progress = search.progress();
            for y in &values {
                let value = y[0] - y[1] + lift;
                // The sample's own rounding.
                let slack = 1e-13 * (size + lift.abs());
                assert!(progress.lower_bound <= value + slack, "case {case}: {progress:?} above {value}");
                assert!(!progress.proven || value > -slack, "case {case}: {value} was refuted");
            }
        }
        proven += usize::from(search.progress().proven);
    }
    assert!(proven > 100, "{proven} of 300");
}

#[test]
fn what_cannot_be_split_any_further_ends_as_open() {
    // |x1| - |x1| + x2, which is 0 where x2 is
    let ops = [
        affine(&[[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]], &[0.0; 3]),
        Op::Relu,
        affine(&[[1.0, 1.0, 0.0], [-1.0, -1.0, 1.0]], &[0.0, 0.0]),
        Op::Relu,
        affine(&[[0.0, 1.0]], &[0.0]),
    ];
    let network = chain([2], ops);
    let set = InputSet::from(sides(&[(0.5, 0.5_f64.next_up()), (0.0, 0.0)]));
    let unsafe_outputs = [first_output(1, 0.0)];
    let question = Question { network: &network, input: &set, unsafe_outputs: &unsafe_outputs };
    let search = InputSplit::default();
    let search = search.open(question, &Budget::unlimited()).unwrap();
    search.work(&Impatient(AtomicUsize::new(usize::MAX)), &Budget::unlimited()).unwrap();
    let progress = search.progress();
    assert!(!progress.proven && progress.open == 1 && progress.lower_bound <= 0.0, "{progress:?}");
    assert!(
        decide(&InputSplit::default(), &network, &set, &unsafe_outputs, 2).found,
        "and the judge is asked"
    );
}

#[test]
fn boxes_without_width_and_far_from_zero_are_decided() {
    let network = dense_chain(&mut rng(82), &[3, 8, 8, 2]);
    for center in [0.25, 1e3, -1e9] {
        let point = Array1::from_elem(3, center);
        let value = network.forward_one(point.view())[0];
        for (lift, expected) in [(1e-3, false), (-1e-3, true)] {
            let constant = -value + lift * value.abs().max(1.0);
            let set = InputSet::from(sides(&[(center, center); 3]));
            let ending = decide(&InputSplit::default(), &network, &set, &[first_output(2, constant)], 1);
            assert_eq!((ending.found, ending.progress.proven), (expected, !expected), "{center} {ending:?}");
            assert_eq!(ending.progress.nodes, 1);
        }
    }
}

#[test]
fn conjunctions_without_conditions_hold_anywhere_and_none_at_all_nowhere() {
    let network = dense_chain(&mut rng(83), &[2, 4, 2]);
    let set = InputSet::from(sides(&[(-1.0, 1.0); 2]));
    let ending = decide(&InputSplit::default(), &network, &set, &[Conjunction(Vec::new())], 1);
    assert!(ending.found && !ending.progress.proven);
    let ending = decide(&InputSplit::default(), &network, &set, &[], 1);
    assert!(!ending.found && ending.progress.proven && ending.progress.nodes == 0, "{ending:?}");
    // Even of the outputs themselves, without any ReLU.
    let identity = NetworkBuilder::<f64>::new([2]).finish(NodeId::INPUT);
    for (constant, expected) in [(0.9, true), (1.1, false)] {
        let ending = decide(&InputSplit::default(), &identity, &set, &[first_output(2, constant)], 1);
        assert_eq!((ending.found, ending.progress.proven), (expected, !expected), "{ending:?}");
    }
}

#[test]
fn a_search_goes_on_where_its_budget_ended() {
    let network = dense_chain(&mut rng(84), &[4, 12, 12, 2]);
    let set = InputSet::from(sides(&[(-1.0, 1.0); 4]));
    let refuted = |lift: &f64| {
        let ending = decide(&InputSplit::default(), &network, &set, &[first_output(2, *lift)], 1);
        ending.progress.proven
    };
    let lift = (0..).map(|step| -10.0 + 0.25 * f64::from(step)).find(refuted).unwrap();
    let unsafe_outputs = [first_output(2, lift)];
    let question = Question { network: &network, input: &set, unsafe_outputs: &unsafe_outputs };
    let engine = InputSplit::default();
    let search = engine.open(question, &Budget::unlimited()).unwrap();
    let cancelled = Cancellation::new();
    cancelled.cancel();
    for over in [Budget::lasting(Duration::ZERO), Budget::unlimited().with_cancellation(cancelled)] {
        search.work(&Impatient(AtomicUsize::new(usize::MAX)), &over).unwrap();
        let progress = search.progress();
        assert_eq!((progress.proven, progress.nodes, progress.open), (false, 0, 1));
        assert_eq!(progress.lower_bound, f64::NEG_INFINITY);
    }
    let mut bounds = Vec::new();
    while !search.progress().proven {
        let before = search.progress();
        search.work(&Impatient(AtomicUsize::new(2)), &Budget::unlimited()).unwrap();
        bounds.push(search.progress().lower_bound);
        assert!(
            search.progress().nodes > before.nodes && search.progress().lower_bound >= before.lower_bound
        );
    }
    assert!(bounds.len() > 3 && bounds[0] < 0.0 && *bounds.last().unwrap() > 0.0, "{bounds:?}");
}

#[test]
fn what_cannot_be_treated_is_refused_by_name() {
    let refusal = |network: &Network<f64>, unsafe_outputs: &[Conjunction]| {
        let set = InputSet::from(sides(&vec![(-1.0, 1.0); network.input_count()]));
        let question = Question { network, input: &set, unsafe_outputs };
        InputSplit::default().open(question, &Budget::unlimited()).err().map(|error| error.to_string())
    };
    let mut refused = Vec::new();
    for (name, network) in recipes::networks(&mut rng(86)) {
        if let Some(error) = refusal(&network, &[first_output(network.output_count(), 0.0)]) {
            assert!(error.starts_with("input-split cannot answer this: node `"), "{name}: {error}");
            refused.push(error);
        }
    }
    let mentions = |words: &str| refused.iter().filter(|error| error.contains(words)).count();
    assert!(mentions("is MaxPool, neither affine nor a ReLU") > 0, "{refused:?}");
    assert!(mentions("layers must be a chain") > 0, "{refused:?}");

    let network = dense_chain(&mut rng(87), &[2, 3, 2]);
    let error = refusal(&network, &[first_output(3, 0.0)]).unwrap();
    assert!(error.contains("3 coefficients for 2 outputs"), "{error}");
    let error = refusal(&network, &[first_output(2, f64::NAN)]).unwrap();
    assert!(error.contains("not finite"), "{error}");
    let large = chain([1], [affine(&[[1e200]], &[0.0]), Op::Relu, affine(&[[1e200]], &[0.0])]);
    let error = refusal(&large, &[first_output(1, 0.0)]).unwrap();
    assert!(error.contains("is not finite; scale the network's weights down"), "{error}");

    let set = InputSet::from(sides(&[(-1.0, 1.0); 3]));
    let question = Question { network: &network, input: &set, unsafe_outputs: &[] };
    let error = InputSplit::default().open(question, &Budget::unlimited()).err().unwrap();
    assert!(matches!(error, EngineError::Bounds(_)), "{error}");
    let unfit = LinearFunction { coefficients: array![1.0, f64::INFINITY], constant: 0.0 };
    assert!(refusal(&network, &[Conjunction(vec![unfit])]).is_some());
}
