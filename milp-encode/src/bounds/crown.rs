//! CROWN bounds.

use ndarray::{Array1, ArrayView2, s};
use nn_core::{Network, NodeId};
use solver_api::Budget;

use super::backward::BackwardPass;
use super::chain::{BoundChain, Elements};
use super::tightening::{Place, Tightening, Wanted, unit_rows};
use super::{BoundsError, NetworkBounds, NodeBounds};
use crate::property::InputBox;

/// How many elements of a node go through one backward pass: what bounds the memory that wide layers take.
const ELEMENTS_PER_PASS: usize = 256;

/// Backward substitution of linear relaxations, with the lower slope of an open ReLU 1 or 0, whichever leaves the smaller
/// area.
///
/// Never looser than interval bounds once intersected with them; but, since the slopes depend on the box, a box inside
/// another may have looser bounds. Source: Zhang et al., "Efficient neural network robustness certification with general
/// activation functions", 2018 (CROWN); Singh et al., "An abstract domain for certifying neural networks", 2019
/// (DeepPoly).
#[derive(Clone, Copy, Debug, Default)]
pub struct Crown;

impl Tightening for Crown {
    fn name(&self) -> &'static str {
        "crown"
    }

    fn lower_bounds(
        &self,
        place: Place<'_>,
        functions: ArrayView2<'_, f64>,
        _budget: &Budget,
    ) -> Result<Array1<f64>, BoundsError> {
        Ok(crown_lower_bounds(place.network, place.bounds, place.node, functions))
    }

    fn ranges(
        &self,
        place: Place<'_>,
        elements: &[usize],
        _wanted: Wanted,
        budget: &Budget,
    ) -> Result<NodeBounds, BoundsError> {
        let count = place.network.node(place.node).element_count();
        let mut lower = Array1::from_elem(elements.len(), f64::NEG_INFINITY);
        let mut upper = Array1::from_elem(elements.len(), f64::INFINITY);
        for start in (0..elements.len()).step_by(ELEMENTS_PER_PASS) {
            if budget.is_exhausted() {
                break;
            }
            let end = (start + ELEMENTS_PER_PASS).min(elements.len());
            let rows = unit_rows(&elements[start..end], count);
            let mut pass = BackwardPass::new(place.network, place.bounds, place.node, rows);
            // An affine step is the same for both signs.
            pass.substitute(place.node);
            let found = pass.joined_by_negations().lower_bounds();
            lower.slice_mut(s![start..end]).assign(&found.slice(s![..end - start]));
            upper.slice_mut(s![start..end]).assign(&-&found.slice(s![end - start..]));
        }
        Ok(NodeBounds { lower, upper })
    }
}

/// Interval bounds, tightened by CROWN for the inputs of all non-linear operators and for the output.
///
/// Where interval arithmetic is exact already, no backward pass is made.
///
/// # Errors
/// [`BoundsError`] where the box does not fit the network, or numbers overflow.
pub fn crown_bounds(
    network: &Network<f64>,
    input: &InputBox,
    elements: Elements,
) -> Result<NetworkBounds, BoundsError> {
    BoundChain::crown().on(elements).compute(network, input, &Budget::unlimited())
}

/// A proven lower bound of every row of `functions` applied to a node's value, over the box of `bounds`.
///
/// `functions` has one row a function and one column an element of the node; `bounds` are those of the whole network.
/// A bound beyond what f64 can hold is `-inf`.
///
/// # Panics
/// Where `functions` has another number of columns than the node has elements.
pub fn crown_lower_bounds(
    network: &Network<f64>,
    bounds: &NetworkBounds,
    node: NodeId,
    functions: ArrayView2<'_, f64>,
) -> Array1<f64> {
    assert_eq!(functions.ncols(), network.node(node).element_count(), "one column an element of the node");
    BackwardPass::new(network, bounds, node, functions.to_owned()).lower_bounds()
}
