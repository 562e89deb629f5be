//! The conformance suite passes an honest solver, and finds every one of its lies.

mod duals;
mod honest;
mod liar;
mod lies;
mod pieces;
mod simplex;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use solver_api::Solver;
use solver_api::conformance::{
    Case, DEGENERATE, DUALS, LIMITS, NUMBERS, RANDOM, REFUSALS, RELU, SESSIONS, SPECIAL, STARTS, VERDICTS,
    VERTICES,
};

use honest::Honest;
use liar::Lie;
use lies::LIES;

solver_api::conforms!(Honest);

thread_local! {
    static PANICS_ARE_EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// Keeps panics that are expected out of the output.
fn quietly<T>(work: impl FnOnce() -> T) -> T {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let hook = take_hook();
        set_hook(Box::new(move |info| {
            if !PANICS_ARE_EXPECTED.get() {
                hook(info);
            }
        }));
    });
    PANICS_ARE_EXPECTED.set(true);
    let result = work();
    PANICS_ARE_EXPECTED.set(false);
    result
}

/// The first case that a solver fails.
fn first_failure(solver: &dyn Solver) -> Option<&'static str> {
    let capabilities = solver.capabilities();
    let claims = |case: &&Case| case.needs.iter().all(|need| capabilities.has(*need));
    [
        VERDICTS, DUALS, REFUSALS, NUMBERS, DEGENERATE, STARTS, LIMITS, VERTICES, SESSIONS, RANDOM, RELU,
        SPECIAL,
    ]
    .into_iter()
    .flatten()
    .filter(claims)
    .find(|case| quietly(|| catch_unwind(AssertUnwindSafe(|| (case.ask)(solver))).is_err()))
    .map(|case| case.name)
}

#[test]
fn every_lie_fails_a_case() {
    let undetected: Vec<&str> =
        LIES.iter().filter(|lie: &&Lie| first_failure(*lie).is_none()).map(|lie| lie.name).collect();
    assert!(undetected.is_empty(), "the suite believes {undetected:#?}");
}

/// Without the cases written by hand, those with exact answers still find what changes an answer.
#[test]
fn wrong_models_fail_the_exact_cases_alone() {
    for (name, cases) in [
        ("equations as upper bounds", VERTICES),
        ("rows are not added", VERTICES),
        ("no whole numbers", RELU),
        ("big-Ms in three digits", RELU),
        ("the first solution is optimal", RELU),
    ] {
        let lie = LIES.iter().find(|lie| lie.name == name).expect("it is in the list");
        let fails = |case: &Case| quietly(|| catch_unwind(AssertUnwindSafe(|| (case.ask)(lie))).is_err());
        assert!(cases.iter().any(fails), "{name} passes");
    }
}
