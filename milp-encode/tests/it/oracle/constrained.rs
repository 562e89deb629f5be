//! Linear constraints on the input beside the box.

use milp_encode::bounds::BoundChain;
use milp_encode::property::{InputSet, LinearConstraint, LinearFunction};
use milp_encode::{
    Alternatives, Formulation, MarginAnswer, MarginError, MarginGoal, MarginOracle, MilpOracle, Proof,
    Replayer, SolverStart,
};
use ndarray::array;
use nn_core::{Network, Op};
use solver_api::{Budget, Highs, Limits, Model, Options, Solver, Verdict};

use crate::support::build::{affine, chain, sides};
use crate::support::scripted::{outcome, scripted};

/// `|x0| - x1`
fn network() -> Network<f64> {
    let hidden = affine(&[[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]], &[0.0, 0.0, 4.0]);
    chain([2], [hidden, Op::Relu, affine(&[[1.0, 1.0, -1.0]], &[4.0])])
}

fn set(constraints: &[(&[(usize, f64)], f64)]) -> InputSet {
    let constraint =
        |(terms, upper): &(&[(usize, f64)], f64)| LinearConstraint { terms: terms.to_vec(), upper: *upper };
    InputSet::new(sides(&[(-1.0, 1.0), (-1.0, 1.0)]), constraints.iter().map(constraint).collect()).unwrap()
}

fn minimum(solver: &dyn Solver, input: &InputSet, constant: f64) -> Result<MarginAnswer, MarginError> {
    let network = network();
    let oracle = MilpOracle {
        solver,
        options: Options::default(),
        bounds: BoundChain::crown(),
        formulation: Formulation::BigM,
        alternatives: Alternatives::InTurn,
        start: SolverStart::None,
    };
    let function = LinearFunction { coefficients: array![1.0], constant };
    let mut session = oracle.open(&network, input)?;
    session.minimise(&function, MarginGoal::Minimum, &Budget::unlimited())
}

#[test]
fn constraints_cut_the_minimum() {
    for (constraints, expected) in [
        (&[][..], -1.0),
        (&[(&[(1, 1.0)][..], 0.25)][..], -0.25),
        (&[(&[(0, -1.0)][..], -0.5), (&[(1, 1.0)][..], 0.25)][..], 0.25),
        // x0 + x1 = 1.5: least at (0.5, 1)
        (&[(&[(0, 1.0), (1, 1.0)][..], 1.5), (&[(0, -1.0), (1, -1.0)][..], -1.5)][..], -0.5),
    ] {
        let input = set(constraints);
        let answer = minimum(&Highs, &input, 0.0).unwrap();
        let incumbent = answer.incumbent.unwrap();
        assert_eq!(answer.proof, Proof::Minimum, "{constraints:?}");
        assert!((incumbent.value - expected).abs() < 1e-5, "{constraints:?}: {}", incumbent.value);
        assert!(input.contains(incumbent.input.view()));
        let network = network();
        let replayed = Replayer::new(&network).replay_in_set(&input, incumbent.input.view()).unwrap();
        assert!(input.contains(replayed.input.mapv(f64::from).view()));
    }
}

#[test]
fn a_witness_outside_the_constraints_is_none() {
    let network = network();
    let replayer = Replayer::new(&network);
    let input = set(&[(&[(0, 1.0)], 0.5)]);
    assert!(replayer.replay_in_set(&input, array![0.5, 0.0].view()).is_some());
    assert!(replayer.replay_in_set(&input, array![0.51, 0.0].view()).is_none());
}

#[test]
fn an_empty_set_is_an_answer() {
    let answer = minimum(&Highs, &set(&[(&[(0, 1.0), (1, 1.0)], -2.5)]), 0.0).unwrap();
    assert_eq!(answer.proof, Proof::EmptyInput);
    assert_eq!((answer.incumbent, answer.lower_bound), (None, f64::INFINITY));
}

#[test]
fn an_emptiness_that_a_point_refutes_is_a_contradiction() {
    let liar = scripted(|_: &Model, _: &Limits| outcome(Verdict::Infeasible, None, None));
    let error = minimum(&liar, &set(&[(&[(0, 1.0)], 0.5)]), 0.0).unwrap_err();
    assert!(matches!(error, MarginError::Contradiction { .. }), "{error}");
    let unknown = scripted(|_: &Model, _: &Limits| outcome(Verdict::InfeasibleOrUnbounded, None, None));
    let answer = minimum(&unknown, &set(&[(&[(0, 1.0), (1, 1.0)], -1.5)]), 0.0).unwrap();
    assert_eq!((answer.proof, answer.incumbent), (Proof::Open, None));
}
