//! CROWN bounds.

use ndarray::{Array1, ArrayView2};
use nn_core::{Network, NodeId, Op};
use solver_api::Budget;

use super::backward::BackwardPass;
use super::chain::{BoundChain, Elements};
use super::surroundings::Surroundings;
use super::tightening::{Place, Tightening, Wanted};
use super::{BoundsError, NetworkBounds, NodeBounds};
use crate::property::InputBox;

/// How many elements of a node go through one backward pass: what keeps the coefficients of a layer in the cache.
const ELEMENTS_PER_PASS: usize = 128;

/// From how many elements on a pass is worth its while, where more elements mean larger patches of an image.
const ELEMENTS_WORTH_A_PASS: usize = 24;

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
        let mut lower = Array1::from_elem(elements.len(), f64::NEG_INFINITY);
        let mut upper = Array1::from_elem(elements.len(), f64::INFINITY);
        let surroundings = Surroundings::new(place.network, place.bounds);
        for positions in passes(place.network, place.node, elements) {
            if budget.is_exhausted() {
                break;
            }
            let together: Vec<usize> = positions.iter().map(|position| elements[*position]).collect();
            let found = BackwardPass::of_elements(&surroundings, place.node, &together).lower_bounds();
            for (row, position) in positions.iter().enumerate() {
                lower[*position] = found[row];
                upper[*position] = -found[positions.len() + row];
            }
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
    BackwardPass::of_functions(&Surroundings::new(network, bounds), node, functions).lower_bounds()
}

/// Which elements go through a pass together, by their places in `elements`: of a convolution neighbours, as these
/// depend on the same patches of its input.
fn passes(network: &Network<f64>, node: NodeId, elements: &[usize]) -> Vec<Vec<usize>> {
    let places: Vec<usize> = (0..elements.len()).collect();
    let (Op::Conv2d(_), Some([_, height, width])) =
        (network.node(node).op(), network.node(node).shape().as_image())
    else {
        return places.chunks(ELEMENTS_PER_PASS).map(<[usize]>::to_vec).collect();
    };
    let pixel = |place: &usize| elements[*place] % (height * width);
    let mut in_order = places;
    in_order.sort_by_key(|place| (pixel(place), elements[*place]));
    let mut passes: Vec<Vec<usize>> = Vec::new();
    for neighbours in in_order.chunk_by(|a, b| pixel(a) == pixel(b)) {
        for together in neighbours.chunks(ELEMENTS_PER_PASS) {
            match passes.last_mut() {
                Some(pass) if pass.len() < ELEMENTS_WORTH_A_PASS => pass.extend(together),
                _ => passes.push(together.to_vec()),
            }
        }
    }
    passes
}
