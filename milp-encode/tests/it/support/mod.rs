//! What several tests need.

pub(crate) mod brute_force;
pub(crate) mod build;
pub(crate) mod evaluated;
pub(crate) mod plain_crown;
pub(crate) mod random;
pub(crate) mod recipes;
pub(crate) mod reference;
pub(crate) mod scripted;
pub(crate) mod shared;
pub(crate) mod wide;

use milp_encode::{Encoding, Formulation};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use solver_api::{Highs, Limits, Model, Options, Solver, Verdict};

pub(crate) fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// The formulations of these names.
pub(crate) fn formulations<const N: usize>(names: [&str; N]) -> [Formulation; N] {
    names.map(|name| Formulation::by_name(name).unwrap())
}

/// The formulations that are exact and that a solver with binaries and rows alone can solve.
pub(crate) fn exact_in_rows() -> [Formulation; 5] {
    formulations(["big-m", "big-m-paper", "sharp", "partition:2", "partition:1000"])
}

/// The least value of an encoding's objective, by HiGHS.
pub(crate) fn optimum(encoding: &Encoding) -> f64 {
    solve(encoding.model())
}

pub(crate) fn solve(model: &Model) -> f64 {
    let options = Options {
        feasibility_tolerance: 1e-8,
        integrality_tolerance: 1e-8,
        absolute_gap: 1e-9,
        ..Options::default()
    };
    let outcome = Highs.open(model, &options).unwrap().solve(&Limits::default()).unwrap();
    assert_eq!(outcome.verdict, Verdict::Optimal, "{}", outcome.raw_status);
    outcome.incumbent.unwrap().objective
}
