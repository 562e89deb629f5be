//! A solver that lies in every way it can, and the checker that finds each lie.

use solver_api::{
    Capabilities, CheckOptions, Column, ColumnId, LimitKind, Limits, Model, Options, Outcome, OutcomeFault,
    Point, Session, SolveStatistics, Solver, SolverError, Verdict, check_outcome,
};

const INF: f64 = f64::INFINITY;

/// minimise 10 + x over whole 0 <= x <= 1 and 0.5 <= x: the optimum is 11.
fn model() -> Model {
    let mut model = Model::new("one");
    let x = model.add_column(Column::binary("x")).expect("valid");
    model.add_row("half", 0.5, INF, [(x, 1.0)]).expect("valid");
    model.set_objective(10.0, [(x, 1.0)]).expect("valid");
    model
}

/// A solver that gives the same answer to every question.
struct Liar(Outcome);

struct LiarSession {
    model: Model,
    answer: Outcome,
}

impl Solver for Liar {
    fn name(&self) -> &str {
        "liar"
    }

    fn version(&self) -> Result<String, SolverError> {
        Ok("0".to_owned())
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    fn open(&self, model: &Model, _: &Options) -> Result<Box<dyn Session>, SolverError> {
        Ok(Box::new(LiarSession { model: model.clone(), answer: self.0.clone() }))
    }
}

impl Session for LiarSession {
    fn model(&self) -> &Model {
        &self.model
    }

    fn set_bounds(&mut self, column: ColumnId, lower: f64, upper: f64) -> Result<(), SolverError> {
        Ok(self.model.set_bounds(column, lower, upper)?)
    }

    fn set_objective(&mut self, offset: f64, terms: &[(ColumnId, f64)]) -> Result<(), SolverError> {
        Ok(self.model.set_objective(offset, terms.iter().copied())?)
    }

    fn add_row(
        &mut self,
        name: &str,
        lower: f64,
        upper: f64,
        terms: &[(ColumnId, f64)],
    ) -> Result<(), SolverError> {
        self.model.add_row(name, lower, upper, terms.iter().copied())?;
        Ok(())
    }

    fn set_start(&mut self, _: &[f64]) -> Result<(), SolverError> {
        Err(SolverError::Unsupported { solver: "liar".to_owned(), what: "a start".to_owned() })
    }

    fn solve(&mut self, _: &Limits) -> Result<Outcome, SolverError> {
        Ok(self.answer.clone())
    }
}

fn answer(verdict: Verdict, incumbent: Option<(f64, f64)>, dual_bound: Option<f64>) -> Outcome {
    Outcome {
        verdict,
        incumbent: incumbent.map(|(x, objective)| Point { values: vec![x], objective }),
        dual_bound,
        row_duals: None,
        statistics: SolveStatistics::default(),
        raw_status: "trust me".to_owned(),
    }
}

/// What the checker says of an answer to a question with these limits.
fn verdict_on(answer: Outcome, limits: &Limits) -> Result<(), OutcomeFault> {
    let options = Options::default();
    let mut session = Liar(answer).open(&model(), &options).expect("a liar takes everything");
    let outcome = session.solve(limits).expect("a liar answers everything");
    check_outcome(session.model(), &outcome, &CheckOptions::new(&options, limits))
}

fn cutoff(cutoff: f64) -> Limits {
    Limits { cutoff: Some(cutoff), ..Limits::default() }
}

fn target(target: f64) -> Limits {
    Limits { target: Some(target), ..Limits::default() }
}

fn bound_stop(bound_stop: f64) -> Limits {
    Limits { bound_stop: Some(bound_stop), ..Limits::default() }
}

#[test]
fn true_answers_pass() {
    let none = Limits::default();
    let point = Some((1.0, 11.0));
    for (answer, limits) in [
        (answer(Verdict::Optimal, point, Some(11.0)), &none),
        (answer(Verdict::Optimal, point, Some(11.0 + 1e-9)), &none),
        (answer(Verdict::Optimal, Some((1.0 + 1e-7, 11.0 + 1e-7)), Some(11.0 - 1e-6)), &none),
        (answer(Verdict::Optimal, point, Some(11.0)), &cutoff(11.5)),
        (answer(Verdict::Optimal, point, Some(11.0)), &target(5.0)),
        (answer(Verdict::NoneBetterThanCutoff, None, Some(10.5)), &cutoff(10.5)),
        (answer(Verdict::NoneBetterThanCutoff, point, Some(10.5)), &cutoff(10.5)),
        (answer(Verdict::NoneBetterThanCutoff, None, None), &cutoff(-INF)),
        (answer(Verdict::TargetReached, point, None), &target(11.0)),
        (answer(Verdict::TargetReached, point, Some(10.0)), &target(12.0)),
        (answer(Verdict::BoundReached, None, Some(10.75)), &bound_stop(10.5)),
        (answer(Verdict::BoundReached, point, Some(10.75)), &bound_stop(10.75)),
        (answer(Verdict::Limit(LimitKind::Time), None, None), &none),
        (answer(Verdict::Limit(LimitKind::Nodes), point, Some(10.5)), &none),
        (answer(Verdict::Unbounded, None, None), &none),
        (answer(Verdict::InfeasibleOrUnbounded, None, None), &none),
        (answer(Verdict::Infeasible, None, None), &none),
        (answer(Verdict::Numerical, None, None), &none),
    ] {
        assert_eq!(verdict_on(answer.clone(), limits), Ok(()), "{answer:?} {limits:?}");
    }
}

#[test]
fn points_that_are_not_what_they_claim_are_found() {
    let none = Limits::default();
    for (incumbent, message) in [
        ((0.0, 10.0), "the incumbent violates row `half` by 5e-1"),
        ((3.0, 13.0), "the incumbent violates column `x` by 2e0"),
        ((0.75, 10.75), "the incumbent violates column `x` by 2.5e-1"),
        ((f64::NAN, 11.0), "the incumbent violates row `half` by inf"),
        ((1.0, 10.0), "the incumbent's objective is 11, not 10"),
        ((1.0, 11.001), "the incumbent's objective is 11, not 11.001"),
        ((1.0, f64::NAN), "objective NaN is no number that a model has"),
        (
            (1.0, 1e50),
            "objective 100000000000000000000000000000000000000000000000000 is no number that a model has",
        ),
    ] {
        let fault =
            verdict_on(answer(Verdict::Optimal, Some(incumbent), Some(10.0)), &none).expect_err(message);
        assert_eq!(fault.to_string(), message);
    }
    let mut short = answer(Verdict::Optimal, Some((1.0, 11.0)), Some(11.0));
    short.incumbent.as_mut().expect("just made").values.clear();
    assert!(matches!(verdict_on(short, &none), Err(OutcomeFault::InfeasibleIncumbent { .. })));
}

#[test]
fn bounds_that_cannot_be_are_found() {
    let none = Limits::default();
    let point = Some((1.0, 11.0));
    let limit = Verdict::Limit(LimitKind::Time);
    for sentinel in [INF, -INF, f64::NAN, 1e20, -1e20, 1e30, -1e50, f64::MAX, f64::MIN] {
        let fault = verdict_on(answer(limit, None, Some(sentinel)), &none);
        assert!(
            matches!(fault, Err(OutcomeFault::Sentinel { what: "dual bound", .. })),
            "{sentinel}: {fault:?}"
        );
    }
    for (verdict, bound) in [(Verdict::Optimal, 12.0), (limit, 11.1)] {
        let fault = verdict_on(answer(verdict, point, Some(bound)), &none);
        assert_eq!(fault, Err(OutcomeFault::BoundAboveIncumbent { bound, objective: 11.0 }));
    }
    let fault = verdict_on(answer(Verdict::Optimal, point, Some(10.0)), &none);
    assert_eq!(fault, Err(OutcomeFault::OpenGap { bound: 10.0, objective: 11.0 }));
}

#[test]
fn verdicts_without_their_evidence_are_found() {
    let point = Some((1.0, 11.0));
    for (answer, limits, expected) in [
        (answer(Verdict::Optimal, None, Some(11.0)), Limits::default(), "incumbent"),
        (answer(Verdict::Optimal, point, None), Limits::default(), "dual bound"),
        (answer(Verdict::TargetReached, None, None), target(11.0), "incumbent"),
        (answer(Verdict::BoundReached, point, None), bound_stop(10.5), "dual bound"),
    ] {
        let verdict = answer.verdict;
        assert_eq!(verdict_on(answer, &limits), Err(OutcomeFault::Missing { verdict, missing: expected }));
    }
}

#[test]
fn verdicts_against_their_own_evidence_are_found() {
    let none = Limits::default();
    let point = Some((1.0, 11.0));
    for (answer, limits, surplus) in [
        (answer(Verdict::Infeasible, point, None), &none, "an incumbent"),
        (answer(Verdict::Infeasible, None, Some(11.0)), &none, "a dual bound"),
        (answer(Verdict::Infeasible, None, None), &cutoff(10.0), "a cutoff"),
        (answer(Verdict::Unbounded, point, Some(0.0)), &none, "a dual bound"),
        (answer(Verdict::InfeasibleOrUnbounded, None, Some(0.0)), &none, "a dual bound"),
        (answer(Verdict::NoneBetterThanCutoff, point, None), &cutoff(12.0), "a better incumbent"),
        (answer(Verdict::Optimal, point, Some(11.0)), &cutoff(10.5), "an objective above the cutoff"),
        (answer(Verdict::Optimal, point, Some(11.0)), &cutoff(-INF), "an objective above the cutoff"),
    ] {
        let verdict = answer.verdict;
        assert_eq!(verdict_on(answer, limits), Err(OutcomeFault::Contradiction { verdict, surplus }));
    }
}

#[test]
fn goals_that_were_not_set_or_not_met_are_found() {
    let none = Limits::default();
    let point = Some((1.0, 11.0));
    for (answer, limits, asked, value) in [
        (answer(Verdict::NoneBetterThanCutoff, None, None), &none, None, None),
        (answer(Verdict::TargetReached, point, None), &none, None, Some(11.0)),
        (answer(Verdict::TargetReached, point, None), &target(10.9), Some(10.9), Some(11.0)),
        (answer(Verdict::BoundReached, None, Some(10.5)), &none, None, Some(10.5)),
        (answer(Verdict::BoundReached, None, Some(10.5)), &bound_stop(10.6), Some(10.6), Some(10.5)),
    ] {
        let verdict = answer.verdict;
        assert_eq!(verdict_on(answer, limits), Err(OutcomeFault::NotReached { verdict, asked, value }));
    }
}
