//! Networks and boxes made to break the engine, and budgets that end before it does.

use std::time::Duration;

use milp_encode::property::{InputBox, InputSet, LinearConstraint, LinearFunction};
use milp_encode::{MarginAnswer, MarginError, MarginGoal, MarginOracle, Proof};
use ndarray::{Array1, Array2, array};
use nn_core::{Affine, Network, Op};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use solver_api::{Budget, Cancellation};
use verify::BranchAndBound;

use crate::support::build::{affine, chain, dense_chain, sides};
use crate::support::random::{self, Scale};
use crate::support::{brute_force, rng};

fn minimise(network: &Network<f64>, input: &InputBox, function: &LinearFunction) -> MarginAnswer {
    let engine = BranchAndBound::default();
    let mut session = engine.open(network, &input.clone().into()).unwrap();
    session.minimise(function, MarginGoal::Minimum, &Budget::unlimited()).unwrap()
}

fn first_output(outputs: usize) -> LinearFunction {
    let mut coefficients = Array1::zeros(outputs);
    coefficients[0] = 1.0;
    LinearFunction { coefficients, constant: 0.0 }
}

/// The minimum has to be proven, and to be that of brute force.
fn check(name: &str, network: &Network<f64>, input: &InputBox) {
    let function = first_output(network.output_count());
    let answer = minimise(network, input, &function);
    let expected = brute_force::minimum(network, input, &function, 1 << 14).unwrap();
    let value = answer.incumbent.unwrap().value;
    assert_eq!(answer.proof, Proof::Minimum, "{name}: {value} above {}", answer.lower_bound);
    assert!((value - expected).abs() < 1e-6 * expected.abs().max(1.0), "{name}: {value} not {expected}");
}

/// 3-6-4-1 with the weights changed.
fn changed(seed: u64, change: impl Fn(usize, &mut Affine<f64>)) -> Network<f64> {
    let network = dense_chain(&mut rng(seed), &[3, 6, 4, 1]);
    let ops = network.nodes().iter().enumerate().skip(1).map(|(index, node)| match node.op() {
        Op::Affine(affine) => {
            let mut affine = affine.clone();
            change(index, &mut affine);
            Op::Affine(affine)
        }
        op => op.clone(),
    });
    chain([3], ops.collect::<Vec<_>>())
}

#[test]
fn degenerate_networks_have_the_minima_of_brute_force() {
    let cube = sides(&[(-1.0, 1.0); 3]);
    for seed in 0..4 {
        check("as it is", &changed(seed, |_, _| ()), &cube);
        check("dead neurons", &changed(seed, |_, affine| affine.bias[0] -= 100.0), &cube);
        check("zero rows", &changed(seed, |_, affine| affine.weight.row_mut(0).fill(0.0)), &cube);
        check("all weights zero", &changed(seed, |_, affine| affine.weight.fill(0.0)), &cube);
        let repeat = |_, affine: &mut Affine<f64>| {
            let first = affine.weight.row(0).to_owned();
            affine.weight.rows_mut().into_iter().for_each(|mut row| row.assign(&first));
        };
        check("equal rows", &changed(seed, repeat), &cube);
        check("no bias", &changed(seed, |_, affine| affine.bias.fill(0.0)), &cube);
        check("some width zero", &changed(seed, |_, _| ()), &sides(&[(-1.0, 1.0), (0.5, 0.5), (-1.0, 1.0)]));
        check("large", &changed(seed, |_, affine| affine.weight *= 30.0), &cube);
        check("small", &changed(seed, |_, affine| affine.weight *= 1e-4), &cube);
    }
}

#[test]
fn a_box_without_width_has_the_value_at_its_point() {
    let network = dense_chain(&mut rng(5), &[12, 8, 5, 3]);
    let point = Array1::from_shape_simple_fn(12, || 0.25);
    let input = InputBox::around(point.view(), 0.0, None).unwrap();
    let function = LinearFunction::margin(3, 0, 2);
    let answer = minimise(&network, &input, &function);
    assert_eq!(answer.proof, Proof::Minimum);
    assert_eq!(answer.incumbent.unwrap().value, function.value(network.forward_one(point.view()).view()));
}

#[test]
fn what_is_too_small_to_be_normal_is_left_out_and_not_divided_by() {
    let tiny = 1e-310;
    let network = chain(
        [2],
        [affine(&[[tiny, -tiny], [1.0, 1.0]], &[0.0, 0.0]), Op::Relu, affine(&[[1.0, 1.0]], &[0.0])],
    );
    let answer = minimise(&network, &sides(&[(-1.0, 1.0), (-1.0, 1.0)]), &first_output(1));
    assert_eq!(answer.proof, Proof::Minimum);
    assert_eq!(answer.incumbent.unwrap().value.abs(), 0.0);
}

/// Two hidden layers with weights of all magnitudes.
fn adversarial(rng: &mut ChaCha8Rng, scale: Scale) -> Network<f64> {
    let widths = [3, 5, 4, 2];
    let mut ops = Vec::new();
    for pair in widths.windows(2) {
        let weight = Array2::from_shape_simple_fn((pair[1], pair[0]), || scale.number(rng));
        let bias = Array1::from_shape_simple_fn(pair[1], || scale.number(rng));
        ops.extend([Op::Affine(Affine { weight, bias }), Op::Relu]);
    }
    ops.pop();
    chain([widths[0]], ops)
}

#[test]
fn no_bound_is_above_a_sampled_value_whatever_the_weights() {
    let mut rng = rng(51);
    let mut proven = 0;
    for case in 0..240 {
        let scale = [Scale::Unit, Scale::Adversarial, Scale::Extreme][case % 3];
        let network = adversarial(&mut rng, scale);
        let input = random::input_box(&mut rng, 3, scale);
        let engine = BranchAndBound::default();
        let function = LinearFunction::margin(2, 0, 1);
        let goal = [MarginGoal::Minimum, MarginGoal::Sign][case % 2];
        let mut session = engine.open(&network, &input.clone().into()).unwrap();
        let answer = session.minimise(&function, goal, &Budget::lasting(Duration::from_secs(5))).unwrap();
        proven += usize::from(answer.proof != Proof::Open);
        let value = |point: &Array1<f64>| {
            let values: Vec<f64> = crate::support::reference::evaluate(&network, point.as_slice().unwrap())
                .swap_remove(network.output().index())
                .iter()
                .map(|value| value.to_f64())
                .collect();
            values[0] - values[1]
        };
        for _ in 0..200 {
            let point = Array1::from(random::point(&mut rng, &input));
            let value = value(&point);
            // The sample's own rounding.
            let slack = 1e-13 * value.abs();
            assert!(answer.lower_bound <= value + slack, "case {case}: {} above {value}", answer.lower_bound);
        }
    }
    assert!(proven > 150, "{proven} of 240");
}

#[test]
fn a_budget_that_is_over_leaves_a_bound_and_a_value() {
    let network = dense_chain(&mut rng(6), &[16, 24, 16, 3]);
    let input = sides(&[(-1.0, 1.0); 16]);
    let functions = [LinearFunction::margin(3, 0, 1), LinearFunction::margin(3, 0, 2)];
    let cancelled = Cancellation::new();
    cancelled.cancel();
    let engine = BranchAndBound::default();
    let mut session = engine.open(&network, &input.into()).unwrap();
    let over = [Budget::lasting(Duration::ZERO), Budget::unlimited().with_cancellation(cancelled)];
    for budget in over {
        let answer = session.minimise_least(&functions, MarginGoal::Minimum, &budget).unwrap();
        assert_eq!((answer.proof, answer.nodes), (Proof::Open, Some(0)), "{answer:?}");
        assert!(answer.lower_bound.is_finite() && answer.lower_bound < answer.incumbent.unwrap().value);
    }
    let brief = Budget::lasting(Duration::from_millis(200));
    let answer = session.minimise_least(&functions, MarginGoal::Minimum, &brief).unwrap();
    assert!(answer.lower_bound <= answer.incumbent.unwrap().value);
}

#[test]
fn a_search_with_little_room_goes_deep_and_finds_the_same() {
    let network = dense_chain(&mut rng(8), &[5, 9, 7, 2]);
    let input = sides(&[(-1.0, 1.0); 5]);
    let function = LinearFunction::margin(2, 0, 1);
    let ask = |most_open_nodes| {
        let engine = BranchAndBound { most_open_nodes, ..BranchAndBound::default() };
        let mut session = engine.open(&network, &input.clone().into()).unwrap();
        session.minimise(&function, MarginGoal::Minimum, &Budget::unlimited()).unwrap()
    };
    let (roomy, narrow) = (ask(1_000), ask(1));
    assert!(roomy.nodes > Some(5), "{roomy:?}");
    assert_eq!((roomy.proof, narrow.proof), (Proof::Minimum, Proof::Minimum));
    assert!((roomy.incumbent.unwrap().value - narrow.incumbent.unwrap().value).abs() < 2e-6);
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let network = dense_chain(&mut rng(9), &[2, 3, 2]);
    let engine = BranchAndBound::default();
    assert_eq!(engine.name(), "bab");
    let input = sides(&[(-1.0, 1.0), (-1.0, 1.0)]);
    let mut session = engine.open(&network, &input.clone().into()).unwrap();
    let mut ask = |coefficients: Array1<f64>| {
        let function = LinearFunction { coefficients, constant: 0.0 };
        session.minimise(&function, MarginGoal::Minimum, &Budget::unlimited())
    };
    let error = ask(array![1.0]).unwrap_err();
    assert!(matches!(error, MarginError::FunctionLength { coefficients: 1, outputs: 2 }), "{error}");
    assert!(matches!(ask(array![1.0, f64::NAN]).unwrap_err(), MarginError::Unsupported { .. }));
    assert!(ask(array![1.0, 0.0]).is_ok(), "a refusal leaves the session as it was");

    let constraint = LinearConstraint { terms: vec![(0, 1.0)], upper: 0.0 };
    let set = InputSet::new(input, vec![constraint]).unwrap();
    let error = engine.open(&network, &set).err().unwrap();
    assert!(error.to_string().contains("linear constraints"), "{error}");
    assert!(matches!(engine.open(&network, &sides(&[]).into()).err(), Some(MarginError::Bounds(_))));
}

#[test]
fn sampled_values_of_a_wider_network_are_above_its_proven_minimum() {
    let mut rng = rng(10);
    let network = dense_chain(&mut rng, &[30, 20, 12, 4]);
    let input = sides(&[(-0.3, 0.3); 30]);
    let function = LinearFunction::margin(4, 1, 2);
    let answer = minimise(&network, &input, &function);
    assert_eq!(answer.proof, Proof::Minimum);
    for _ in 0..5_000 {
        let point: Array1<f64> =
            (0..30).map(|_| [-0.3, 0.3, rng.random_range(-0.3..0.3)][rng.random_range(0..3)]).collect();
        assert!(function.value(network.forward_one(point.view()).view()) >= answer.lower_bound);
    }
}
