//! What one thread works with.

use pulp::Arch;

use super::backward::Backward;
use super::part::Sides;
use super::points::Points;
use super::problem::Problem;
use super::relax::Relaxed;
use super::zonotope::Zonotope;

/// Room for bounds of one part of the input box after the other.
#[derive(Debug)]
pub(super) struct Workspace {
    pub(super) arch: Arch,
    /// The part.
    pub(super) sides: Sides,
    pub(super) zonotope: Zonotope,
    /// One a hidden layer.
    pub(super) relaxed: Vec<Relaxed>,
    pub(super) backward: Backward,
    pub(super) points: Points,
    pub(super) kinks: Vec<(f64, f64)>,
    pub(super) scores: Vec<f64>,
}

impl Workspace {
    pub(super) fn new(problem: &Problem) -> Self {
        let widest = problem.layers.iter().map(|layer| layer.outputs).max().unwrap_or(0);
        // Either both ends of some neurons, or each function of every conjunction and a mean of two.
        let functions = problem.functions().outputs + problem.conjunctions.len();
        Self {
            arch: Arch::new(),
            sides: Sides::default(),
            zonotope: Zonotope::new(&problem.layers),
            relaxed: problem.hidden().iter().map(Relaxed::new).collect(),
            backward: Backward::new(&problem.layers, functions.max(2 * widest)),
            points: Points::new(&problem.layers),
            kinks: Vec::new(),
            scores: Vec::new(),
        }
    }
}
