//! A network without the neurons that are inactive on the whole box.

use ndarray::Axis;
use nn_core::{Affine, Network, NetworkBuilder, NodeId, Op};

use super::tightening::Place;
use super::{NetworkBounds, NodeBounds, Phase};

/// A network whose output has the same value as a node of another network, on the box of its bounds.
///
/// In real arithmetic: what is proven of the one over that box holds for the other.
#[derive(Clone, Debug)]
pub struct LiveNetwork {
    network: Network<f64>,
    bounds: NetworkBounds,
}

impl LiveNetwork {
    /// All that a node needs, without the inactive ReLUs between two fully connected layers.
    pub fn of_node(place: Place<'_>) -> Self {
        let Place { network, bounds, node: last } = place;
        let needed = network.ancestors(last);
        let live = live_elements(place, &needed);
        let mut builder = NetworkBuilder::new(network.input_shape().clone());
        let mut position = vec![NodeId::INPUT; network.nodes().len()];
        let mut live_bounds = vec![bounds.node(NodeId::INPUT).clone()];
        for id in network.node_ids().skip(1).filter(|id| needed[id.index()]) {
            let node = network.node(id);
            let inputs: Vec<NodeId> = node.inputs().iter().map(|input| position[input.index()]).collect();
            let added = match node.op() {
                Op::Reshape => builder.reshape(node.name(), inputs[0], node.shape().clone()),
                Op::Affine(affine) => {
                    let (rows, columns) = (&live[id.index()], &live[node.inputs()[0].index()]);
                    builder.add(
                        node.name(),
                        Op::Affine(selected(affine, rows.as_deref(), columns.as_deref())),
                        &inputs,
                    )
                }
                op => builder.add(node.name(), op.clone(), &inputs),
            };
            position[id.index()] = added.expect("parts of layers that fit each other do so as well");
            live_bounds.push(match &live[id.index()] {
                None => bounds.node(id).clone(),
                Some(elements) => NodeBounds {
                    lower: bounds.node(id).lower.select(Axis(0), elements),
                    upper: bounds.node(id).upper.select(Axis(0), elements),
                },
            });
        }
        Self { network: builder.finish(position[last.index()]), bounds: NetworkBounds { nodes: live_bounds } }
    }

    /// The network.
    pub fn network(&self) -> &Network<f64> {
        &self.network
    }

    /// The bounds of its nodes, taken from those of the other network.
    pub fn bounds(&self) -> &NetworkBounds {
        &self.bounds
    }

    /// Its last node.
    pub(super) fn place(&self) -> Place<'_> {
        Place { network: &self.network, bounds: &self.bounds, node: self.network.output() }
    }
}

/// The elements that are kept of each node; `None` for all.
fn live_elements(place: Place<'_>, needed: &[bool]) -> Vec<Option<Vec<usize>>> {
    let Place { network, bounds, node: last } = place;
    let mut users: Vec<Vec<NodeId>> = vec![Vec::new(); network.nodes().len()];
    for id in network.node_ids().filter(|id| needed[id.index()]) {
        network.node(id).inputs().iter().for_each(|input| users[input.index()].push(id));
    }
    let is_affine = |id: &NodeId| matches!(network.node(*id).op(), Op::Affine(_));
    let mut live = vec![None; network.nodes().len()];
    for relu in network.node_ids().filter(|id| needed[id.index()] && *id != last) {
        let node = network.node(relu);
        let [layer] = node.inputs() else { continue };
        let between_layers = matches!(node.op(), Op::Relu)
            && is_affine(layer)
            && users[layer.index()].len() == 1
            && users[relu.index()].iter().all(is_affine);
        if between_layers {
            let is_live = |element: &usize| bounds.node(*layer).phase(*element) != Phase::Inactive;
            let mut elements: Vec<usize> = (0..node.element_count()).filter(is_live).collect();
            if elements.is_empty() {
                // A layer has at least one neuron.
                elements.push(0);
            }
            live[layer.index()] = Some(elements.clone());
            live[relu.index()] = Some(elements);
        }
    }
    live
}

fn selected(affine: &Affine<f64>, rows: Option<&[usize]>, columns: Option<&[usize]>) -> Affine<f64> {
    let Affine { mut weight, mut bias } = affine.clone();
    if let Some(rows) = rows {
        (weight, bias) = (weight.select(Axis(0), rows), bias.select(Axis(0), rows));
    }
    if let Some(columns) = columns {
        weight = weight.select(Axis(1), columns).as_standard_layout().into_owned();
    }
    Affine { weight, bias }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, array};

    use super::*;
    use crate::bounds::interval_bounds;
    use crate::property::InputBox;

    /// `x` between 0 and 1 through four neurons `x + bias` and their sum; the ReLU's value may have another user.
    fn network(biases: [f64; 4], other_user: Option<Op<f64>>) -> Network<f64> {
        let mut builder = NetworkBuilder::new([1]);
        let layer =
            Affine { weight: array![[1.0], [1.0], [1.0], [1.0]], bias: Array1::from(biases.to_vec()) };
        let layer = builder.add("layer", Op::Affine(layer), &[NodeId::INPUT]).unwrap();
        let relu = builder.add("relu", Op::Relu, &[layer]).unwrap();
        let sum = Affine { weight: array![[1.0, 2.0, 4.0, 8.0]], bias: array![0.5] };
        let mut output = builder.add("sum", Op::Affine(sum), &[relu]).unwrap();
        if let Some(op) = other_user {
            let other = builder.add("other", op, &[relu]).unwrap();
            output = builder.add("joined", Op::Concat { axis: 0 }, &[output, other]).unwrap();
        }
        builder.finish(output)
    }

    #[test]
    fn inactive_neurons_go_and_values_on_the_box_stay() {
        let keeping = Op::LeakyRelu { slope: 0.5 };
        let cases = [
            ([0.0, -2.0, -0.5, -1.5], None, 2),
            ([-2.0; 4], None, 1),
            ([1.0; 4], None, 4),
            ([0.0, -2.0, -0.5, -1.5], Some(keeping), 4),
        ];
        for (biases, other_user, kept) in cases {
            let network = network(biases, other_user);
            let input = InputBox::new(array![0.0], array![1.0]).unwrap();
            let bounds = interval_bounds(&network, &input).unwrap();
            let live =
                LiveNetwork::of_node(Place { network: &network, bounds: &bounds, node: network.output() });
            let place = live.place();
            let counts = place.network.nodes().iter().map(nn_core::Node::element_count);
            assert_eq!(counts.take(3).collect::<Vec<_>>(), [1, kept, kept], "{biases:?}");
            for x in [0.0, 0.3, 1.0] {
                let (all, live) =
                    (network.forward_one(array![x].view()), place.network.forward_one(array![x].view()));
                assert!(
                    (&all - &live).iter().all(|difference| difference.abs() < 1e-12),
                    "{biases:?} at {x}"
                );
            }
            for (id, node) in place.network.node_ids().zip(place.network.nodes()) {
                assert_eq!(place.bounds.node(id).lower().len(), node.element_count());
            }
        }
    }

    #[test]
    fn what_the_node_does_not_need_goes() {
        let network = network([0.0, -2.0, -0.5, -1.5], Some(Op::Sigmoid));
        let bounds = interval_bounds(&network, &InputBox::new(array![0.0], array![1.0]).unwrap()).unwrap();
        let sum = network.node_ids().nth(3).unwrap();
        let live = LiveNetwork::of_node(Place { network: &network, bounds: &bounds, node: sum });
        assert_eq!(live.place().network.nodes().len(), 4);
        // The other user lies behind the node, so that inactive neurons may go.
        assert_eq!(live.place().network.nodes()[2].element_count(), 2);
    }
}
