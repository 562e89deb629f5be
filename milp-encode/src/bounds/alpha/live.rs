//! A network without the neurons that are inactive on the whole box.

use ndarray::Axis;
use nn_core::{Affine, Network, NetworkBuilder, NodeId, Op};

use super::super::tightening::Place;
use super::super::{NetworkBounds, NodeBounds, Phase};

/// A network whose last node has the same value as a node of another network, on the box of its bounds.
pub(super) struct LiveNetwork {
    network: Network<f64>,
    bounds: NetworkBounds,
}

impl LiveNetwork {
    /// All that a node needs, without the inactive ReLUs between two fully connected layers.
    pub(super) fn of_node(place: Place<'_>) -> Self {
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
