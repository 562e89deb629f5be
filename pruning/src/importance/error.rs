use milp_encode::bounds::BoundsError;
use milp_encode::property::InputBoxError;
use nn_core::NetworkError;
use solver_api::{ModelError, SolverError};
use thiserror::Error;

use crate::SampleError;

/// Why neurons have no importance scores.
#[derive(Debug, Error)]
pub enum ImportanceError {
    /// The images do not fit the network.
    #[error(transparent)]
    Samples(#[from] SampleError),
    /// A point lies outside the region that the bounds are for.
    #[error("point {point} of image {image} lies outside the image's region")]
    Outside {
        /// Which image.
        image: usize,
        /// Which of its points.
        point: usize,
    },
    /// The radius of a region is none.
    #[error(transparent)]
    Region(#[from] InputBoxError),
    /// No bounds of the neurons.
    #[error(transparent)]
    Bounds(#[from] BoundsError),
    /// There is nothing to score.
    #[error("the network has no hidden layer of ReLUs whose units could be scored{}", .hint)]
    NoHiddenLayer {
        /// What would help, as an end of the sentence.
        hint: &'static str,
    },
    /// The published program of March 2020 has no sparsity term for one hidden layer.
    #[error("mode v1 has no sparsity term for a network with one hidden layer; take head or sound")]
    OneLayer,
    /// The operator has no rows.
    #[error("node `{node}` ({op}) depends on scored units and has no place in the importance program")]
    Operator {
        /// The node's name.
        node: String,
        /// The operator's name.
        op: &'static str,
    },
    /// A number of the configuration is none that the program can have.
    #[error("{what} is {value}, but must be finite and at least 0")]
    Configuration {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
    },
    /// Bounds or coefficients that no model takes.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Shifted numbers left the range of f64.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The solver failed.
    #[error(transparent)]
    Solver(#[from] SolverError),
    /// The solver says that the program has no solution; with all scores 1 it has one.
    #[error("the solver calls the importance program {status}, but all scores 1 are a solution of it")]
    Contradiction {
        /// The solver's own words.
        status: String,
    },
}
