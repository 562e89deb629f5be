use nn_core::{Network, NodeId, Op, Scalar};

/// A layer whose units may be removed: an affine map or a convolution, followed by nothing but a ReLU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HiddenLayer {
    /// The node that computes the pre-activations.
    pub layer: NodeId,
    /// The ReLU, the layer's only user.
    pub relu: NodeId,
    /// How many units there are: neurons of an affine map, feature maps of a convolution.
    pub units: usize,
    /// How many elements of the node's value each unit has, one after the other: 1 for a neuron, the map's size else.
    pub elements_per_unit: usize,
}

/// The layers whose units may be removed, from first to last.
///
/// Layers that something beside their ReLU uses are none of them, nor are those of the network's outputs and grouped
/// convolutions, whose maps cannot go one by one.
pub fn hidden_layers<T: Scalar>(network: &Network<T>) -> Vec<HiddenLayer> {
    let mut users: Vec<Vec<NodeId>> = vec![Vec::new(); network.nodes().len()];
    for id in network.node_ids() {
        network.node(id).inputs().iter().for_each(|input| users[input.index()].push(id));
    }
    let hidden = |layer: NodeId| {
        let units = unit_count(network, layer)?;
        let [relu] = users[layer.index()][..] else { return None };
        let is_hidden = matches!(network.node(relu).op(), Op::Relu) && layer != network.output();
        let elements_per_unit = network.node(layer).element_count() / units;
        is_hidden.then_some(HiddenLayer { layer, relu, units, elements_per_unit })
    };
    network.node_ids().filter_map(hidden).collect()
}

fn unit_count<T: Scalar>(network: &Network<T>, layer: NodeId) -> Option<usize> {
    let units = match network.node(layer).op() {
        Op::Affine(affine) => affine.bias.len(),
        Op::Conv2d(conv) if conv.groups == 1 => conv.bias.len(),
        _ => 0,
    };
    (units > 0).then_some(units)
}
