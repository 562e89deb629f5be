//! Intervals hold what they should, and their gradients are those of differences, for every operator.

use milp_encode::property::DataRange;
use ndarray::{Array1, Array2, ArrayD, array};
use nn_core::{
    Affine, ConstantOp, Conv2d, Network, NetworkBuilder, NodeId, Op, Pool, Rearrange, Source, Window,
};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::propagation::propagate;
use super::worst_case::greatest_margins;
use super::{ball, bounded_cross_entropy, instability};
use crate::random;

const LABELS: [u8; 4] = [0, 2, 1, 2];

fn uniform(rng: &mut ChaCha8Rng, count: usize) -> Vec<f64> {
    (0..count).map(|_| rng.random_range(-1.0..1.0)).collect()
}

fn affine(rng: &mut ChaCha8Rng, outputs: usize, inputs: usize) -> Op<f64> {
    let weight = Array2::from_shape_vec((outputs, inputs), uniform(rng, outputs * inputs));
    Op::Affine(Affine { weight: weight.expect("as many"), bias: uniform(rng, outputs).into() })
}

fn conv2d(rng: &mut ChaCha8Rng, [outputs, inputs, groups]: [usize; 3], window: Window) -> Op<f64> {
    let shape = (outputs, inputs / groups, window.kernel[0], window.kernel[1]);
    let weight = uniform(rng, shape.0 * shape.1 * shape.2 * shape.3);
    let weight = ndarray::Array4::from_shape_vec(shape, weight).expect("as many");
    Op::Conv2d(Conv2d { weight, bias: uniform(rng, outputs).into(), window, groups })
}

fn constant(rng: &mut ChaCha8Rng, kind: ConstantOp, shape: &[usize]) -> Op<f64> {
    let values = uniform(rng, shape.iter().product()).into_iter().map(|value| 1.5 + value).collect();
    Op::Constant { kind, value: ArrayD::from_shape_vec(shape, values).expect("as many") }
}

/// Every operator that intervals meet, in one graph that ends in a fully connected layer or, without it, in a sum.
fn every_operator(seed: u64, ends_affine: bool) -> Network<f64> {
    let rng = &mut random::for_epoch(seed, 0);
    let mut builder = NetworkBuilder::new([2, 4, 4]);
    let mut add = |name: &str, op, inputs: &[NodeId]| builder.add(name, op, inputs).expect("the shapes fit");
    let padded = Window { padding: [1; 4], ..Window::new([3, 3], 1) };
    let scaled = add("scaled", constant(rng, ConstantOp::Mul, &[2, 4, 4]), &[NodeId::INPUT]);
    let first = add("first", conv2d(rng, [4, 2, 1], padded.clone()), &[scaled]);
    let relu = add("relu", Op::Relu, &[first]);
    let grouped = add("grouped", conv2d(rng, [4, 4, 2], padded), &[relu]);
    let sum = add("sum", Op::Add, &[grouped, first, grouped]);
    let leaky = add("leaky", Op::LeakyRelu { slope: 0.1 }, &[sum]);
    let pool = Pool { window: Window::new([2, 2], 2), count_padding: false };
    let largest = add("largest", Op::MaxPool(pool.clone()), &[leaky]);
    let mean = add("mean", Op::AveragePool(pool), &[sum]);
    let joined = add("joined", Op::Concat { axis: 0 }, &[largest, mean]);
    let turned = add("turned", constant(rng, ConstantOp::SubFrom, &[8, 2, 2]), &[joined]);
    let divided = add("divided", constant(rng, ConstantOp::Div, &[8, 2, 2]), &[turned]);
    let raised = add("raised", constant(rng, ConstantOp::Add, &[8, 2, 2]), &[divided]);
    let lowered = add("lowered", constant(rng, ConstantOp::Sub, &[8, 2, 2]), &[raised]);
    let sources = (0..32).rev().map(Source::Element).chain([Source::Constant(0.5)]).collect();
    let flipped = add("flipped", Op::Rearrange(Rearrange { sources, shape: [33].into() }), &[lowered]);
    let dense = add("dense", affine(rng, 6, 33), &[flipped]);
    let tanh = add("tanh", Op::Tanh, &[dense]);
    let sigmoid = add("sigmoid", Op::Sigmoid, &[dense]);
    let both = add("both", Op::Concat { axis: 0 }, &[tanh, sigmoid]);
    let reshaped = builder.reshape("reshaped", both, [3, 4]).expect("as many elements");
    let flat = builder.reshape("flat", reshaped, [12]).expect("as many elements");
    let mut output = builder.add("output", affine(rng, 3, 12), &[flat]).expect("the shapes fit");
    if !ends_affine {
        output = builder.add("twice", Op::Add, &[output, output]).expect("the shapes fit");
    }
    builder.finish(output)
}

fn inputs(seed: u64) -> Array2<f64> {
    let values = uniform(&mut random::for_epoch(seed, 1), LABELS.len() * 32);
    Array2::from_shape_vec((LABELS.len(), 32), values).expect("as many").mapv(|value| 0.5 + value / 2.0)
}

#[test]
fn no_input_of_the_ball_leaves_the_intervals() {
    for (seed, ends_affine) in [(1, true), (2, false)] {
        let (network, inputs) = (every_operator(seed, ends_affine), inputs(seed));
        let ball = ball(inputs.view(), 0.1, Some(DataRange::UNIT));
        let (lower, upper) = (ball.lower(), ball.upper());
        let intervals = propagate(&network, ball);
        let margins = greatest_margins(&network, &intervals, &LABELS);
        let rng = &mut random::for_epoch(seed, 2);
        for _ in 0..200 {
            // Corners and inner points alike.
            let share = Array2::from_shape_simple_fn(lower.raw_dim(), || {
                rng.random_range(-0.5..1.5_f64).clamp(0.0, 1.0)
            });
            let trace = network.trace((&lower + &((&upper - &lower) * share)).view());
            for id in network.node_ids() {
                let (low, high) = (intervals.interval(id).lower(), intervals.interval(id).upper());
                let value = trace.value(id);
                let inside = ndarray::Zip::from(&value)
                    .and(&low)
                    .and(&high)
                    .all(|v, l, u| *l - 1e-9 <= *v && *v <= *u + 1e-9);
                assert!(inside, "`{}` leaves its interval", network.node(id).name());
            }
            for ((outputs, margins), label) in
                trace.output().outer_iter().zip(margins.outer_iter()).zip(LABELS)
            {
                let label = usize::from(label);
                assert!(outputs.iter().zip(margins).all(|(z, m)| z - outputs[label] <= m + 1e-9));
                assert_eq!(margins[label], 0.0);
            }
        }
    }
}

#[test]
fn a_ball_of_radius_zero_is_the_network_itself() {
    let (network, inputs) = (every_operator(3, true), inputs(3));
    let intervals = propagate(&network, ball(inputs.view(), 0.0, Some(DataRange::UNIT)));
    let outputs = network.forward(inputs.view());
    let bounded = intervals.interval(network.output());
    assert!(bounded.radius.iter().all(|radius| *radius == 0.0));
    assert!((&bounded.centre - &outputs).iter().all(|difference| difference.abs() < 1e-12));
    let found = bounded_cross_entropy(&network, ball(inputs.view(), 0.0, None), &LABELS);
    let expected = crate::cross_entropy(outputs.view(), &LABELS);
    assert!((found.loss.mean - expected.loss).abs() < 1e-12);
    let trace = network.trace(inputs.view());
    let gradients = network.parameter_gradients(&trace, expected.cotangent.view());
    for (found, expected) in found.parameters.iter().zip(&gradients) {
        assert!((found - expected).iter().all(|difference| difference.abs() < 1e-12));
    }
}

#[test]
fn margins_are_tighter_than_differences_of_bounds() {
    let (network, inputs) = (every_operator(4, true), inputs(4));
    let intervals = propagate(&network, ball(inputs.view(), 0.05, None));
    let margins = greatest_margins(&network, &intervals, &LABELS);
    let outputs = intervals.interval(network.output());
    let (lower, upper) = (outputs.lower(), outputs.upper());
    for (row, label) in LABELS.into_iter().enumerate() {
        for class in (0..3).filter(|class| *class != usize::from(label)) {
            let apart = upper[(row, class)] - lower[(row, usize::from(label))];
            assert!(margins[(row, class)] <= apart + 1e-12);
        }
    }
}

#[test]
fn gradients_of_the_bounded_loss_are_its_differences() {
    for (seed, ends_affine) in [(5, true), (6, false)] {
        let inputs = inputs(seed);
        check_gradient(&every_operator(seed, ends_affine), |network| {
            let ball = ball(inputs.view(), 0.05, Some(DataRange::UNIT));
            let found = bounded_cross_entropy(network, ball, &LABELS);
            (found.loss.mean, found.parameters)
        });
    }
}

#[test]
fn gradients_of_the_stability_loss_are_its_differences() {
    let inputs = inputs(7);
    check_gradient(&every_operator(7, true), |network| {
        instability(network, ball(inputs.view(), 0.01, Some(DataRange::UNIT)))
    });
}

/// Central differences with a step that is short against the distance of these networks from their kinks.
fn check_gradient(network: &Network<f64>, loss: impl Fn(&Network<f64>) -> (f64, Vec<ArrayD<f64>>)) {
    const STEP: f64 = 1e-6;
    let gradients = loss(network).1;
    let mut moved = network.clone();
    assert_eq!(gradients.len(), network.parameters().len());
    for (index, gradient) in gradients.iter().enumerate() {
        for (element, slope) in gradient.iter().enumerate() {
            let mut at = |step: f64| {
                let add = |network: &mut Network<f64>, step: f64| {
                    let (_, mut values) = network.parameters_mut().swap_remove(index);
                    *values.iter_mut().nth(element).expect("an element") += step;
                };
                add(&mut moved, step);
                let value = loss(&moved).0;
                add(&mut moved, -step);
                value
            };
            let difference = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            let near = (difference - slope).abs() < 1e-5 * slope.abs().max(1.0);
            assert!(near, "parameter {index}, element {element}: {slope} is not {difference}");
        }
    }
}

#[test]
fn a_hand_worked_margin() {
    // h = relu(x) in [0, 2] for x in [-1, 2]; z = (h, -h): the margin of class 0 over label 1 is 2 h <= 4.
    let mut builder = NetworkBuilder::<f64>::new([1]);
    let relu = builder.add("relu", Op::Relu, &[NodeId::INPUT]).expect("fits");
    let last = Affine { weight: array![[1.0], [-1.0]], bias: Array1::zeros(2) };
    let output = builder.add("output", Op::Affine(last), &[relu]).expect("fits");
    let network = builder.finish(output);
    let intervals = propagate(&network, ball(array![[0.5]].view(), 1.5, None));
    assert_eq!(greatest_margins(&network, &intervals, &[1]), array![[4.0, 0.0]]);
    assert_eq!(greatest_margins(&network, &intervals, &[0]), array![[0.0, 0.0]]);
    // The neuron's bounds are -1 and 2, so the loss is -tanh(1 - 2).
    assert_eq!(instability(&network, ball(array![[0.5]].view(), 1.5, None)).0, 1.0_f64.tanh());
}
