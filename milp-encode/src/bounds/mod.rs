//! Proven ranges of every node's value over an input box.
//!
//! | method | cost | what it knows |
//! |---|---|---|
//! | [`interval_bounds`] | a pass through the network | the range of each element, nothing of what elements share |
//! | [`crown_bounds`] | a backward pass for each layer of open neurons | linear dependence on the input, with ReLUs relaxed to a triangle |
//! | [`AlphaCrown`] | some tens of backward and forward passes | the same, with the slopes below ReLUs chosen for each function |
//! | [`Zonotope`] | a forward pass with a row for each input and each open neuron | affine dependence on inputs and on open neurons, the same on both sides |
//! | [`Lp`] | two linear programs an element | the same relaxation, at its best for every element; proven by a backward pass |
//! | [`Milp`] | two mixed-integer programs an element | the phases of all earlier neurons; as good as the solver |
//!
//! All bounds but those of [`Milp`] hold for the network in real arithmetic with the parameters it stores: every rounding
//! error of the computation is bounded a priori and added outward. A network evaluated in floating point may leave them by
//! its own rounding errors.

mod affine;
mod alpha;
mod backward;
mod chain;
mod coefficients;
mod convolution;
mod crown;
mod interval;
mod live;
mod lp;
mod milp;
mod multipliers;
mod program;
mod relaxation;
pub mod rounding;
mod slopes;
mod sums;
mod surroundings;
mod tightening;
mod zonotope;

use ndarray::{Array1, ArrayView1};
use nn_core::{Network, NodeId, Op};
use solver_api::Budget;
use thiserror::Error;

use crate::property::InputBox;

pub use alpha::AlphaCrown;
pub use chain::{BoundChain, ChainStep, Elements};
pub use crown::{Crown, crown_bounds, crown_lower_bounds};
pub(crate) use interval::check_input;
pub use interval::{interval_bounds, interval_bounds_of_silenced};
pub use live::LiveNetwork;
pub use lp::Lp;
pub use milp::Milp;
pub use program::OpenSigns;
pub use tightening::{Place, Tightening, Wanted};
pub use zonotope::Zonotope;

/// The range of every element of a node's value.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeBounds {
    lower: Array1<f64>,
    upper: Array1<f64>,
}

/// The ranges of all nodes of a network over one input box.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkBounds {
    nodes: Vec<NodeBounds>,
}

/// What is known of a ReLU's phase from the bounds of its pre-activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The pre-activation is never negative: the ReLU is the identity.
    Active,
    /// The pre-activation is never positive: the ReLU is zero (or the leaky slope).
    Inactive,
    /// Both signs are possible as far as the bounds tell.
    Unstable,
}

/// Why bounds could not be computed.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum BoundsError {
    /// The box has not as many sides as the network has inputs.
    #[error("input box has {sides} sides, but the network takes {inputs} inputs {shape}")]
    InputCount {
        /// Sides of the box.
        sides: usize,
        /// Elements of the network's input.
        inputs: usize,
        /// The input's shape.
        shape: String,
    },
    /// Numbers grew beyond what f64 can hold.
    #[error("node `{node}`: bound of element {element} is not finite; scale the network's weights down")]
    Overflow {
        /// The node's name.
        node: String,
        /// Which element.
        element: usize,
    },
    /// An engine that a method calls failed.
    #[error("{method} bounds of node `{node}`: {reason}")]
    Engine {
        /// The method's name.
        method: &'static str,
        /// The node's name.
        node: String,
        /// What the engine said.
        reason: String,
    },
    /// Two proven ranges do not meet.
    #[error(
        "node `{node}`: no value of element {element} is possible: the input set is infeasible, or a bound is wrong"
    )]
    Contradiction {
        /// The node's name.
        node: String,
        /// Which element.
        element: usize,
    },
}

/// Bounds of all nodes by a chain of methods, without any limit.
///
/// # Errors
/// [`BoundsError`] where the box does not fit the network, numbers overflow, or a method fails.
pub fn compute_bounds(
    network: &Network<f64>,
    input: &InputBox,
    chain: &BoundChain<'_>,
) -> Result<NetworkBounds, BoundsError> {
    chain.compute(network, input, &Budget::unlimited())
}

impl NodeBounds {
    /// Proven ranges, one a position; a number that is NaN says nothing.
    ///
    /// # Panics
    /// Where the sides differ in length.
    pub fn new(lower: Array1<f64>, upper: Array1<f64>) -> Self {
        assert_eq!(lower.len(), upper.len(), "every element has a lower and an upper bound");
        Self { lower, upper }
    }

    /// The least value of every element.
    pub fn lower(&self) -> ArrayView1<'_, f64> {
        self.lower.view()
    }

    /// The greatest value of every element.
    pub fn upper(&self) -> ArrayView1<'_, f64> {
        self.upper.view()
    }

    /// The phase of a ReLU whose pre-activation is element `element` of this node.
    pub fn phase(&self, element: usize) -> Phase {
        if self.lower[element] >= 0.0 {
            Phase::Active
        } else if self.upper[element] <= 0.0 {
            Phase::Inactive
        } else {
            Phase::Unstable
        }
    }

    /// `max(|lower|, |upper|)` of every element.
    fn magnitude(&self) -> Array1<f64> {
        ndarray::Zip::from(&self.lower).and(&self.upper).map_collect(|l, u| l.abs().max(u.abs()))
    }

    /// Intersects some elements with ranges found for them; the node is named where no value is left.
    fn improve(&mut self, node: &str, elements: &[usize], found: &NodeBounds) -> Result<(), BoundsError> {
        for (position, element) in elements.iter().copied().enumerate() {
            // A bound that is NaN tells nothing, and `max` and `min` drop it.
            let lower = self.lower[element].max(found.lower[position]);
            let upper = self.upper[element].min(found.upper[position]);
            if lower > upper {
                return Err(BoundsError::Contradiction { node: node.to_owned(), element });
            }
            (self.lower[element], self.upper[element]) = (lower, upper);
        }
        Ok(())
    }
}

impl NetworkBounds {
    /// The bounds of a node's value.
    pub fn node(&self, id: NodeId) -> &NodeBounds {
        &self.nodes[id.index()]
    }

    /// Whether these are bounds of a network with such nodes, as far as `last`, over a box that encloses `input`.
    pub(crate) fn hold_for(&self, network: &Network<f64>, input: &InputBox, last: NodeId) -> bool {
        let needed = last.index() + 1;
        let sizes = network.nodes().iter().map(nn_core::Node::element_count).take(needed);
        let sides = self.node(NodeId::INPUT);
        sizes.eq(self.nodes.iter().map(|node| node.lower.len()).take(needed))
            && sides.lower.iter().zip(input.lower()).all(|(known, asked)| known <= asked)
            && sides.upper.iter().zip(input.upper()).all(|(known, asked)| known >= asked)
    }

    /// How many neurons of a ReLU or leaky ReLU node have each phase; none for other nodes.
    pub fn phase_counts(&self, network: &Network<f64>, relu: NodeId) -> PhaseCounts {
        let mut counts = PhaseCounts::default();
        let node = network.node(relu);
        if !matches!(node.op(), Op::Relu | Op::LeakyRelu { .. }) {
            return counts;
        }
        let pre_activation = self.node(node.inputs()[0]);
        for element in 0..node.element_count() {
            match pre_activation.phase(element) {
                Phase::Active => counts.active += 1,
                Phase::Inactive => counts.inactive += 1,
                Phase::Unstable => counts.unstable += 1,
            }
        }
        counts
    }
}

/// How many neurons of a layer have each phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PhaseCounts {
    /// Never negative.
    pub active: usize,
    /// Never positive.
    pub inactive: usize,
    /// Of either sign.
    pub unstable: usize,
}
