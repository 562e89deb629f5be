//! What backward passes need to know of the nodes that they come through: computed once for all of them.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

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
    spare: RefCell<Vec<Vec<f64>>>,
}

#[derive(Default)]
struct NodeFacts<'a> {
    liveness: OnceCell<Liveness>,
    affine: OnceCell<Rc<AffineFacts>>,
    relaxation: OnceCell<Relaxation>,
    convolution: OnceCell<Convolution<'a>>,
}

/// Which elements may have a value other than 0.
struct Liveness {
    is_live: Vec<bool>,
    elements: Vec<usize>,
}

/// Of an affine node `A x + b`, element by element.
pub(super) struct AffineFacts {
    pub(super) constant: Array1<f64>,
    /// `|A| |x| + |b|` at most.
    pub(super) reach: Array1<f64>,
    /// The sum of `|x|` over all elements of all inputs, at most.
    pub(super) input_magnitude: f64,
    pub(super) longest_sum: usize,
    /// Of a fully connected layer; only these elements have a reach.
    pub(super) live_weight: Option<LiveWeight>,
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
pub(super) struct LiveWeight {
    outputs: Vec<usize>,
    pub(super) weight: Array2<f64>,
}

impl<'a> Surroundings<'a> {
    pub(super) fn new(network: &'a Network<f64>, bounds: &'a NetworkBounds) -> Self {
        let nodes = network.nodes().iter().map(|_| NodeFacts::default()).collect();
        Self { network, bounds, nodes, spare: RefCell::default() }
    }

    pub(super) fn input_bounds(&self, id: NodeId) -> &'a NodeBounds {
        self.bounds.node(self.network.node(id).inputs()[0])
    }

    /// Whether an element may have a value other than 0: coefficients of one that has not are worth nothing.
    pub(super) fn is_live(&self, id: NodeId, element: usize) -> bool {
        self.liveness(id).is_live[element]
    }

    /// The live elements; of an image position by position, as convolutions ask for them.
    pub(super) fn live(&self, id: NodeId) -> &[usize] {
        &self.liveness(id).elements
    }

    fn liveness(&self, id: NodeId) -> &Liveness {
        self.nodes[id.index()].liveness.get_or_init(|| {
            let (node, bounds) = (self.network.node(id), self.bounds.node(id));
            let mut is_live: Vec<bool> =
                bounds.lower.iter().zip(&bounds.upper).map(|(l, u)| *l != 0.0 || *u != 0.0).collect();
            if let Op::Relu = node.op() {
                let inactive = self.input_bounds(id).upper.iter().map(|upper| *upper <= 0.0);
                is_live.iter_mut().zip(inactive).for_each(|(live, inactive)| *live &= !inactive);
            }
            let live = |element: &usize| is_live[*element];
            let elements = match (node.op(), node.shape().as_image()) {
                (Op::Reshape, _) => self.live(node.inputs()[0]).iter().copied().filter(live).collect(),
                (_, Some([channels, height, width])) => {
                    let pixels = height * width;
                    let at = |pixel| (0..channels).map(move |channel| channel * pixels + pixel);
                    (0..pixels).flat_map(at).filter(live).collect()
                }
                (_, None) => (0..node.element_count()).filter(live).collect(),
            };
            Liveness { is_live, elements }
        })
    }

    /// What is known of an affine node, at least for some of its elements.
    pub(super) fn affine(&self, id: NodeId, elements: &[usize]) -> Rc<AffineFacts> {
        let known = self.nodes[id.index()].affine.get_or_init(|| Rc::new(self.affine_facts(id, elements)));
        match &known.live_weight {
            Some(live_weight) if live_weight.outputs != elements => Rc::new(self.affine_facts(id, elements)),
            _ => Rc::clone(known),
        }
    }

    fn affine_facts(&self, id: NodeId, elements: &[usize]) -> AffineFacts {
        let inputs = self.network.node(id).inputs();
        let magnitudes = || inputs.iter().map(|id| self.bounds.node(*id).magnitude());
        let constant = constant_part(self.network, id);
        let (reach, live_weight) = match self.network.node(id).op() {
            Op::Affine(affine) => {
                let (reach, live_weight) = self.live_weight(affine, inputs[0], elements);
                (reach, Some(live_weight))
            }
            _ => (one_sample(magnitudes(), |x| self.network.apply_absolute(id, x)), None),
        };
        AffineFacts {
            reach: reach + constant.mapv(f64::abs),
            constant,
            input_magnitude: magnitudes().map(|input| input.sum()).sum(),
            longest_sum: longest_sum(self.network, id),
            live_weight,
        }
    }

    /// The weight between some outputs and the live inputs, and `|weight| |x|` of these outputs; of others infinity.
    fn live_weight(
        &self,
        affine: &Affine<f64>,
        input: NodeId,
        outputs: &[usize],
    ) -> (Array1<f64>, LiveWeight) {
        let live = self.live(input);
        let weight = gathered(&affine.weight, outputs, live);
        let magnitude = self.bounds.node(input).magnitude();
        let magnitude: Vec<f64> = live.iter().map(|element| magnitude[*element]).collect();
        let mut reach = Array1::from_elem(affine.bias.len(), f64::INFINITY);
        for (output, row) in outputs.iter().zip(weight.rows()) {
            reach[*output] = absolute_dot(row.to_slice().expect("a fresh array is contiguous"), &magnitude);
        }
        (reach, LiveWeight { outputs: outputs.to_vec(), weight })
    }

    /// Whether a node's input is an affine node that nothing else reads, so that substituting the one leads to the other.
    pub(super) fn is_substituted_after(&self, id: NodeId) -> bool {
        let input = self.network.node(id).inputs()[0];
        let op = self.network.node(input).op();
        let all_inputs = self.network.nodes().iter().flat_map(nn_core::Node::inputs);
        op.is_affine() && !matches!(op, Op::Reshape) && all_inputs.filter(|used| **used == input).count() == 1
    }

    /// Memory for (rows, columns) of numbers, which are to be overwritten.
    pub(super) fn room(&self, rows: usize, columns: usize) -> Array2<f64> {
        let size = rows * columns;
        let mut spare = self.spare.borrow_mut();
        // What grows is filled with zeros: better one of the right size.
        let closest = (0..spare.len()).min_by_key(|index| spare[*index].len().abs_diff(size));
        let mut spare = closest.map_or_else(Vec::new, |index| spare.swap_remove(index));
        spare.resize(size, 0.0);
        Array2::from_shape_vec((rows, columns), spare).expect("resized for it")
    }

    /// Takes memory back that is needed no more.
    pub(super) fn recycle(&self, values: Array2<f64>) {
        self.spare.borrow_mut().push(values.into_raw_vec_and_offset().0);
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

/// The sum of `|weight| x`, in independent lanes that the compiler turns into vector instructions.
fn absolute_dot(weights: &[f64], values: &[f64]) -> f64 {
    const LANES: usize = 16;
    let mut sums = [0.0; LANES];
    let (weights, last_weights) = weights.as_chunks::<LANES>();
    let (values, last_values) = values.as_chunks::<LANES>();
    for (weights, values) in weights.iter().zip(values) {
        for ((sum, weight), value) in sums.iter_mut().zip(weights).zip(values) {
            *sum += weight.abs() * value;
        }
    }
    let last: f64 = last_weights.iter().zip(last_values).map(|(weight, value)| weight.abs() * value).sum();
    last + sums.iter().sum::<f64>()
}
