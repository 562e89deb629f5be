//! What every adapter must answer: lists of cases, each of which asks one `&dyn Solver`.
//!
//! A solver's own test file runs [`check_all`] over each list; what a solver cannot express it need not answer.

pub(crate) mod build;
pub(crate) mod limits;
pub(crate) mod numbers;
pub(crate) mod random;
pub(crate) mod sessions;
pub(crate) mod starts;
pub(crate) mod verdicts;

use std::panic::{AssertUnwindSafe, catch_unwind};

use solver_api::{Capability, CheckOptions, Limits, Model, Options, Outcome, Solver, check_outcome};

/// One question with its answer.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// What a solver must be able to express to be asked.
    pub(crate) needs: &'static [Capability],
    /// Panics where the answer is wrong.
    pub(crate) ask: fn(&dyn Solver),
}

/// Asks every case that the solver can express, and names all that failed.
pub(crate) fn check_all(solver: &dyn Solver, cases: &[Case]) {
    let capabilities = solver.capabilities();
    let mut asked = 0;
    let mut failed = Vec::new();
    for case in cases.iter().filter(|case| case.needs.iter().all(|need| capabilities.has(*need))) {
        asked += 1;
        if catch_unwind(AssertUnwindSafe(|| (case.ask)(solver))).is_err() {
            failed.push(case.name);
        }
    }
    assert!(asked > 0, "{} can express none of the cases", solver.name());
    assert!(failed.is_empty(), "{} fails {} of {asked} cases: {failed:#?}", solver.name(), failed.len());
}

/// Solves a model with default options and holds the outcome against it.
pub(crate) fn solve(solver: &dyn Solver, model: &Model, limits: &Limits) -> Outcome {
    solve_with(solver, model, &Options::default(), limits)
}

pub(crate) fn solve_with(solver: &dyn Solver, model: &Model, options: &Options, limits: &Limits) -> Outcome {
    let mut session = solver.open(model, options).expect("the model is valid");
    let outcome = session.solve(limits).expect("the limits are valid");
    assert_eq!(session.model(), model);
    hold(model, &outcome, options, limits);
    outcome
}

/// Checks an outcome by its model and what was asked.
pub(crate) fn hold(model: &Model, outcome: &Outcome, options: &Options, limits: &Limits) {
    if let Err(fault) = check_outcome(model, outcome, &CheckOptions::new(options, limits)) {
        panic!("{fault}: {outcome:?}");
    }
}

/// Whether two objectives agree within what the gaps and tolerances allow.
pub(crate) fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-5 * a.abs().max(b.abs()).max(1.0)
}

pub(crate) fn objective(outcome: &Outcome) -> f64 {
    outcome.incumbent.as_ref().unwrap_or_else(|| panic!("no incumbent: {outcome:?}")).objective
}
