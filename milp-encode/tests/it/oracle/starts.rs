//! Points that are known before the search: they end questions of sign, and a solver may start from them.

use std::sync::{Arc, Mutex};

use milp_encode::bounds::BoundChain;
use milp_encode::property::LinearFunction;
use milp_encode::{
    Alternatives, Formulation, MarginGoal, MarginOracle, MarginSession, MilpOracle, Proof, SolverStart,
};
use ndarray::{Array1, array};
use nn_core::{Network, Op};
use solver_api::{Budget, Capability, Highs, Limits, Model, Options, Solver};

use crate::support::build::{affine, chain, sides};
use crate::support::random::{self, Scale};
use crate::support::scripted::{nothing, scripted};
use crate::support::{brute_force, recipes, rng};

fn oracle(solver: &dyn Solver, start: SolverStart) -> MilpOracle<'_> {
    MilpOracle {
        solver,
        options: Options::default(),
        bounds: BoundChain::crown(),
        formulation: Formulation::BigM,
        alternatives: Alternatives::InTurn,
        start,
    }
}

/// `1 - 20 dent(x)`, where the dent reaches from 0.9 to 1.1 and is 0.1 deep: -1 at 1, and 1 nearly everywhere, so that no
/// gradient leads to it.
fn needle() -> Network<f64> {
    let hidden = affine(&[[1.0], [1.0], [1.0]], &[-0.9, -1.0, -1.1]);
    chain([1], [hidden, Op::Relu, affine(&[[-20.0, 40.0, -20.0]], &[1.0])])
}

fn identity() -> LinearFunction {
    LinearFunction { coefficients: array![1.0], constant: 0.0 }
}

fn ask(session: &mut dyn MarginSession, goal: MarginGoal) -> milp_encode::MarginAnswer {
    session.minimise(&identity(), goal, &Budget::unlimited()).unwrap()
}

#[test]
fn a_witness_ends_a_question_of_sign_before_the_solver_is_asked() {
    let (network, input) = (needle(), sides(&[(-1.0, 2.0)]));
    let asked = Arc::new(Mutex::new(0));
    let count = asked.clone();
    let solver = scripted(move |_: &Model, _: &Limits| {
        *count.lock().unwrap() += 1;
        nothing()
    });
    let oracle = oracle(&solver, SolverStart::None);
    let mut session = oracle.open(&network, &input.into()).unwrap();
    let answer = ask(session.as_mut(), MarginGoal::Sign);
    assert_eq!((answer.proof, *asked.lock().unwrap()), (Proof::Open, 1), "descents do not find the dent");
    assert!(answer.incumbent.unwrap().value > 0.0);

    // Outside the box, of another length, and the witness.
    session.suggest(array![2.5].view());
    session.suggest(array![1.0, 1.0].view());
    assert_eq!((ask(session.as_mut(), MarginGoal::Sign).proof, *asked.lock().unwrap()), (Proof::Open, 2));
    session.suggest(array![1.0].view());
    let incumbent = ask(session.as_mut(), MarginGoal::Sign).incumbent.unwrap();
    assert!(incumbent.value <= -1.0 + 1e-9 && incumbent.input == array![1.0], "{incumbent:?}");
    assert_eq!(*asked.lock().unwrap(), 2, "the witness answers");

    // A descent that finds one ends the question as well.
    let slope = chain([1], [affine(&[[1.0], [-1.0]], &[0.0, 0.0]), Op::Relu, affine(&[[1.0, -1.0]], &[0.5])]);
    let mut session = oracle.open(&slope, &sides(&[(-1.0, 2.0)]).into()).unwrap();
    assert_eq!(ask(session.as_mut(), MarginGoal::Sign).incumbent.unwrap().value, -0.5);
    assert_eq!(*asked.lock().unwrap(), 2);
}

#[test]
fn the_solver_gets_the_best_known_point_where_it_takes_one() {
    let (network, input) = (needle(), sides(&[(-1.0, 2.0)]));
    let starts = |capability: Option<Capability>, start: SolverStart| {
        let mut solver = scripted(|_: &Model, _: &Limits| nothing());
        solver.capabilities.extend(capability);
        let oracle = oracle(&solver, start);
        let mut session = oracle.open(&network, &input.clone().into()).unwrap();
        session.suggest(array![0.95].view());
        session.suggest(array![1.05].view());
        session.suggest(array![1.04].view());
        ask(session.as_mut(), MarginGoal::Minimum);
        drop(session);
        solver.starts.lock().unwrap().clone()
    };
    let taken = starts(Some(Capability::Start), SolverStart::BestKnown);
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0][0], 1.04, "the first column is the input");
    assert!(starts(Some(Capability::Start), SolverStart::None).is_empty());
    assert!(starts(None, SolverStart::BestKnown).is_empty());
}

#[test]
fn answers_do_not_depend_on_starts() {
    let mut rng = rng(33);
    let oracle = oracle(&Highs, SolverStart::BestKnown);
    for (name, network) in recipes::networks(&mut rng) {
        let input = random::input_box(&mut rng, network.input_count(), Scale::Unit);
        let mut session = oracle.open(&network, &input.clone().into()).unwrap();
        for _ in 0..2 {
            let coefficients =
                Array1::from_shape_simple_fn(network.output_count(), || Scale::Unit.number(&mut rng));
            let function = LinearFunction { coefficients, constant: Scale::Unit.number(&mut rng) };
            session.suggest(Array1::from(random::point(&mut rng, &input)).view());
            let answer = session.minimise(&function, MarginGoal::Minimum, &Budget::unlimited()).unwrap();
            let expected = brute_force::minimum(&network, &input, &function, 1 << 12).unwrap();
            let value = answer.incumbent.unwrap().value;
            assert_eq!(answer.proof, Proof::Minimum, "{name}");
            assert!((value - expected).abs() < 1e-5, "{name}: {value} not {expected}");
        }
    }
}
