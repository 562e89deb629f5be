//! Interval arithmetic, node by node.

use ndarray::{Array1, Array2, Axis, Zip};
use nn_core::{Network, NodeId, Op};

use super::affine::{constant_part, longest_sum, one_sample};
use super::rounding::{add_up, sub_down, sum_error};
use super::{BoundsError, NetworkBounds, NodeBounds};
use crate::property::InputBox;
use crate::window::pool_windows;

/// Interval bounds of all nodes: each operator on the ranges of its inputs, as if these were independent of each other.
///
/// Inclusion-monotone: a box inside another has bounds no looser, up to rounding. Source: Gowal et al., "On the
/// effectiveness of interval bound propagation for training verifiably robust models", 2018.
///
/// # Errors
/// [`BoundsError`] where the box does not fit the network, or numbers overflow.
pub fn interval_bounds(network: &Network<f64>, input: &InputBox) -> Result<NetworkBounds, BoundsError> {
    interval_bounds_of_silenced(network, input, &[])
}

/// Interval bounds of all nodes that also hold where elements of some nodes are moved down, as far as to 0: those of ReLUs
/// whose neurons a pruning silences by and by.
///
/// # Errors
/// As [`interval_bounds`].
pub fn interval_bounds_of_silenced(
    network: &Network<f64>,
    input: &InputBox,
    silenced: &[NodeId],
) -> Result<NetworkBounds, BoundsError> {
    check_input(network, input)?;
    let mut bounds = NetworkBounds { nodes: Vec::with_capacity(network.nodes().len()) };
    for id in network.node_ids() {
        let mut node = interval_node(network, input, &bounds, id)?;
        if silenced.contains(&id) {
            node.lower.mapv_inplace(|lower| lower.min(0.0));
        }
        bounds.nodes.push(node);
    }
    Ok(bounds)
}

pub(crate) fn check_input(network: &Network<f64>, input: &InputBox) -> Result<(), BoundsError> {
    if input.element_count() == network.input_count() {
        return Ok(());
    }
    Err(BoundsError::InputCount {
        sides: input.element_count(),
        inputs: network.input_count(),
        shape: network.input_shape().to_string(),
    })
}

/// The range of one node from the ranges of the nodes before it.
pub(super) fn interval_node(
    network: &Network<f64>,
    input: &InputBox,
    bounds: &NetworkBounds,
    id: NodeId,
) -> Result<NodeBounds, BoundsError> {
    let node = network.node(id);
    let inputs: Vec<&NodeBounds> = node.inputs().iter().map(|input| bounds.node(*input)).collect();
    let result = match node.op() {
        Op::Input => NodeBounds { lower: input.lower().to_owned(), upper: input.upper().to_owned() },
        Op::Reshape => inputs[0].clone(),
        Op::Relu => relu(inputs[0]),
        Op::LeakyRelu { slope } if *slope == 0.0 => relu(inputs[0]),
        Op::LeakyRelu { slope } => leaky_relu(inputs[0], *slope),
        Op::Sigmoid => library_function(inputs[0], |x| 1.0 / (1.0 + (-x).exp()), [0.0, 1.0]),
        Op::Tanh => library_function(inputs[0], f64::tanh, [-1.0, 1.0]),
        Op::MaxPool(pool) => maxima(inputs[0], &pool_windows(pool, network.node(node.inputs()[0]).shape())),
        Op::Rearrange(_) | Op::Concat { .. } => moved(network, id, &inputs),
        Op::Affine(_) | Op::Conv2d(_) | Op::AveragePool(_) | Op::Constant { .. } | Op::Add => {
            affine(network, id, &inputs)
        }
    };
    let overflow = |(l, u): (&f64, &f64)| !(l.is_finite() && u.is_finite());
    match result.lower.iter().zip(&result.upper).position(overflow) {
        Some(element) => Err(BoundsError::Overflow { node: node.name().to_owned(), element }),
        None => Ok(result),
    }
}

fn relu(input: &NodeBounds) -> NodeBounds {
    NodeBounds { lower: input.lower.mapv(|x| x.max(0.0)), upper: input.upper.mapv(|x| x.max(0.0)) }
}

/// Only products are rounded, and none of them beyond zero, so that signs stay as sharp as they are.
fn leaky_relu(input: &NodeBounds, slope: f64) -> NodeBounds {
    NodeBounds {
        lower: input.lower.mapv(|x| if x >= 0.0 { x } else { (slope * x).next_down() }),
        upper: input.upper.mapv(|x| if x >= 0.0 { x } else { (slope * x).next_up().min(0.0) }),
    }
}

/// An increasing function whose library version errs by at most some units in the last place.
///
/// The standard library promises no precision; those in use err by 1 or 2 units, and 16 are allowed here. Results that
/// underflow are covered by an absolute term.
fn library_function(
    input: &NodeBounds,
    function: impl Fn(f64) -> f64,
    [least, greatest]: [f64; 2],
) -> NodeBounds {
    const UNITS: usize = 16;
    const UNDERFLOW: f64 = 1e-300;
    let down = |x: f64| (0..UNITS).fold(function(x), |y, _| y.next_down()) - UNDERFLOW;
    let up = |x: f64| (0..UNITS).fold(function(x), |y, _| y.next_up()) + UNDERFLOW;
    NodeBounds {
        lower: input.lower.mapv(|x| down(x).clamp(least, greatest)),
        upper: input.upper.mapv(|x| up(x).clamp(least, greatest)),
    }
}

fn maxima(input: &NodeBounds, windows: &[Vec<usize>]) -> NodeBounds {
    let greatest = |values: &Array1<f64>| -> Array1<f64> {
        let maximum =
            |window: &Vec<usize>| window.iter().map(|i| values[*i]).fold(f64::NEG_INFINITY, f64::max);
        windows.iter().map(maximum).collect()
    };
    NodeBounds { lower: greatest(&input.lower), upper: greatest(&input.upper) }
}

/// An operator that moves elements without computing.
fn moved(network: &Network<f64>, id: NodeId, inputs: &[&NodeBounds]) -> NodeBounds {
    NodeBounds {
        lower: one_sample(inputs.iter().map(|bounds| bounds.lower.clone()), |x| network.apply(id, x)),
        upper: one_sample(inputs.iter().map(|bounds| bounds.upper.clone()), |x| network.apply(id, x)),
    }
}

/// `A center + b ± |A| radius`, and the rounding errors of both sums added outward.
fn affine(network: &Network<f64>, id: NodeId, inputs: &[&NodeBounds]) -> NodeBounds {
    let (centers, radii): (Vec<_>, Vec<_>) = inputs.iter().map(|bounds| center_and_radius(bounds)).unzip();
    let center = one_sample(centers.into_iter(), |inputs| network.apply(id, inputs));
    // Both in one go through the weights.
    let pairs = inputs.iter().zip(&radii).map(|(bounds, radius)| [radius.clone(), bounds.magnitude()]);
    let pairs: Vec<Array2<f64>> = pairs.map(|[radius, magnitude]| rows(&[radius, magnitude])).collect();
    let views: Vec<_> = pairs.iter().map(|pair| pair.view()).collect();
    let absolute_parts = network.apply_absolute(id, &views);
    let (radius, absolute) = (absolute_parts.row(0), absolute_parts.row(1));
    let constant = constant_part(network, id);
    let terms = longest_sum(network, id);
    let reach = Zip::from(radius).and(absolute).and(&constant).map_collect(|radius, absolute, constant| {
        add_up(*radius, 2.0 * sum_error(terms, absolute + constant.abs()))
    });
    let mut result = NodeBounds {
        lower: Zip::from(&center).and(&reach).map_collect(|c, r| sub_down(*c, *r)),
        upper: Zip::from(&center).and(&reach).map_collect(|c, r| add_up(*c, *r)),
    };
    if absolute.iter().any(|sum| *sum == 0.0) {
        // A pruned neuron, say. Nothing is rounded there, and a width above zero would make its sign look open.
        let not_zero = |bounds: &&NodeBounds| bounds.magnitude().mapv(|x| if x == 0.0 { 0.0 } else { 1.0 });
        let coefficients =
            one_sample(inputs.iter().map(not_zero), |inputs| network.apply_absolute(id, inputs));
        for element in (0..coefficients.len()).filter(|element| coefficients[*element] == 0.0) {
            result.lower[element] = constant[element];
            result.upper[element] = constant[element];
        }
    }
    result
}

fn rows(values: &[Array1<f64>]) -> Array2<f64> {
    let views: Vec<_> = values.iter().map(|row| row.view()).collect();
    ndarray::stack(Axis(0), &views).expect("rows of one length")
}

/// A centre between the bounds, and how far from it values can lie, rounded up.
pub(super) fn center_and_radius(bounds: &NodeBounds) -> (Array1<f64>, Array1<f64>) {
    let center = (&bounds.lower + &bounds.upper) * 0.5;
    let farther = |c: &f64, l: &f64, u: &f64| if l == u { 0.0 } else { (u - c).max(c - l).next_up() };
    let radius = Zip::from(&center).and(&bounds.lower).and(&bounds.upper).map_collect(farther);
    (center, radius)
}
