//! The importance program: its rows, its optima, and what solvers make of it.

mod known_optima;
mod published_rows;
mod replay;
mod solvers;

use ndarray::Array2;
use nn_core::Network;
use pruning::Samples;
use pruning::importance::{Importance, ImportanceConfig, ImportanceModel, ScoredImage};
use solver_api::{Budget, Highs, Options, Solver};

/// All solvers that this build knows; the first is HiGHS.
fn solvers() -> Vec<Box<dyn Solver>> {
    vec![
        Box::new(Highs),
        #[cfg(feature = "scip")]
        Box::new(solver_api::Scip),
        #[cfg(feature = "cbc")]
        Box::new(solver_api::Cbc),
    ]
}

fn exactly(inputs: &Array2<f64>, labels: &[u8]) -> Vec<ScoredImage> {
    ScoredImage::exactly(Samples { inputs: inputs.view(), labels }).expect("finite images")
}

/// Solves to the end.
fn solve(
    network: &Network<f64>,
    images: &[ScoredImage],
    config: &ImportanceConfig,
    solver: &dyn Solver,
) -> Importance {
    let program = ImportanceModel::new(network, images, config).expect("the images fit");
    let found = program.solve(solver, &Options::default(), &Budget::unlimited(), &mut |_| ());
    let found = found.unwrap_or_else(|error| panic!("{}: {error}", solver.name()));
    assert!(found.is_proven, "{}: {found:?}", solver.name());
    found
}
