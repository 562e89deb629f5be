//! Which matrix products CROWN cannot do without, and how long they take alone.
//!
//! Counted for networks that are a chain of layers. Each node before a ReLU, and the output, has a lower and an upper
//! function for each of its elements that is bounded; nodes whose interval bounds are exact have none. Substituting
//! the node itself copies rows of its weight: no product. Each affine node further up costs one: (live inputs) x (live
//! outputs) by (live outputs) x (functions), where an element is live unless its value is proven to be 0. A
//! convolution costs one such product for each window position, over the live channels of that position and the live
//! elements under its window; functions of neurons at one position of an image only count the positions that these
//! see.

use std::collections::BTreeMap;

use milp_encode::bounds::{NetworkBounds, NodeBounds};
use ndarray::{Array1, ArrayView2};
use nn_core::{Conv2d, Network, NodeId, Op, write_product};

/// Functions that go through the network together where they all depend on the same elements.
const FUNCTIONS: usize = 256;

/// (rows of the result, length of the sums, columns of the result).
pub(crate) type Shape = [usize; 3];

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
pub(crate) fn flops([rows, terms, columns]: Shape) -> f64 {
    2.0 * (rows * terms * columns) as f64
}

pub(crate) fn unavoidable(network: &Network<f64>, bounds: &NetworkBounds) -> Vec<Shape> {
    let mut shapes = Vec::new();
    for id in network.node_ids().skip(2) {
        let before_relu = network
            .node_ids()
            .any(|user| matches!(network.node(user).op(), Op::Relu) && network.node(user).inputs() == [id]);
        if (before_relu || id == network.output()) && network.node(id).inputs() != [NodeId::INPUT] {
            for group in groups(network, id) {
                through_the_network(network, bounds, id, &group, &mut shapes);
            }
        }
    }
    shapes
}

/// Elements that are bounded together: those at one position of an image, else as many as fit.
fn groups(network: &Network<f64>, id: NodeId) -> Vec<Vec<usize>> {
    let elements: Vec<usize> = (0..network.node(id).element_count()).collect();
    match network.node(id).op() {
        Op::Conv2d(_) => by_position(network, id, &elements).into_values().collect(),
        _ => elements.chunks(FUNCTIONS / 2).map(<[usize]>::to_vec).collect(),
    }
}

fn by_position(network: &Network<f64>, id: NodeId, elements: &[usize]) -> BTreeMap<usize, Vec<usize>> {
    let [_, height, width] = network.node(id).shape().as_image().expect("a convolution makes images");
    let mut positions: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for element in elements {
        positions.entry(element % (height * width)).or_default().push(*element);
    }
    positions
}

fn through_the_network(
    network: &Network<f64>,
    bounds: &NetworkBounds,
    start: NodeId,
    elements: &[usize],
    shapes: &mut Vec<Shape>,
) {
    let mut held = elements.to_vec();
    let mut id = start;
    while id != NodeId::INPUT {
        let input = network.node(id).inputs()[0];
        let mut products = Vec::new();
        held = match network.node(id).op() {
            Op::Affine(_) => {
                let live = live(bounds.node(input));
                products.push([live.len(), held.len(), 2 * elements.len()]);
                live
            }
            Op::Conv2d(conv) => {
                let mut reached = vec![false; network.node(input).element_count()];
                for (position, channels) in by_position(network, id, &held) {
                    let under = live_under(network, bounds, id, conv, position);
                    products.push([under.len(), channels.len(), 2 * elements.len()]);
                    under.into_iter().for_each(|element| reached[element] = true);
                }
                (0..reached.len()).filter(|element| reached[*element]).collect()
            }
            Op::Relu | Op::Reshape => held,
            op => panic!("{} is not counted", op.name()),
        };
        if id != start {
            shapes.append(&mut products);
        }
        id = input;
    }
}

fn live(bounds: &NodeBounds) -> Vec<usize> {
    (0..bounds.lower().len()).filter(|i| bounds.lower()[*i] != 0.0 || bounds.upper()[*i] != 0.0).collect()
}

fn live_under(
    network: &Network<f64>,
    bounds: &NetworkBounds,
    id: NodeId,
    conv: &Conv2d<f64>,
    position: usize,
) -> Vec<usize> {
    let input = network.node(id).inputs()[0];
    let [_, _, columns] = network.node(id).shape().as_image().expect("a convolution makes images");
    let [channels, height, width] =
        network.node(input).shape().as_image().expect("a convolution reads images");
    let window = &conv.window;
    let along = |axis: usize, step: usize, size: usize| {
        let pixel = move |tap: usize| {
            (step * window.stride[axis] + tap * window.dilation[axis]).checked_sub(window.padding[axis])
        };
        (0..window.kernel[axis]).filter_map(pixel).filter(move |pixel| *pixel < size)
    };
    let bounds = bounds.node(input);
    let mut under = Vec::new();
    for channel in 0..channels {
        for y in along(0, position / columns, height) {
            for x in along(1, position % columns, width) {
                let element = (channel * height + y) * width + x;
                if bounds.lower()[element] != 0.0 || bounds.upper()[element] != 0.0 {
                    under.push(element);
                }
            }
        }
    }
    under
}

/// Products of these shapes, on matrices that are there already.
pub(crate) struct Products {
    shapes: Vec<Shape>,
    left: Array1<f64>,
    right: Array1<f64>,
    result: Array1<f64>,
}

impl Products {
    pub(crate) fn new(shapes: Vec<Shape>) -> Self {
        let most = |size: &dyn Fn(Shape) -> usize| shapes.iter().map(|shape| size(*shape)).max().unwrap_or(0);
        let left = Array1::from_elem(most(&|[rows, terms, _]| rows * terms), 0.5);
        let right = Array1::from_elem(most(&|[_, terms, columns]| terms * columns), 0.25);
        let result = Array1::zeros(most(&|[rows, _, columns]| rows * columns));
        Self { shapes, left, right, result }
    }

    pub(crate) fn shapes(&self) -> impl Iterator<Item = Shape> + '_ {
        self.shapes.iter().copied()
    }

    pub(crate) fn run(&mut self) {
        for [rows, terms, columns] in self.shapes.iter().copied() {
            // The weight's rows are the outputs: its transpose is what multiplies.
            let left = matrix(&self.left, [terms, rows]).reversed_axes();
            let right = matrix(&self.right, [terms, columns]);
            let result = self.result.slice_mut(ndarray::s![..rows * columns]);
            let mut result = result.into_shape_with_order((rows, columns)).expect("as many elements");
            write_product(&left, &right, &mut result);
        }
    }
}

fn matrix(values: &Array1<f64>, [rows, columns]: [usize; 2]) -> ArrayView2<'_, f64> {
    let values = values.slice(ndarray::s![..rows * columns]);
    values.into_shape_with_order((rows, columns)).expect("as many elements")
}
