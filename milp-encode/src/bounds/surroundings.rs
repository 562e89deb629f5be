//! What backward passes need to know of the nodes that they come through: computed once for all of them.

use std::cell::OnceCell;

use ndarray::{Array1, Array2, Axis};
use nn_core::{Affine, Network, NodeId, Op};

use super::affine::{constant_part, longest_sum, one_sample};
use super::convolution::Convolution;
use super::relaxation::{ElementLines, constant_lines, relu_lines};
use super::{NetworkBounds, NodeBounds};

/// A network with bounds of its nodes, and what follows from them, node by node and when first asked for.
pub(super) struct Surroundings<'a> {
    pub(super) network: &'a Network<f64>,
    pub(super) bounds: &'a NetworkBounds,
    nodes: Vec<NodeFacts<'a>>,
}

#[derive(Default)]
struct NodeFacts<'a> {
    live: OnceCell<Vec<usize>>,
    affine: OnceCell<AffineFacts>,
    relaxation: OnceCell<Relaxation>,
    convolution: OnceCell<Convolution<'a>>,
    live_weight: OnceCell<LiveWeight>,
}

/// Of an affine node `A x + b`.
pub(super) struct AffineFacts {
    pub(super) constant: Array1<f64>,
    /// `|A| |x| + |b|` at most.
    pub(super) reach: Array1<f64>,
    /// The sum of `|x|` over all elements of all inputs, at most.
    pub(super) input_magnitude: f64,
    pub(super) longest_sum: usize,
}

/// Of a node that is an element-wise function.
pub(super) struct Relaxation {
    pub(super) lines: ElementLines,
    /// `|slope| |x| + |intercept|` at most, on either line.
    pub(super) reach: Array1<f64>,
    /// The sum of `|x|` over all elements of the input, at most.
    pub(super) input_magnitude: f64,
}

/// Some rows of a fully connected layer's weight, in its live inputs.
struct LiveWeight {
    outputs: Vec<usize>,
    weight: Array2<f64>,
}

impl<'a> Surroundings<'a> {
    pub(super) fn new(network: &'a Network<f64>, bounds: &'a NetworkBounds) -> Self {
        let nodes = network.nodes().iter().map(|_| NodeFacts::default()).collect();
        Self { network, bounds, nodes }
    }

    pub(super) fn input_bounds(&self, id: NodeId) -> &'a NodeBounds {
        self.bounds.node(self.network.node(id).inputs()[0])
    }

    /// Whether an element may have a value other than 0: coefficients of one that has not are worth nothing.
    pub(super) fn is_live(&self, id: NodeId, element: usize) -> bool {
        let node = self.bounds.node(id);
        let inactive =
            || matches!(self.network.node(id).op(), Op::Relu) && self.input_bounds(id).upper[element] <= 0.0;
        (node.lower[element] != 0.0 || node.upper[element] != 0.0) && !inactive()
    }

    /// The live elements; of an image position by position, as convolutions ask for them.
    pub(super) fn live(&self, id: NodeId) -> &[usize] {
        self.nodes[id.index()].live.get_or_init(|| {
            let node = self.network.node(id);
            let live = |element: &usize| self.is_live(id, *element);
            match (node.op(), node.shape().as_image()) {
                (Op::Reshape, _) => self.live(node.inputs()[0]).iter().copied().filter(live).collect(),
                (_, Some([channels, height, width])) => {
                    let pixels = height * width;
                    let element = |index| index % channels * pixels + index / channels;
                    (0..channels * pixels).map(element).filter(live).collect()
                }
                (_, None) => (0..node.element_count()).filter(live).collect(),
            }
        })
    }

    pub(super) fn affine(&self, id: NodeId) -> &AffineFacts {
        self.nodes[id.index()].affine.get_or_init(|| {
            let magnitudes =
                || self.network.node(id).inputs().iter().map(|id| self.bounds.node(*id).magnitude());
            let constant = constant_part(self.network, id);
            let reach = one_sample(magnitudes(), |x| self.network.apply_absolute(id, x));
            AffineFacts {
                reach: reach + constant.mapv(f64::abs),
                constant,
                input_magnitude: magnitudes().map(|input| input.sum()).sum(),
                longest_sum: longest_sum(self.network, id),
            }
        })
    }

    /// Lines around an element-wise function.
    ///
    /// # Panics
    /// Where the node's operator is none.
    pub(super) fn relaxation(&self, id: NodeId) -> &Relaxation {
        self.nodes[id.index()].relaxation.get_or_init(|| {
            let input = self.input_bounds(id);
            let lines = match self.network.node(id).op() {
                Op::Relu => relu_lines(input, 0.0),
                Op::LeakyRelu { slope } => relu_lines(input, *slope),
                Op::Sigmoid | Op::Tanh => constant_lines(self.bounds.node(id)),
                op => panic!("{} is no element-wise function", op.name()),
            };
            let magnitude = input.magnitude();
            Relaxation { reach: lines.magnitude(&magnitude), lines, input_magnitude: magnitude.sum() }
        })
    }

    /// The convolution of a node that is one.
    pub(super) fn convolution(&self, id: NodeId) -> Option<&Convolution<'a>> {
        let Op::Conv2d(conv) = self.network.node(id).op() else { return None };
        Some(self.nodes[id.index()].convolution.get_or_init(|| Convolution::new(self.network, id, conv)))
    }

    /// Calls a function with the weight of a fully connected layer between some of its outputs and its live inputs.
    pub(super) fn with_live_weight<R>(
        &self,
        id: NodeId,
        affine: &Affine<f64>,
        outputs: &[usize],
        use_it: impl FnOnce(&Array2<f64>) -> R,
    ) -> R {
        let gather = || {
            let live = self.live(self.network.node(id).inputs()[0]);
            LiveWeight { outputs: outputs.to_vec(), weight: gathered(&affine.weight, outputs, live) }
        };
        let known = self.nodes[id.index()].live_weight.get_or_init(gather);
        if known.outputs == outputs { use_it(&known.weight) } else { use_it(&gather().weight) }
    }
}

fn gathered(weight: &Array2<f64>, rows: &[usize], columns: &[usize]) -> Array2<f64> {
    let in_order = |indices: &[usize], count| indices.iter().copied().eq(0..count);
    if in_order(columns, weight.ncols()) {
        return weight.select(Axis(0), rows);
    }
    let mut result = Array2::zeros((rows.len(), columns.len()));
    for (mut to, row) in result.rows_mut().into_iter().zip(rows) {
        let from = weight.row(*row);
        to.iter_mut().zip(columns).for_each(|(to, column)| *to = from[*column]);
    }
    result
}
