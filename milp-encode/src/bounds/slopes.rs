//! Lower slopes of open ReLUs that every function chooses for itself.

use std::ops::Range;

use ndarray::{Array1, Array2};
use nn_core::{Network, NodeId, Op};

use super::relaxation::relu_lines;
use super::{NetworkBounds, Phase};

/// The open neurons of all (leaky) ReLUs that a node depends on, each with a column of its own.
#[derive(Clone, Debug)]
pub(super) struct OpenNeurons {
    layers: Vec<OpenLayer>,
    count: usize,
}

/// The open neurons of one node; none where it is no ReLU.
#[derive(Clone, Debug)]
pub(super) struct OpenLayer {
    /// Which elements of the node are open.
    pub(super) elements: Vec<usize>,
    /// Their columns among the open neurons of all nodes.
    pub(super) columns: Range<usize>,
    /// The least slope of a line through the origin that lies below the neuron's function; 1 is the greatest.
    pub(super) least_slope: f64,
}

/// For every function and open neuron, the slope of the line through the origin that bounds the neuron from below.
#[derive(Clone, Debug)]
pub(super) struct LowerSlopes {
    neurons: OpenNeurons,
    /// (open neurons, functions), each in its neuron's range.
    slopes: Array2<f64>,
}

impl OpenNeurons {
    /// Those that a node's value depends on.
    pub(super) fn up_to(network: &Network<f64>, bounds: &NetworkBounds, last: NodeId) -> Self {
        let needed = network.ancestors(last);
        let mut count = 0;
        let layer = |id: NodeId| {
            let node = network.node(id);
            let least_slope = match node.op() {
                Op::Relu if needed[id.index()] => Some(0.0),
                Op::LeakyRelu { slope } if needed[id.index()] => Some(*slope),
                _ => None,
            };
            let open = |element: &usize| {
                least_slope.is_some() && bounds.node(node.inputs()[0]).phase(*element) == Phase::Unstable
            };
            let elements: Vec<usize> = (0..node.element_count()).filter(open).collect();
            let columns = count..count + elements.len();
            count = columns.end;
            OpenLayer { elements, columns, least_slope: least_slope.unwrap_or(0.0) }
        };
        let layers = network.node_ids().map(layer).collect();
        Self { layers, count }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Those of one node.
    pub(super) fn layer(&self, id: NodeId) -> &OpenLayer {
        &self.layers[id.index()]
    }

    /// The least slope that each may have.
    pub(super) fn least_slopes(&self) -> Array1<f64> {
        self.layers.iter().flat_map(|layer| layer.columns.clone().map(|_| layer.least_slope)).collect()
    }

    /// The slopes that CROWN chooses.
    pub(super) fn adaptive_slopes(&self, network: &Network<f64>, bounds: &NetworkBounds) -> Array1<f64> {
        let mut slopes = Array1::zeros(self.count);
        for (id, layer) in
            network.node_ids().zip(&self.layers).filter(|(_, layer)| !layer.elements.is_empty())
        {
            let lines = relu_lines(bounds.node(network.node(id).inputs()[0]), layer.least_slope);
            for (column, element) in layer.columns.clone().zip(&layer.elements) {
                slopes[column] = lines.lower[*element].slope;
            }
        }
        slopes
    }
}

impl LowerSlopes {
    /// From slopes as (functions, open neurons). Those outside their neuron's range are moved into it, so that every line is a lower bound.
    pub(super) fn new(neurons: OpenNeurons, mut slopes: Array2<f64>) -> Self {
        let least = neurons.least_slopes();
        slopes.rows_mut().into_iter().for_each(|mut row| {
            row.zip_mut_with(&least, |slope, least| *slope = slope.max(*least).min(1.0));
        });
        Self { neurons, slopes: slopes.reversed_axes().as_standard_layout().into_owned() }
    }

    /// The slope of every function below an element of a node; none where the element is not open.
    pub(super) fn of(&self, id: NodeId, element: usize) -> Option<&[f64]> {
        let layer = self.neurons.layer(id);
        let position = layer.elements.binary_search(&element).ok()?;
        self.slopes.row(layer.columns.start + position).to_slice()
    }
}
