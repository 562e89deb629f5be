//! What is proven holds, and what holds is proven.

use milp_encode::property::{Conjunction, InputBox, LinearFunction};
use ndarray::{Array1, array};
use nn_core::{Network, Op};
use rand_chacha::ChaCha8Rng;
use solver_api::Budget;
use verify::{Engine, EngineError, Question, ReluSplit};

use crate::judges::{Ending, decide};
use crate::support::build::{affine, chain, dense_chain, sides};
use crate::support::random::{self, Scale};
use crate::support::{brute_force, recipes, rng};

/// The recipes' networks without max pooling, and some of more neurons.
pub(crate) fn networks(rng: &mut ChaCha8Rng) -> Vec<(&'static str, Network<f64>)> {
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

pub(crate) fn random_function(rng: &mut ChaCha8Rng, outputs: usize) -> LinearFunction {
    LinearFunction {
        coefficients: Array1::from_shape_simple_fn(outputs, || Scale::Unit.number(rng)),
        constant: Scale::Unit.number(rng),
    }
}

/// Whether a function whose minimum was moved to `minimum` is at most 0 somewhere.
fn ask(
    engine: &ReluSplit,
    network: &Network<f64>,
    input: &InputBox,
    function: &LinearFunction,
    lift: f64,
    threads: usize,
) -> Ending {
    let lifted = LinearFunction { constant: function.constant + lift, ..function.clone() };
    decide(engine, network, &input.clone().into(), &[Conjunction(vec![lifted])], threads)
}

fn check_signs(engine: &ReluSplit, seed: u64, threads: usize) {
    let mut rng = rng(seed);
    let (mut asked, mut decided, mut split) = (0, 0, 0);
    for round in 0..2 {
        for (name, network) in networks(&mut rng) {
            let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
            let function = random_function(&mut rng, network.output_count());
            let minimum = brute_force::minimum(&network, &input, &function, 1 << 13).unwrap();
            for lift in [0.01, 0.1, 10.0] {
                let Ending { found, progress } =
                    ask(engine, &network, &input, &function, lift - minimum, threads);
                assert!(!found, "{name}, {round}: a counterexample where there is none");
                split += usize::from(progress.nodes > 0);
                (asked, decided) = (asked + 1, decided + usize::from(progress.proven));
                let Ending { found, progress } =
                    ask(engine, &network, &input, &function, -lift - minimum, threads);
                assert!(!progress.proven, "{name}, {round}: proven, but the minimum is {}", -lift);
                (asked, decided) = (asked + 1, decided + usize::from(found));
            }
        }
    }
    assert!(split > 5, "{split} questions needed more than the root");
    // On parts where every neuron is split, the climb may end before it is at its top.
    assert!(decided * 100 >= asked * 97, "{decided} of {asked} questions were decided");
}

#[test]
fn signs_of_minima_are_those_of_brute_force() {
    check_signs(&ReluSplit::default(), 81, 1);
}

#[test]
fn ranges_proven_on_the_way_change_no_sign() {
    check_signs(&ReluSplit { first_parts: 1, first_splits: 1, ..ReluSplit::default() }, 82, 1);
}

#[test]
fn threads_and_little_memory_change_no_sign() {
    let engine = ReluSplit { parts_together: 2, most_bytes: 0, first_parts: 4, first_splits: 2 };
    check_signs(&engine, 83, 4);
}

#[test]
fn of_conjunctions_one_function_is_refuted() {
    // |x| between 0 and 1, on -1..1: at most -0.5 and at least 0.25 together is impossible.
    let network = chain([1], [affine(&[[1.0], [-1.0]], &[0.0; 2]), Op::Relu, affine(&[[1.0, 1.0]], &[0.0])]);
    let set = sides(&[(-1.0, 1.0)]).into();
    let at_most =
        |coefficient: f64, constant: f64| LinearFunction { coefficients: array![coefficient], constant };
    let never = Conjunction(vec![at_most(-1.0, 0.25), at_most(1.0, 0.5)]);
    let Ending { found, progress } =
        decide(&ReluSplit::default(), &network, &set, std::slice::from_ref(&never), 1);
    assert!(!found && progress.proven, "{progress:?}");
    let sometimes = Conjunction(vec![at_most(-1.0, 0.25)]);
    let Ending { found, progress } = decide(&ReluSplit::default(), &network, &set, &[never, sometimes], 1);
    assert!(found && !progress.proven, "{progress:?}");
}

#[test]
fn what_is_not_treated_is_refused_by_name() {
    let network = chain([1], [Op::Sigmoid]);
    let set = sides(&[(-1.0, 1.0)]).into();
    let positive = Conjunction(vec![LinearFunction { coefficients: array![1.0], constant: 0.0 }]);
    let refusal = |network, unsafe_outputs: &[Conjunction]| {
        let engine = ReluSplit::default();
        let question = Question { network, input: &set, unsafe_outputs };
        match engine.open(question, &Budget::unlimited()).map(|_| ()) {
            Err(EngineError::Unsupported { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    };
    assert!(refusal(&network, &[positive]).contains("Sigmoid"));
    let network = chain([1], [Op::Relu]);
    assert!(refusal(&network, &[Conjunction(Vec::new())]).contains("whatever they are"));
}

#[test]
fn a_budget_that_is_over_proves_nothing() {
    let mut rng = rng(84);
    for (_, network) in networks(&mut rng) {
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let function = random_function(&mut rng, network.output_count());
        let minimum = brute_force::minimum(&network, &input, &function, 1 << 13).unwrap();
        let lifted = LinearFunction { constant: function.constant - minimum - 0.01, ..function };
        let unsafe_outputs = [Conjunction(vec![lifted])];
        let set = input.into();
        let question = Question { network: &network, input: &set, unsafe_outputs: &unsafe_outputs };
        let over = Budget::lasting(std::time::Duration::ZERO);
        let engine = ReluSplit::default();
        let search = engine.open(question, &over).unwrap();
        assert!(!search.progress().proven);
    }
}
