//! What a method of bounding has to offer.

use ndarray::{Array1, Array2, ArrayView2};
use nn_core::{Network, NodeId};
use solver_api::Budget;

use super::{BoundsError, NetworkBounds, NodeBounds};

/// A node of a network whose earlier nodes have their final bounds.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The network.
    pub network: &'a Network<f64>,
    /// Bounds of all nodes up to and including this one; the box's among them, as those of the input.
    pub bounds: &'a NetworkBounds,
    /// The node that is bounded.
    pub node: NodeId,
}

/// How much of an element's range is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// Whether it reaches zero: a method may stop as soon as either bound settles the sign.
    Sign,
    /// Both bounds, as tight as the method makes them.
    Range,
}

/// A method that bounds linear functions of a node's value from below, over the input box.
///
/// Every bound must hold in real arithmetic, rounding errors of its computation included; a method that takes a solver's
/// word, as [`Milp`](super::Milp) does, has to say so.
pub trait Tightening: Sync {
    /// The method's name, as the command line and results spell it.
    fn name(&self) -> &'static str;

    /// Whether bounds are found by a search as dear as the questions that they shall make easier: worth it where the sign of
    /// a neuron is open, and for the output's functions never.
    fn is_search(&self) -> bool {
        false
    }

    /// A proven lower bound of every row of `functions`, (functions, element count of the node), applied to the node's
    /// value; `-inf` where nothing is known or the budget ran out.
    ///
    /// # Errors
    /// [`BoundsError`] where the method cannot treat the network, or an engine under it failed.
    ///
    /// # Panics
    /// Where `functions` has another number of columns than the node has elements.
    fn lower_bounds(
        &self,
        place: Place<'_>,
        functions: ArrayView2<'_, f64>,
        budget: &Budget,
    ) -> Result<Array1<f64>, BoundsError>;

    /// Proven ranges of some elements of the node's value, in the order of `elements`.
    ///
    /// The caller intersects them with what it knows.
    ///
    /// # Errors
    /// As [`Tightening::lower_bounds`].
    fn ranges(
        &self,
        place: Place<'_>,
        elements: &[usize],
        wanted: Wanted,
        budget: &Budget,
    ) -> Result<NodeBounds, BoundsError> {
        let _ = wanted;
        let rows = unit_rows(elements, place.network.node(place.node).element_count());
        let lower = self.lower_bounds(place, rows.view(), budget)?;
        let upper = -self.lower_bounds(place, (-rows).view(), budget)?;
        Ok(NodeBounds { lower, upper })
    }
}

/// For each element the row that picks it.
pub(super) fn unit_rows(elements: &[usize], count: usize) -> Array2<f64> {
    let mut rows = Array2::zeros((elements.len(), count));
    for (row, element) in elements.iter().enumerate() {
        rows[[row, *element]] = 1.0;
    }
    rows
}
