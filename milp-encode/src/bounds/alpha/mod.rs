//! alpha-CROWN: CROWN with lower slopes that are optimised for every function.

mod adam;
mod lines;
mod relaxed;
mod search;
#[cfg(test)]
mod tests;

use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate, s};
use nn_core::NodeId;
use solver_api::Budget;

use super::backward::BackwardPass;
use super::live::LiveNetwork;
use super::slopes::{LowerSlopes, OpenNeurons};
use super::surroundings::Surroundings;
use super::tightening::{Place, Tightening, Wanted, unit_rows};
use super::{BoundsError, NodeBounds};
use relaxed::RelaxedNetwork;
use search::{Goal, best_slopes};

/// How many numbers of the search may be held at once: what bounds its memory (four bytes each).
const NUMBERS_HELD: usize = 1 << 26;

/// No more functions than this go through one pass together.
const MOST_FUNCTIONS: usize = 512;

/// Backward substitution of linear relaxations, the lower slopes of open ReLUs optimised for every function.
///
/// Any line through the origin with a slope between 0 (or a leaky ReLU's) and 1 lies below a ReLU. For each function,
/// these slopes climb the bound's gradient from CROWN's own slopes, by Adam, projected; the best found are kept. The
/// climb computes in `f32`; the bound that is returned comes from one pass of CROWN with the final slopes, rounded outward.
///
/// Fixed are the slopes above ReLUs, the lines of other non-linear operators, and the bounds of earlier nodes that the
/// relaxation is made of. Source: Xu et al., "Fast and complete: enabling complete neural network verification with rapid
/// and massively parallel incomplete verifiers", 2021.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlphaCrown {
    /// The most steps that a function's slopes take.
    pub iterations: usize,
    /// How far a slope moves in the first step.
    pub learning_rate: f64,
    /// By what this shrinks from step to step.
    pub decay: f64,
    /// A function is left alone after so many steps in a row that improved its bound by less than a thousandth.
    pub patience: usize,
}

impl Default for AlphaCrown {
    fn default() -> Self {
        Self { iterations: 20, learning_rate: 0.25, decay: 0.95, patience: 5 }
    }
}

impl Tightening for AlphaCrown {
    fn name(&self) -> &'static str {
        "alpha-crown"
    }

    fn lower_bounds(
        &self,
        place: Place<'_>,
        functions: ArrayView2<'_, f64>,
        budget: &Budget,
    ) -> Result<Array1<f64>, BoundsError> {
        let count = place.network.node(place.node).element_count();
        assert_eq!(functions.ncols(), count, "one column an element of the node");
        let live = LiveNetwork::of_node(place);
        let relaxation = Relaxation::new(live.place());
        let mut bounds = Array1::from_elem(functions.nrows(), f64::NEG_INFINITY);
        for start in (0..functions.nrows()).step_by(relaxation.functions_per_pass) {
            if start > 0 && budget.is_exhausted() {
                break;
            }
            let end = (start + relaxation.functions_per_pass).min(functions.nrows());
            let rows = functions.slice(s![start..end, ..]).to_owned();
            bounds.slice_mut(s![start..end]).assign(&self.bound(&relaxation, rows, Goal::Bounds, budget));
        }
        Ok(bounds)
    }

    fn ranges(
        &self,
        place: Place<'_>,
        elements: &[usize],
        wanted: Wanted,
        budget: &Budget,
    ) -> Result<NodeBounds, BoundsError> {
        let count = place.network.node(place.node).element_count();
        let goal = match wanted {
            Wanted::Sign => Goal::SignsOfPairs,
            Wanted::Range => Goal::Bounds,
        };
        let live = LiveNetwork::of_node(place);
        let relaxation = Relaxation::new(live.place());
        let mut lower = Array1::from_elem(elements.len(), f64::NEG_INFINITY);
        let mut upper = Array1::from_elem(elements.len(), f64::INFINITY);
        let elements_per_pass = relaxation.functions_per_pass.div_ceil(2);
        for start in (0..elements.len()).step_by(elements_per_pass) {
            if budget.is_exhausted() {
                break;
            }
            let end = (start + elements_per_pass).min(elements.len());
            let rows = unit_rows(&elements[start..end], count);
            let both =
                concatenate(Axis(0), &[rows.view(), (-&rows).view()]).expect("both have the same columns");
            let found = self.bound(&relaxation, both, goal, budget);
            lower.slice_mut(s![start..end]).assign(&found.slice(s![..end - start]));
            upper.slice_mut(s![start..end]).assign(&-&found.slice(s![end - start..]));
        }
        Ok(NodeBounds { lower, upper })
    }
}

/// What all functions of a node share.
struct Relaxation<'a> {
    surroundings: Surroundings<'a>,
    node: NodeId,
    relaxed: RelaxedNetwork<f32>,
    functions_per_pass: usize,
}

impl<'a> Relaxation<'a> {
    fn new(place: Place<'a>) -> Self {
        let neurons = OpenNeurons::up_to(place.network, place.bounds, place.node);
        // Values and coefficients of every node; slopes, their best, their gradient and its two moments.
        let elements: usize =
            place.network.nodes()[..=place.node.index()].iter().map(nn_core::Node::element_count).sum();
        let numbers = 2 * elements + 5 * neurons.count();
        let functions_per_pass = (NUMBERS_HELD / numbers.max(1)).clamp(1, MOST_FUNCTIONS);
        Self {
            surroundings: Surroundings::new(place.network, place.bounds),
            node: place.node,
            relaxed: RelaxedNetwork::new(place, neurons),
            functions_per_pass,
        }
    }
}

impl AlphaCrown {
    /// Proven lower bounds of some functions.
    fn bound(
        &self,
        relaxation: &Relaxation<'_>,
        functions: Array2<f64>,
        goal: Goal,
        budget: &Budget,
    ) -> Array1<f64> {
        let Relaxation { surroundings, node, relaxed, .. } = relaxation;
        let pass = BackwardPass::of_functions(surroundings, *node, functions.view());
        if relaxed.neurons().count() == 0 {
            return pass.lower_bounds();
        }
        let start = relaxed.neurons().adaptive_slopes(surroundings.network, surroundings.bounds);
        let slopes = best_slopes(self, relaxed, functions.view(), &start, goal, budget);
        let slopes = LowerSlopes::new(relaxed.neurons().clone(), slopes);
        pass.with_lower_slopes(&slopes).lower_bounds()
    }
}
