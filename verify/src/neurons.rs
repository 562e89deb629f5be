//! The neurons that a search decides.

use milp_encode::bounds::{NetworkBounds, Phase};
use nn_core::{Network, NodeId, Op};

/// A (leaky) ReLU whose pre-activation may have either sign, as far as bounds tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neuron {
    /// The ReLU.
    pub(crate) node: NodeId,
    /// Which element of it.
    pub(crate) element: usize,
    /// Proven bounds of the pre-activation, with 0 between them.
    pub(crate) lower: f64,
    pub(crate) upper: f64,
    /// The slope below 0: 0 for a plain ReLU.
    pub(crate) slope: f64,
}

/// What a node of the search tree assumes of a neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Assumed {
    /// Nothing.
    Open,
    /// The pre-activation is at least 0.
    Active,
    /// The pre-activation is at most 0.
    Inactive,
}

impl Neuron {
    /// The range of the pre-activation under an assumption.
    pub(crate) fn range(&self, assumed: Assumed) -> (f64, f64) {
        match assumed {
            Assumed::Open => (self.lower, self.upper),
            Assumed::Active => (0.0, self.upper),
            Assumed::Inactive => (self.lower, 0.0),
        }
    }
}

/// The slope below 0 of an operator that is a ReLU or a leaky one.
pub(crate) fn negative_slope(op: &Op<f64>) -> Option<f64> {
    match op {
        Op::Relu => Some(0.0),
        Op::LeakyRelu { slope } => Some(*slope),
        _ => None,
    }
}

/// All neurons of unknown sign, in the network's order.
pub(crate) fn open_neurons(network: &Network<f64>, bounds: &NetworkBounds) -> Vec<Neuron> {
    let mut neurons = Vec::new();
    for id in network.node_ids() {
        let node = network.node(id);
        let Some(slope) = negative_slope(node.op()) else { continue };
        let pre_activation = bounds.node(node.inputs()[0]);
        for element in (0..node.element_count()).filter(|e| pre_activation.phase(*e) == Phase::Unstable) {
            let (lower, upper) = (pre_activation.lower()[element], pre_activation.upper()[element]);
            neurons.push(Neuron { node: id, element, lower, upper, slope });
        }
    }
    neurons
}
