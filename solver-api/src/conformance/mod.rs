//! What every adapter must answer, feature `conformance`: lists of cases, each of which asks one `&dyn Solver`.
//!
//! An adapter's test file holds one line, [`conforms!`](crate::conforms); a case that needs what the adapter does not
//! claim in [`Solver::capabilities`] is not asked. The answers come from enumeration or by hand, never from a solver.

pub mod build;

mod degenerate;
mod duals;
mod exact;
mod limits;
mod numbers;
mod random;
mod refusals;
mod relu;
mod relu_networks;
mod separators;
mod sessions;
mod special;
mod starts;
mod verdicts;
mod vertices;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use exact::{ExactAnswer, ExactNumber, exact_answer};
pub use relu::{ReluEncoding, relu_encodings};
pub use separators::exact_load;
pub use sessions::wide_lp;
pub use vertices::{KnownModel, known_lps};

use crate::{Capability, CheckOptions, Limits, Model, Options, Outcome, Solver, check_outcome};

/// One question with its answer.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What holds.
    pub name: &'static str,
    /// What a solver must be able to express to be asked.
    pub needs: &'static [Capability],
    /// Panics where the answer is wrong.
    pub ask: fn(&dyn Solver),
}

/// Models without limits: what is optimal, infeasible, unbounded.
pub const VERDICTS: &[Case] = verdicts::CASES;
/// Limits, cutoffs, targets, bound stops and cancellation.
pub const LIMITS: &[Case] = limits::CASES;
/// Start points, good and bad.
pub const STARTS: &[Case] = starts::CASES;
/// Sessions that change and solve again.
pub const SESSIONS: &[Case] = sessions::CASES;
/// Huge, tiny and odd numbers.
pub const NUMBERS: &[Case] = numbers::CASES;
/// Random models against enumeration.
pub const RANDOM: &[Case] = random::CASES;
/// Degenerate models, and what model files get wrong.
pub const DEGENERATE: &[Case] = degenerate::CASES;
/// Multipliers of rows.
pub const DUALS: &[Case] = duals::CASES;
/// What is not claimed.
pub const REFUSALS: &[Case] = refusals::CASES;
/// Linear programs and changing models against exact vertices.
pub const VERTICES: &[Case] = vertices::CASES;
/// ReLU networks against exact enumeration of their phases.
pub const RELU: &[Case] = relu::CASES;

/// Indicators and special ordered sets.
pub const SPECIAL: &[Case] = special::CASES;
/// Separators.
pub const SEPARATORS: &[Case] = separators::CASES;

/// Makes a test of each list of cases for a solver, given as an expression.
///
/// ```text
/// solver_api::conforms!(solver_api::Highs);
/// ```
#[macro_export]
macro_rules! conforms {
    ($solver:expr) => {
        $crate::conforms! { $solver;
            verdicts_conform: VERDICTS,
            limits_conform: LIMITS,
            starts_conform: STARTS,
            sessions_conform: SESSIONS,
            numbers_conform: NUMBERS,
            degenerate_models_conform: DEGENERATE,
            duals_conform: DUALS,
            refusals_conform: REFUSALS,
            random_models_conform: RANDOM,
            exact_vertices_conform: VERTICES,
            relu_encodings_conform: RELU,
            indicators_and_sets_conform: SPECIAL,
            separators_conform: SEPARATORS,
        }
    };
    ($solver:expr; $($test:ident: $cases:ident,)*) => {
        $(#[test]
        fn $test() {
            $crate::conformance::check_all(&$solver, $crate::conformance::$cases);
        })*
    };
}

/// Asks every case that the solver can express, and names all that failed.
///
/// # Panics
/// Where a case fails.
pub fn check_all(solver: &dyn Solver, cases: &[Case]) {
    let capabilities = solver.capabilities();
    let mut asked = 0;
    let mut failed = Vec::new();
    for case in cases.iter().filter(|case| case.needs.iter().all(|need| capabilities.has(*need))) {
        asked += 1;
        if catch_unwind(AssertUnwindSafe(|| (case.ask)(solver))).is_err() {
            failed.push(case.name);
        }
    }
    assert!(failed.is_empty(), "{} fails {} of {asked} cases: {failed:#?}", solver.name(), failed.len());
}

/// Solves a model with default options and holds the outcome against it.
///
/// # Panics
/// Where the solver refuses the model or the outcome contradicts it.
pub fn solve(solver: &dyn Solver, model: &Model, limits: &Limits) -> Outcome {
    solve_with(solver, model, &Options::default(), limits)
}

/// Solves a model and holds the outcome against it.
///
/// # Panics
/// Where the solver refuses the model or the outcome contradicts it.
pub fn solve_with(solver: &dyn Solver, model: &Model, options: &Options, limits: &Limits) -> Outcome {
    let mut session = solver.open(model, options).expect("the model is valid");
    let outcome = session.solve(limits).expect("the limits are valid");
    assert_eq!(session.model(), model);
    hold(model, &outcome, options, limits);
    outcome
}

/// Checks an outcome by its model and what was asked.
///
/// # Panics
/// With the fault that was found.
pub fn hold(model: &Model, outcome: &Outcome, options: &Options, limits: &Limits) {
    if let Err(fault) = check_outcome(model, outcome, &CheckOptions::new(options, limits)) {
        panic!("{fault}: {outcome:?}");
    }
}

/// Whether two objectives agree within what the gaps and tolerances allow.
pub fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-5 * a.abs().max(b.abs()).max(1.0)
}

/// The incumbent's objective.
///
/// # Panics
/// Where there is none.
pub fn objective(outcome: &Outcome) -> f64 {
    outcome.incumbent.as_ref().unwrap_or_else(|| panic!("no incumbent: {outcome:?}")).objective
}
