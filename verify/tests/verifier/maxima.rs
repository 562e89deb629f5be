//! ReLU splitting on networks with max pooling.

use milp_encode::property::{InputBox, LinearFunction};
use ndarray::{Array1, Array2, Array4};
use nn_core::{Affine, Conv2d, Network, NetworkBuilder, NodeId, Op, Pool, Window};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use verify::{ReluSplit, Verdict};

use super::verdicts::{check, in_f32, lifted, milp, run};
use crate::property;
use crate::support::random::{self, Scale};
use crate::support::{brute_force, recipes, rng};

fn has_maxima(network: &Network<f64>) -> bool {
    network.nodes().iter().any(|node| matches!(node.op(), Op::MaxPool(_)))
}

fn random_function(rng: &mut ChaCha8Rng, network: &Network<f64>) -> LinearFunction {
    let coefficients = Array1::from_shape_simple_fn(network.output_count(), || Scale::Unit.number(rng));
    LinearFunction { coefficients, constant: 0.0 }
}

#[test]
fn verdicts_are_those_of_brute_force() {
    let mut rng = rng(73);
    let mut checked = 0;
    for _ in 0..5 {
        for (name, network) in recipes::networks(&mut rng).into_iter().filter(|(_, n)| has_maxima(n)) {
            let input = in_f32(&random::input_box(&mut rng, network.input_count(), Scale::Unit));
            let function = random_function(&mut rng, &network);
            let minimum = brute_force::minimum(&network, &input, &function, 1 << 12).unwrap();
            for (gap, expected) in [(0.01, Verdict::Unsat), (-0.01, Verdict::Sat)] {
                let property = property(&[&input], &[lifted(&function, gap - minimum)]);
                check(
                    name,
                    &network,
                    &property,
                    &run(&network, &property, &[&ReluSplit::default()]),
                    expected,
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 10, "{checked} questions");
}

/// Two convolutions, each with maxima behind it, the second ones over windows that overlap and have padding.
fn convolutional(rng: &mut ChaCha8Rng) -> Network<f64> {
    let mut builder = NetworkBuilder::new([1, 8, 8]);
    let mut last = NodeId::INPUT;
    let overlapping = Window { kernel: [2, 2], stride: [1, 1], padding: [1, 0, 0, 1], dilation: [1, 1] };
    for (inputs, pool) in [(1, Window::new([2, 2], 2)), (3, overlapping)] {
        let reach = (6.0 / (4.0 * f64::from(inputs))).sqrt();
        let weight =
            Array4::from_shape_simple_fn((3, inputs as usize, 2, 2), || rng.random_range(-reach..reach));
        let bias = Array1::from_shape_simple_fn(3, || rng.random_range(-0.2..0.2));
        let convolution = Conv2d { weight, bias, window: Window::new([2, 2], 1), groups: 1 };
        let ops =
            [Op::Conv2d(convolution), Op::Relu, Op::MaxPool(Pool { window: pool, count_padding: false })];
        for op in ops {
            last = builder.add("node", op, &[last]).unwrap();
        }
    }
    let count = builder.shape(last).element_count();
    let flat = builder.reshape("flat", last, [count]).unwrap();
    let weight = Array2::from_shape_simple_fn((2, count), || rng.random_range(-1.0..1.0));
    let output = Op::Affine(Affine { weight, bias: Array1::zeros(2) });
    let output = builder.add("output", output, &[flat]).unwrap();
    builder.finish(output)
}

#[test]
fn verdicts_are_those_of_mixed_integer_programs() {
    let mut rng = rng(74);
    let (mut searched, mut refuted) = (0, 0);
    for round in 0..6 {
        let network = convolutional(&mut rng);
        let center = Array1::from_shape_simple_fn(64, || rng.random_range(0.0..1.0));
        let input = InputBox::new(&center - 0.1, &center + 0.1).unwrap();
        let input = in_f32(&input);
        let function = random_function(&mut rng, &network);
        let least = |_| {
            let x = Array1::from_shape_fn(64, |i| rng.random_range(input.lower()[i]..=input.upper()[i]));
            function.value(network.forward_one(x.view()).view())
        };
        let least = (0..100).map(least).fold(f64::INFINITY, f64::min);
        for gap in [-0.3, 0.05, 0.2, 0.5] {
            let property = property(&[&input], &[lifted(&function, gap - least)]);
            let expected = run(&network, &property, &[&milp()]).verdict;
            let report = run(&network, &property, &[&ReluSplit::default()]);
            check(&format!("{round}, {gap}"), &network, &property, &report, expected);
            searched += usize::from(expected == Verdict::Unsat && report.engine == Some("relu-split"));
            refuted += usize::from(expected == Verdict::Sat);
        }
    }
    assert!(searched > 3 && refuted > 3, "{searched} proven by search, {refuted} refuted");
}
