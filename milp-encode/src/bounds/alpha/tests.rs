//! Derivatives against differences, on a network with all kinds of nodes; and what the climb promises.

use ndarray::{Array1, Array2, ArrayD};
use nn_core::{Affine, ConstantOp, Conv2d, Network, NetworkBuilder, NodeId, Op, Pool, Window};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use solver_api::Budget;

use super::super::{NetworkBounds, crown_lower_bounds, interval_bounds};
use super::*;
use crate::property::InputBox;

fn numbers(rng: &mut ChaCha8Rng) -> f64 {
    rng.random_range(-1.0..1.0)
}

fn affine(rng: &mut ChaCha8Rng, outputs: usize, inputs: usize) -> Op<f64> {
    let weight = Array2::from_shape_simple_fn((outputs, inputs), || numbers(rng));
    let bias = Array1::from_shape_simple_fn(outputs, || numbers(rng));
    Op::Affine(Affine { weight, bias })
}

/// A convolution, ReLU, maximum, leaky ReLU, a residual sum over two ReLUs, a sigmoid and a last layer.
fn network(rng: &mut ChaCha8Rng) -> Network<f64> {
    let mut builder = NetworkBuilder::new([1, 4, 4]);
    let mut add = |op: Op<f64>, inputs: &[NodeId]| builder.add("node", op, inputs).unwrap();
    let convolution = Conv2d {
        weight: ndarray::Array4::from_shape_simple_fn((2, 1, 2, 2), || numbers(rng)),
        bias: Array1::from_shape_simple_fn(2, || numbers(rng)),
        window: Window::new([2, 2], 1),
        groups: 1,
    };
    let convolved = add(Op::Conv2d(convolution), &[NodeId::INPUT]);
    let first = add(Op::Relu, &[convolved]);
    let pooled = add(Op::MaxPool(Pool { window: Window::new([2, 2], 1), count_padding: false }), &[first]);
    let second = add(affine(rng, 6, 8), &[pooled]);
    let leaky = add(Op::LeakyRelu { slope: 0.2 }, &[second]);
    let third = add(affine(rng, 6, 6), &[leaky]);
    let relu = add(Op::Relu, &[third]);
    let sum = add(Op::Add, &[relu, leaky]);
    let shift = Op::Constant { kind: ConstantOp::SubFrom, value: ArrayD::from_elem(vec![6], 0.5) };
    let shifted = add(shift, &[sum]);
    let squashed = add(Op::Sigmoid, &[shifted]);
    let joined = add(Op::Concat { axis: 0 }, &[squashed, shifted]);
    let output = add(affine(rng, 3, 12), &[joined]);
    builder.finish(output)
}

fn place<'a>(network: &'a Network<f64>, bounds: &'a NetworkBounds) -> Place<'a> {
    Place { network, bounds, node: network.output() }
}

fn random_case(seed: u64) -> (ChaCha8Rng, Network<f64>, NetworkBounds, Array2<f64>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let network = network(&mut rng);
    let center = Array1::from_shape_simple_fn(16, || numbers(&mut rng));
    let input = InputBox::around(center.view(), 0.4, None).unwrap();
    let bounds = interval_bounds(&network, &input).unwrap();
    let functions = Array2::from_shape_simple_fn((4, 3), || numbers(&mut rng));
    (rng, network, bounds, functions)
}

#[test]
fn derivatives_are_what_differences_tell() {
    const STEP: f64 = 1e-7;
    let mut compared = 0;
    for seed in 0..8 {
        let (mut rng, network, bounds, functions) = random_case(seed);
        let place = place(&network, &bounds);
        let neurons = OpenNeurons::up_to(&network, &bounds, place.node);
        let relaxed = RelaxedNetwork::<f64>::new(place, neurons);
        let least = relaxed.neurons().least_slopes();
        let slopes =
            Array2::from_shape_fn((4, least.len()), |(_, column)| rng.random_range(least[column]..1.0));
        let at = |slopes: &Array2<f64>| relaxed.minima(relaxed.functions(functions.view()), slopes);
        let minima = at(&slopes);
        let derivatives = relaxed.derivatives(&minima, &slopes);
        for column in 0..least.len() {
            let mut moved = slopes.clone();
            moved.column_mut(column).mapv_inplace(|slope| slope + STEP);
            let differences = (at(&moved).bounds - &minima.bounds) / STEP;
            for (difference, derivative) in differences.iter().zip(derivatives.column(column)) {
                assert!(
                    (difference - derivative).abs() < 1e-4 * derivative.abs().max(1.0),
                    "seed {seed}, neuron {column}: {difference} but {derivative}"
                );
                compared += usize::from(derivative.abs() > 1e-3);
            }
        }
    }
    assert!(compared > 200, "only {compared} derivatives were not zero");
}

#[test]
fn without_a_step_the_bound_is_crowns() {
    let (_, network, bounds, functions) = random_case(3);
    let still = AlphaCrown { iterations: 0, ..AlphaCrown::default() };
    let found = still.lower_bounds(place(&network, &bounds), functions.view(), &Budget::unlimited()).unwrap();
    let crown = crown_lower_bounds(&network, &bounds, network.output(), functions.view());
    assert!((&found - &crown).iter().all(|difference| difference.abs() < 1e-6), "{found} and {crown}");
}

#[test]
fn the_climb_pays_and_more_steps_never_cost() {
    let mut gained = 0;
    for seed in 0..8 {
        let (_, network, bounds, functions) = random_case(seed);
        let mut last = crown_lower_bounds(&network, &bounds, network.output(), functions.view());
        let first = last.clone();
        for iterations in [1, 5, 25] {
            let climb = AlphaCrown { iterations, patience: 25, ..AlphaCrown::default() };
            let found =
                climb.lower_bounds(place(&network, &bounds), functions.view(), &Budget::unlimited()).unwrap();
            let worse =
                found.iter().zip(&last).any(|(found, last)| *found < last - 1e-4 * last.abs().max(1.0));
            assert!(!worse, "seed {seed}, {iterations} steps: {found} after {last}");
            last = found;
        }
        gained += usize::from(last.sum() > first.sum() + 0.01 * first.sum().abs());
    }
    assert!(gained >= 6, "the bounds of only {gained} networks of 8 became better by a hundredth");
}

#[test]
fn a_pair_is_left_alone_once_either_sign_is_known() {
    let (_, network, bounds, _) = random_case(5);
    let place = place(&network, &bounds);
    let relaxed = RelaxedNetwork::<f64>::new(place, OpenNeurons::up_to(&network, &bounds, place.node));
    let start = relaxed.neurons().adaptive_slopes(&network, &bounds);
    let outputs = Array2::<f64>::eye(3);
    let both = concatenate(Axis(0), &[outputs.view(), (-&outputs).view()]).unwrap();
    let climb =
        |goal| best_slopes(&AlphaCrown::default(), &relaxed, both.view(), &start, goal, &Budget::unlimited());
    let (signs, bounds) = (climb(Goal::SignsOfPairs), climb(Goal::Bounds));
    let at = |slopes: &Array2<f64>| relaxed.minima(relaxed.functions(both.view()), slopes).bounds;
    let (signs, bounds) = (at(&signs), at(&bounds));
    for output in 0..3 {
        let pair = [output, output + 3];
        let known = |found: &Array1<f64>| pair.iter().any(|row| found[*row] > 0.0);
        assert_eq!(known(&signs), known(&bounds), "output {output}: {signs} and {bounds}");
        let same = pair.iter().all(|row| (signs[*row] - bounds[*row]).abs() < 1e-9);
        assert!(same || known(&signs), "only a known sign stops a climb early: {signs} and {bounds}");
    }
}
