use ndarray::{ArrayViewD, ArrayViewMutD};

use crate::{Network, NodeId, Op, Scalar};

/// Names one trainable array of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParameterId {
    /// The layer.
    pub node: NodeId,
    /// Which of its parameters.
    pub role: ParameterRole,
}

/// What a parameter is to its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ParameterRole {
    /// The coefficients: outputs × inputs, or the kernels of a convolution.
    Weight,
    /// The constants: one an output or output channel.
    Bias,
}

/// Trainable parameters: the weights and biases of [`Op::Affine`] and [`Op::Conv2d`]. Constants of other operators are
/// fixed.
impl<T: Scalar> Network<T> {
    /// All parameters, layer by layer in topological order, each layer's weight before its bias.
    pub fn parameters(&self) -> Vec<(ParameterId, ArrayViewD<'_, T>)> {
        let layers = self.node_ids().filter_map(|id| Some((id, weight_and_bias(self.node(id).op())?)));
        layers.flat_map(|(id, views)| with_ids(id, views)).collect()
    }

    /// All parameters, to be changed, in the order of [`Network::parameters`]. Who writes must keep them finite.
    pub fn parameters_mut(&mut self) -> Vec<(ParameterId, ArrayViewMutD<'_, T>)> {
        let layers = self.ops_mut().filter_map(|(id, op)| Some((id, weight_and_bias_mut(op)?)));
        layers.flat_map(|(id, views)| with_ids(id, views)).collect()
    }

    /// The parameters of one node; `None` where it has none.
    pub(crate) fn weight_and_bias(&self, node: NodeId) -> Option<[ArrayViewD<'_, T>; 2]> {
        weight_and_bias(self.node(node).op())
    }

    /// How many trainable numbers the network has.
    pub fn parameter_count(&self) -> usize {
        self.parameters().iter().map(|(_, values)| values.len()).sum()
    }
}

fn weight_and_bias<T>(op: &Op<T>) -> Option<[ArrayViewD<'_, T>; 2]> {
    match op {
        Op::Affine(affine) => Some([affine.weight.view().into_dyn(), affine.bias.view().into_dyn()]),
        Op::Conv2d(conv) => Some([conv.weight.view().into_dyn(), conv.bias.view().into_dyn()]),
        _ => None,
    }
}

fn weight_and_bias_mut<T>(op: &mut Op<T>) -> Option<[ArrayViewMutD<'_, T>; 2]> {
    match op {
        Op::Affine(affine) => Some([affine.weight.view_mut().into_dyn(), affine.bias.view_mut().into_dyn()]),
        Op::Conv2d(conv) => Some([conv.weight.view_mut().into_dyn(), conv.bias.view_mut().into_dyn()]),
        _ => None,
    }
}

fn with_ids<V>(node: NodeId, [weight, bias]: [V; 2]) -> [(ParameterId, V); 2] {
    let id = |role| ParameterId { node, role };
    [(id(ParameterRole::Weight), weight), (id(ParameterRole::Bias), bias)]
}
