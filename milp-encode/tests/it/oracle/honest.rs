//! With HiGHS, the oracle's answers are the network's minima and their signs.

use milp_encode::bounds::{BoundChain, Phase};
use milp_encode::property::{InputBox, LinearFunction};
use milp_encode::{
    Alternatives, EncodeError, Formulation, MarginError, MarginGoal, MarginOracle, MilpOracle, Proof,
    SolverStart,
};
use ndarray::{Array1, array};
use nn_core::{NodeId, Op};
use solver_api::{Budget, Highs, Options};

use crate::support::build::{affine, chain, dense_chain, sides};
use crate::support::random::{self, Scale};
use crate::support::{brute_force, recipes, rng};

fn oracle(formulation: Formulation) -> MilpOracle<'static> {
    MilpOracle {
        solver: &Highs,
        options: Options::default(),
        bounds: BoundChain::crown(),
        formulation,
        alternatives: Alternatives::InTurn,
        start: SolverStart::None,
    }
}

#[test]
fn one_session_answers_several_questions_and_none_leaves_traces() {
    let mut rng = rng(11);
    let oracle = oracle(Formulation::BigM);
    assert_eq!(oracle.name(), "highs");
    for (name, network) in recipes::networks(&mut rng) {
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let mut session = oracle.open(&network, &input.clone().into()).unwrap();
        let mut functions: Vec<LinearFunction> = (0..3)
            .map(|_| LinearFunction {
                coefficients: Array1::from_shape_simple_fn(network.output_count(), || {
                    Scale::Unit.number(&mut rng)
                }),
                constant: Scale::Unit.number(&mut rng),
            })
            .collect();
        functions.push(functions[0].clone());
        for function in &functions {
            let expected = brute_force::minimum(&network, &input, function, 1 << 12).unwrap();
            let answer = session.minimise(function, MarginGoal::Minimum, &Budget::unlimited()).unwrap();
            let incumbent = answer.incumbent.unwrap();
            assert_eq!(
                answer.proof,
                Proof::Minimum,
                "{name}: {} above {}",
                incumbent.value,
                answer.lower_bound
            );
            assert!((incumbent.value - expected).abs() < 1e-5, "{name}: {} not {expected}", incumbent.value);
            assert!(answer.lower_bound <= incumbent.value && answer.lower_bound > expected - 2e-5, "{name}");
            assert!(input.contains(incumbent.input.view()), "{name}");
            assert_eq!(incumbent.value, function.value(network.forward_one(incumbent.input.view()).view()));
        }
    }
}

#[test]
fn a_sign_is_proven_or_refuted() {
    let mut rng = rng(12);
    for (name, network) in recipes::networks(&mut rng) {
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let coefficients =
            Array1::from_shape_simple_fn(network.output_count(), || Scale::Unit.number(&mut rng));
        let function = |constant| LinearFunction { coefficients: coefficients.clone(), constant };
        let minimum = brute_force::minimum(&network, &input, &function(0.0), 1 << 12).unwrap();
        let oracle = oracle(Formulation::BigM);
        let mut session = oracle.open(&network, &input.clone().into()).unwrap();
        for lift in [0.001, 0.1, 10.0] {
            let mut sign = |minimum_is: f64| {
                let function = function(minimum_is - minimum);
                session.minimise(&function, MarginGoal::Sign, &Budget::unlimited()).unwrap()
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
fn without_radius_the_minimum_is_the_clean_value() {
    let mut rng = rng(13);
    let network = dense_chain(&mut rng, &[12, 8, 5, 3]);
    let point = Array1::from_shape_simple_fn(12, || Scale::Unit.number(&mut rng));
    let input = InputBox::around(point.view(), 0.0, None).unwrap();
    let function = LinearFunction::margin(3, 0, 2);
    let oracle = oracle(Formulation::BigMPaper);
    let mut session = oracle.open(&network, &input.clone().into()).unwrap();
    let answer = session.minimise(&function, MarginGoal::Minimum, &Budget::unlimited()).unwrap();
    assert_eq!(answer.proof, Proof::Minimum);
    assert_eq!(answer.incumbent.unwrap().value, function.value(network.forward_one(point.view()).view()));
}

#[test]
fn a_session_tells_its_bounds_and_binaries() {
    let network = chain([2], [affine(&[[1.0, 1.0], [1.0, 0.0]], &[0.0, 5.0]), Op::Relu]);
    let input = sides(&[(-1.0, 1.0), (-1.0, 1.0)]);
    for (formulation, binaries) in [(Formulation::BigM, 1), (Formulation::BigMPaper, 2)] {
        let oracle = oracle(formulation);
        let session = oracle.open(&network, &input.clone().into()).unwrap();
        assert_eq!(session.binary_count(), binaries);
        let pre_activation = network.node_ids().nth(1).unwrap();
        assert_eq!(session.bounds().node(pre_activation).phase(0), Phase::Unstable);
        assert_eq!(session.bounds().node(NodeId::INPUT).upper(), input.upper());
    }
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let oracle = oracle(Formulation::BigM);
    let network = chain([1], [affine(&[[1.0]], &[0.0]), Op::Relu]);
    let input = sides(&[(-1.0, 1.0)]);
    let mut session = oracle.open(&network, &input.clone().into()).unwrap();
    let mut ask = |coefficients: Array1<f64>| {
        session.minimise(
            &LinearFunction { coefficients, constant: 0.0 },
            MarginGoal::Minimum,
            &Budget::unlimited(),
        )
    };
    let error = ask(array![1.0, 1.0]).unwrap_err();
    assert!(matches!(error, MarginError::FunctionLength { coefficients: 2, outputs: 1 }), "{error}");
    assert!(matches!(ask(array![f64::NAN]).unwrap_err(), MarginError::Solver(_)));
    assert!(ask(array![1.0]).is_ok(), "a refusal leaves the session as it was");

    let bent = chain([1], [Op::Tanh]);
    assert!(matches!(
        oracle.open(&bent, &input.clone().into()).err(),
        Some(MarginError::Encode(EncodeError::NotPiecewiseLinear { .. }))
    ));
    assert!(matches!(oracle.open(&network, &sides(&[]).into()).err(), Some(MarginError::Bounds(_))));
}

#[test]
fn a_relaxation_claims_no_minimum_that_the_network_does_not_have() {
    let mut rng = rng(31);
    let mut gaps = 0;
    for (name, network) in recipes::networks(&mut rng) {
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let coefficients =
            Array1::from_shape_simple_fn(network.output_count(), || Scale::Unit.number(&mut rng));
        let function = LinearFunction { coefficients, constant: 0.0 };
        let expected = brute_force::minimum(&network, &input, &function, 1 << 12).unwrap();
        let oracle = MilpOracle { bounds: BoundChain::interval(), ..oracle(Formulation::Triangle) };
        let mut session = oracle.open(&network, &input.clone().into()).unwrap();
        let choices = session.binary_count();
        let answer = session.minimise(&function, MarginGoal::Minimum, &Budget::unlimited()).unwrap();
        assert_eq!(
            session.binary_count(),
            choices,
            "{name}: a search changes nothing in what bounds leave open"
        );
        let value = answer.incumbent.as_ref().unwrap().value;
        assert!(answer.lower_bound <= expected + 1e-5 && expected <= value + 1e-5, "{name}: {answer:?}");
        let agrees = (value - expected).abs() < 3e-5 && (answer.lower_bound - expected).abs() < 3e-5;
        assert!(agrees || answer.proof != Proof::Minimum, "{name}: {answer:?}");
        if answer.proof == Proof::Open {
            gaps += 1;
        }
        let negative = session
            .minimise(
                &LinearFunction { constant: -expected - 0.01, ..function },
                MarginGoal::Sign,
                &Budget::unlimited(),
            )
            .unwrap();
        assert_ne!(negative.proof, Proof::Positive, "{name}: {negative:?}");
    }
    assert!(gaps > 0, "some relaxation leaves a question open");
}
