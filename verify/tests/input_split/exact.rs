//! What is proven holds, and what holds is proven.

use milp_encode::property::{Conjunction, InputSet, LinearConstraint, LinearFunction};
use ndarray::{Array1, array};
use nn_core::{Affine, Network, NetworkBuilder, Op};
use rand_chacha::ChaCha8Rng;
use solver_api::Budget;
use verify::{Engine, InputSplit, Question};

use crate::judges::{Ending, decide};
use crate::support::build::{affine, chain, dense_chain, sides};
use crate::support::random::{self, Scale};
use crate::support::{brute_force, recipes, rng};

/// The recipes' networks whose layers are a chain, and some of more neurons.
fn networks(rng: &mut ChaCha8Rng) -> Vec<(&'static str, Network<f64>)> {
    let mut networks = recipes::networks(rng);
    networks.retain(|(_, network)| {
        let set = InputSet::from(sides(&vec![(0.0, 0.0); network.input_count()]));
        let question = Question { network, input: &set, unsafe_outputs: &[] };
        InputSplit::default().open(question, &Budget::unlimited()).is_ok()
    });
    assert!(networks.len() > 10, "{} recipes are chains", networks.len());
    networks.extend([
        ("five layers", dense_chain(rng, &[3, 4, 3, 3, 2])),
        ("wide", dense_chain(rng, &[4, 7, 4, 2])),
        ("two inputs", dense_chain(rng, &[2, 6, 5, 2])),
    ]);
    networks
}

fn random_function(rng: &mut ChaCha8Rng, outputs: usize) -> LinearFunction {
    LinearFunction {
        coefficients: Array1::from_shape_simple_fn(outputs, || Scale::Unit.number(rng)),
        constant: Scale::Unit.number(rng),
    }
}

fn lifted(function: &LinearFunction, lift: f64) -> LinearFunction {
    LinearFunction { constant: function.constant + lift, ..function.clone() }
}

#[test]
fn signs_of_minima_are_those_of_brute_force() {
    let mut rng = rng(71);
    let mut split = 0;
    for round in 0..4 {
        for (name, network) in networks(&mut rng) {
            let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
            let function = random_function(&mut rng, network.output_count());
            let minimum = brute_force::minimum(&network, &input, &function, 1 << 13).unwrap();
            let ask = |minimum_is: f64| {
                let lifted = lifted(&function, minimum_is - minimum);
                let engine = InputSplit::default();
                decide(&engine, &network, &input.clone().into(), &[Conjunction(vec![lifted])], 1)
            };
            for lift in [1e-3, 0.1, 10.0] {
                let Ending { found, progress } = ask(lift);
                assert!(!found && progress.proven && progress.open == 0, "{name}, {round}: {progress:?}");
                assert!(
                    progress.lower_bound > 0.0 && progress.lower_bound < lift + 1e-9,
                    "{name}: {progress:?}"
                );
                split += usize::from(progress.nodes > 1);
                let Ending { found, progress } = ask(-lift);
                assert!(found && !progress.proven, "{name}, {round}: {progress:?}");
            }
        }
    }
    assert!(split > 10, "{split} questions needed more than the root");
}

/// The network's outputs and, as one more, the greatest of two functions of them.
fn with_greatest(network: &Network<f64>, [a, b]: [&LinearFunction; 2]) -> Network<f64> {
    // max(a, b) = b + relu(a - b), and b = relu(b) - relu(-b)
    let mut builder = NetworkBuilder::<f64>::new(network.input_shape().clone());
    let mut last = nn_core::NodeId::INPUT;
    for node in &network.nodes()[1..] {
        last = match node.op() {
            Op::Reshape => builder.reshape(node.name(), last, node.shape().clone()).unwrap(),
            op => builder.add(node.name(), op.clone(), &[last]).unwrap(),
        };
    }
    let outputs = network.output_count();
    let rows = [&a.coefficients - &b.coefficients, b.coefficients.clone(), -&b.coefficients];
    let weight = ndarray::Array2::from_shape_fn((3, outputs), |(row, column)| rows[row][column]);
    let bias = array![a.constant - b.constant, b.constant, -b.constant];
    let parts = builder.add("parts", Op::Affine(Affine { weight, bias }), &[last]).unwrap();
    let relu = builder.add("halves", Op::Relu, &[parts]).unwrap();
    let greatest = builder.add("greatest", affine(&[[1.0, 1.0, -1.0]], &[0.0]), &[relu]).unwrap();
    builder.finish(greatest)
}

#[test]
fn conjunctions_hold_where_their_greatest_function_does() {
    let mut rng = rng(72);
    let mut harder = 0;
    for round in 0..3 {
        for (name, network) in networks(&mut rng).into_iter().filter(|(_, net)| is_plain_chain(net)) {
            let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
            let [a, b] = [(); 2].map(|()| random_function(&mut rng, network.output_count()));
            let greatest = with_greatest(&network, [&a, &b]);
            let itself = LinearFunction { coefficients: array![1.0], constant: 0.0 };
            let minimum = brute_force::minimum(&greatest, &input, &itself, 1 << 14).unwrap();
            let alone = [&a, &b].map(|f| brute_force::minimum(&network, &input, f, 1 << 13).unwrap());
            harder += usize::from(alone.iter().all(|alone| *alone < minimum - 0.01));
            let ask = |minimum_is: f64| {
                let both = [&a, &b].map(|function| lifted(function, minimum_is - minimum));
                // One that is never satisfied, and one that is satisfied where both are.
                let never = Conjunction(vec![lifted(&a, 2.0 - alone[0])]);
                let engine = InputSplit::default();
                decide(&engine, &network, &input.clone().into(), &[never, Conjunction(both.to_vec())], 1)
            };
            let Ending { found, progress } = ask(0.01);
            assert!(!found && progress.proven, "{name}, {round}: {progress:?}");
            assert!(progress.lower_bound > 0.0 && progress.lower_bound < 0.01 + 1e-9, "{name}: {progress:?}");
            let Ending { found, progress } = ask(-0.01);
            assert!(found && !progress.proven, "{name}, {round}: {progress:?}");
        }
    }
    assert!(harder > 3, "{harder} conjunctions were more than one of their functions");
}

fn is_plain_chain(network: &Network<f64>) -> bool {
    let is_chained = |(place, node): (usize, &nn_core::Node<f64>)| match node.inputs() {
        [input] => input.index() + 1 == place,
        inputs => inputs.is_empty(),
    };
    network.nodes().iter().enumerate().all(is_chained)
}

#[test]
fn input_constraints_cut_counterexamples_off() {
    // |x1| + |x2| on a square, asked to be at most 0.5, where x1 + x2 >= bound
    let ops = [
        affine(&[[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]], &[0.0; 4]),
        Op::Relu,
        affine(&[[1.0; 4]], &[0.0]),
    ];
    let network = chain([2], ops);
    let unsafe_outputs = [Conjunction(vec![LinearFunction { coefficients: array![1.0], constant: -0.5 }])];
    for (bound, expected) in [(0.4, true), (0.499, true), (0.501, false), (0.6, false), (7.0, false)] {
        let constraint = LinearConstraint { terms: vec![(0, -1.0), (1, -1.0)], upper: -bound };
        let set = InputSet::new(sides(&[(-1.0, 1.0); 2]), vec![constraint]).unwrap();
        let Ending { found, progress } = decide(&InputSplit::default(), &network, &set, &unsafe_outputs, 1);
        assert_eq!((found, progress.proven), (expected, !expected), "{bound}: {progress:?}");
    }
}

#[test]
fn threads_and_little_memory_change_no_answer() {
    let mut rng = rng(73);
    let network = dense_chain(&mut rng, &[4, 12, 12, 2]);
    let input = sides(&[(-1.0, 1.0); 4]);
    let function = random_function(&mut rng, 2);
    let least = |lift: f64| {
        let unsafe_outputs = [Conjunction(vec![lifted(&function, lift)])];
        let ask = |memory, threads| {
            decide(&InputSplit { memory }, &network, &input.clone().into(), &unsafe_outputs, threads)
        };
        [ask(1 << 20, 1), ask(0, 1), ask(1 << 20, 2), ask(1 << 20, 5), ask(0, 3)]
    };
    // A lift that is just enough, found by halving.
    let (mut low, mut high) = (-50.0, 50.0);
    for _ in 0..14 {
        let middle = 0.5 * (low + high);
        let endings = least(middle);
        let proven = endings[0].progress.proven;
        for Ending { found, progress } in &endings {
            assert_eq!((*found, progress.proven), (!proven, proven), "{middle}: {progress:?}");
        }
        if proven { high = middle } else { low = middle }
    }
    let [alone, deep, ..] = least(high);
    assert!(alone.progress.nodes > 50 && deep.progress.nodes > 50, "{alone:?} {deep:?}");
}
