//! No wrong answer of a solver becomes a proof.

use std::sync::Arc;
use std::time::Duration;

use milp_encode::bounds::BoundChain;
use milp_encode::property::{InputBox, LinearFunction};
use milp_encode::{
    Alternatives, Formulation, MarginAnswer, MarginError, MarginGoal, MarginOracle, MilpOracle, Proof,
    SolverStart,
};
use ndarray::array;
use nn_core::{Network, Op};
use solver_api::{Budget, Cancellation, LimitKind, Limits, Model, Options, Outcome, Solver, Verdict};

use crate::support::build::{affine, chain, sides};
use crate::support::scripted::{Scripted, nothing, outcome, scripted};

/// `|x| - 0.3` on -1 .. 2: the minimum is -0.3 at 0, and a relaxation sees no more than -1.3.
fn question() -> (Network<f64>, InputBox, LinearFunction) {
    let network =
        chain([1], [affine(&[[1.0], [-1.0]], &[0.0, 0.0]), Op::Relu, affine(&[[1.0, 1.0]], &[-0.3])]);
    (network, sides(&[(-1.0, 2.0)]), LinearFunction { coefficients: array![1.0], constant: 0.0 })
}

const RELAXED: f64 = -1.3;

fn ask(solver: &dyn Solver, goal: MarginGoal, budget: &Budget) -> Result<MarginAnswer, MarginError> {
    let (network, input, function) = question();
    let oracle = MilpOracle {
        solver,
        options: Options::default(),
        bounds: BoundChain::crown(),
        formulation: Formulation::BigM,
        alternatives: Alternatives::InTurn,
        start: SolverStart::None,
    };
    let mut session = oracle.open(&network, &input.clone().into())?;
    session.minimise(&function, goal, budget)
}

fn answer_to(
    answer: impl Fn(&Model) -> Outcome + Clone + Send + Sync + 'static,
) -> Result<MarginAnswer, MarginError> {
    let solver = scripted(move |model: &Model, _: &Limits| answer(model));
    ask(&solver, MarginGoal::Minimum, &Budget::unlimited())
}

/// A point whose input is `x` and whose other columns are nonsense.
fn point_at(model: &Model, x: f64) -> Option<Vec<f64>> {
    let mut values = vec![7.0; model.column_count()];
    values[0] = x;
    Some(values)
}

#[test]
fn the_truth_is_believed() {
    let answer = answer_to(|model| outcome(Verdict::Optimal, point_at(model, 0.0), Some(-0.3))).unwrap();
    assert_eq!(answer.proof, Proof::Minimum);
    assert_eq!(answer.incumbent.unwrap().value, -0.3);
    assert_eq!(answer.lower_bound, -0.3);
    assert_eq!(answer.raw_status, "scripted");
}

#[test]
fn a_bound_within_the_tolerance_above_the_value_is_lowered_to_it() {
    let answer =
        answer_to(|model| outcome(Verdict::Optimal, point_at(model, 0.0), Some(-0.299_995))).unwrap();
    assert_eq!((answer.proof, answer.lower_bound), (Proof::Minimum, -0.3));
}

#[test]
fn claims_that_cannot_be_are_refused() {
    type Claim = fn(&Model) -> Outcome;
    let claims: [(&str, Claim, &str); 11] = [
        (
            "a bound above the point's value",
            |m| outcome(Verdict::Optimal, point_at(m, 0.0), Some(-0.2)),
            "bound -0.2",
        ),
        (
            "a bound above any known value",
            |_| outcome(Verdict::BoundReached, None, Some(1.0)),
            "bound 1 above",
        ),
        (
            "a bound that a descent disproves",
            |_| outcome(Verdict::BoundReached, None, Some(0.2)),
            "bound 0.2 above",
        ),
        (
            "a point far from optimal",
            |m| outcome(Verdict::Optimal, point_at(m, 1.5), Some(1.2)),
            "bound 1.2 above",
        ),
        ("an infinite bound", |_| outcome(Verdict::Optimal, None, Some(f64::INFINITY)), "bound inf"),
        ("no feasible point", |_| outcome(Verdict::Infeasible, None, None), "status `scripted`"),
        ("no bounded one", |_| outcome(Verdict::Unbounded, None, None), "status `scripted`"),
        ("one of the two", |_| outcome(Verdict::InfeasibleOrUnbounded, None, None), "status `scripted`"),
        ("none below a cutoff", |_| outcome(Verdict::NoneBetterThanCutoff, None, None), "status `scripted`"),
        (
            "a point too short",
            |_| outcome(Verdict::Optimal, Some(vec![0.0]), Some(-0.3)),
            "a point of 1 values",
        ),
        ("an empty point", |_| outcome(Verdict::Optimal, Some(vec![]), Some(-0.3)), "a point of 0 values"),
    ];
    for (name, claim, reason) in claims {
        let error = answer_to(claim).unwrap_err().to_string();
        assert!(error.starts_with("scripted gives an answer that cannot be right: "), "{name}: {error}");
        assert!(error.contains(reason), "{name}: {error}");
    }
}

#[test]
fn claims_that_say_little_prove_nothing() {
    type Claim = fn(&Model) -> Outcome;
    let claims: [(&str, Claim); 7] = [
        ("nothing", |_| nothing()),
        ("trouble", |_| outcome(Verdict::Numerical, None, None)),
        ("a bound of no number", |_| outcome(Verdict::Optimal, None, Some(f64::NAN))),
        ("a bound below the relaxation's", |m| outcome(Verdict::Optimal, point_at(m, 0.0), Some(-50.0))),
        ("a point outside the box", |m| outcome(Verdict::Optimal, point_at(m, -100.0), Some(-100.0))),
        ("a point of no numbers", |m| outcome(Verdict::Optimal, point_at(m, f64::NAN), Some(-5.0))),
        ("the optimum without a bound", |m| outcome(Verdict::TargetReached, point_at(m, 0.0), None)),
    ];
    let (network, input, function) = question();
    for (name, claim) in claims {
        let answer = answer_to(claim).unwrap();
        assert_eq!(answer.proof, Proof::Open, "{name}");
        assert!((answer.lower_bound - RELAXED).abs() < 1e-9, "{name}: {}", answer.lower_bound);
        let incumbent = answer.incumbent.unwrap();
        assert!(input.contains(incumbent.input.view()), "{name}");
        assert_eq!(
            incumbent.value,
            function.value(network.forward_one(incumbent.input.view()).view()),
            "{name}"
        );
    }
}

#[test]
fn without_time_the_solver_is_not_asked_and_the_relaxation_answers() {
    let solver = scripted(|_: &Model, _: &Limits| panic!("the budget is spent"));
    let cancelled = Cancellation::new();
    cancelled.cancel();
    for budget in [Budget::lasting(Duration::ZERO), Budget::unlimited().with_cancellation(cancelled)] {
        let answer = ask(&solver, MarginGoal::Minimum, &budget).unwrap();
        assert_eq!(answer.proof, Proof::Open);
        assert!((answer.lower_bound - RELAXED).abs() < 1e-9);
        assert_eq!((answer.nodes, answer.wall_time), (Some(0), Duration::ZERO));
        assert_eq!(answer.raw_status, "budget exhausted before the search");
    }
}

#[test]
fn the_solver_gets_the_callers_time_and_cancellation() {
    let cancellation = Cancellation::new();
    let budget = Budget::lasting(Duration::from_secs(60)).with_cancellation(cancellation.clone());
    let solver = scripted(move |_: &Model, limits: &Limits| {
        let time = limits.time.expect("the budget has a deadline");
        assert!(Duration::ZERO < time && time <= Duration::from_secs(60));
        cancellation.cancel();
        assert!(limits.cancellation.is_cancelled(), "the caller's flag is the solver's");
        outcome(Verdict::Limit(LimitKind::Cancelled), None, Some(-0.9))
    });
    let answer = ask(&solver, MarginGoal::Minimum, &budget).unwrap();
    assert_eq!((answer.proof, answer.lower_bound), (Proof::Open, -0.9));
}

#[test]
fn stops_are_asked_for_only_where_the_solver_has_them_and_only_for_signs() {
    // Positive everywhere by 0.2, which only a search can tell.
    let network =
        chain([1], [affine(&[[1.0], [-1.0]], &[0.0, 0.0]), Op::Relu, affine(&[[1.0, 1.0]], &[0.2])]);
    let function = LinearFunction { coefficients: array![1.0], constant: 0.0 };
    let asked = |capabilities: Vec<solver_api::Capability>, goal| {
        let seen = Arc::new(std::sync::Mutex::new(None));
        let record = seen.clone();
        let answer = move |_: &Model, limits: &Limits| {
            *record.lock().unwrap() = Some((limits.target.is_some(), limits.bound_stop.is_some()));
            nothing()
        };
        let solver = Scripted { capabilities, ..scripted(answer) };
        let oracle = MilpOracle {
            solver: &solver,
            options: Options::default(),
            bounds: BoundChain::crown(),
            formulation: Formulation::BigM,
            alternatives: Alternatives::InTurn,
            start: SolverStart::None,
        };
        let mut session = oracle.open(&network, &sides(&[(-1.0, 2.0)]).into()).unwrap();
        session.minimise(&function, goal, &Budget::unlimited()).unwrap();
        seen.lock().unwrap().take().expect("the solver was asked")
    };
    use solver_api::Capability::{BoundStop, Target};
    assert_eq!(asked(vec![Target, BoundStop], MarginGoal::Sign), (true, true));
    assert_eq!(asked(vec![Target], MarginGoal::Sign), (true, false));
    assert_eq!(asked(vec![], MarginGoal::Sign), (false, false));
    assert_eq!(asked(vec![Target, BoundStop], MarginGoal::Minimum), (false, false));
}
