use ndarray::{Array1, Array2, ArrayView2, Axis, Zip};
use nn_core::{ConstantOp, Network, NodeId, Op};

use super::rounding::{add_up, sub_down, sum_error};
use super::{BoundsError, NetworkBounds, NodeBounds};
use crate::property::InputBox;
use crate::window::pool_windows;

/// Interval bounds of all nodes: each operator on the ranges of its inputs, exact but for what neurons share.
///
/// # Errors
/// [`BoundsError`] where the box does not fit the network, or numbers overflow.
pub fn interval_bounds(network: &Network<f64>, input: &InputBox) -> Result<NetworkBounds, BoundsError> {
    check_input(network, input)?;
    let mut bounds = NetworkBounds { nodes: Vec::with_capacity(network.nodes().len()) };
    for id in network.node_ids() {
        let node = interval_node(network, input, &bounds, id)?;
        bounds.nodes.push(node);
    }
    Ok(bounds)
}

pub(super) fn check_input(network: &Network<f64>, input: &InputBox) -> Result<(), BoundsError> {
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
        Op::Relu => monotone(inputs[0], |x| x.max(0.0)),
        Op::LeakyRelu { slope } => outward(monotone(inputs[0], |x| if x >= 0.0 { x } else { slope * x }), 1),
        Op::Sigmoid => within(outward(monotone(inputs[0], |x| 1.0 / (1.0 + (-x).exp())), 16), 0.0, 1.0),
        Op::Tanh => within(outward(monotone(inputs[0], f64::tanh), 16), -1.0, 1.0),
        Op::MaxPool(pool) => {
            let windows = pool_windows(pool, network.node(node.inputs()[0]).shape());
            let greatest = |values: &Array1<f64>| -> Array1<f64> {
                windows
                    .iter()
                    .map(|window| window.iter().map(|i| values[*i]).fold(f64::NEG_INFINITY, f64::max))
                    .collect()
            };
            NodeBounds { lower: greatest(&inputs[0].lower), upper: greatest(&inputs[0].upper) }
        }
        Op::Rearrange(_) | Op::Concat { .. } => copied(network, id, &inputs),
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

/// An operator that moves elements without computing.
fn copied(network: &Network<f64>, id: NodeId, inputs: &[&NodeBounds]) -> NodeBounds {
    let moved = |side: fn(&NodeBounds) -> &Array1<f64>| {
        let rows: Vec<Array2<f64>> = inputs.iter().map(|bounds| row(side(bounds).clone())).collect();
        network.apply(id, &views(&rows)).remove_axis(Axis(0))
    };
    NodeBounds { lower: moved(|bounds| &bounds.lower), upper: moved(|bounds| &bounds.upper) }
}

/// `centre ± radius` through an affine operator, with the rounding error of all its sums added outward.
fn affine(network: &Network<f64>, id: NodeId, inputs: &[&NodeBounds]) -> NodeBounds {
    let center_of = |bounds: &NodeBounds| row((&bounds.lower + &bounds.upper) * 0.5);
    let centers: Vec<Array2<f64>> = inputs.iter().map(|bounds| center_of(bounds)).collect();
    let radius_of = |(bounds, center): (&&NodeBounds, &Array2<f64>)| {
        let reach = |c: &f64, l: &f64, u: &f64| (u - c).max(c - l).next_up();
        row(Zip::from(center.row(0)).and(&bounds.lower).and(&bounds.upper).map_collect(reach))
    };
    let radii: Vec<Array2<f64>> = inputs.iter().zip(&centers).map(radius_of).collect();
    let magnitudes: Vec<Array2<f64>> = inputs.iter().map(|bounds| row(bounds.magnitude())).collect();

    let center = network.apply(id, &views(&centers)).remove_axis(Axis(0));
    let radius = network.apply_absolute(id, &views(&radii)).remove_axis(Axis(0));
    let constant = constant_part(network, id);
    let absolute = network.apply_absolute(id, &views(&magnitudes)).remove_axis(Axis(0));
    let terms = longest_sum(network, id);
    let reach = Zip::from(&radius).and(&absolute).and(&constant).map_collect(|radius, absolute, constant| {
        add_up(*radius, 2.0 * sum_error(terms, absolute + constant.abs()))
    });
    NodeBounds {
        lower: Zip::from(&center).and(&reach).map_collect(|c, r| sub_down(*c, *r)),
        upper: Zip::from(&center).and(&reach).map_collect(|c, r| add_up(*c, *r)),
    }
}

/// The constant part of an affine operator: its value where all inputs are zero.
pub(super) fn constant_part(network: &Network<f64>, id: NodeId) -> Array1<f64> {
    let zeros: Vec<Array2<f64>> = network
        .node(id)
        .inputs()
        .iter()
        .map(|input| Array2::zeros((1, network.node(*input).element_count())))
        .collect();
    network.apply(id, &views(&zeros)).remove_axis(Axis(0))
}

/// How many products the longest sum in an affine operator (or in its transpose) has.
pub(super) fn longest_sum(network: &Network<f64>, id: NodeId) -> usize {
    let node = network.node(id);
    match node.op() {
        Op::Affine(affine) => affine.weight.nrows().max(affine.weight.ncols()),
        Op::Conv2d(conv) => {
            let (outputs, per_group, height, width) = conv.weight.dim();
            outputs.max(per_group) * height * width
        }
        Op::AveragePool(pool) => pool.window.kernel.iter().product(),
        Op::Add => node.inputs().len(),
        Op::Rearrange(rearrange) => rearrange.sources.len(),
        Op::Constant { kind: ConstantOp::Div, .. } => 2,
        _ => 1,
    }
}

fn monotone(input: &NodeBounds, function: impl Fn(f64) -> f64) -> NodeBounds {
    NodeBounds { lower: input.lower.mapv(&function), upper: input.upper.mapv(&function) }
}

/// Widens by some units in the last place: the error of the library functions and of the operations around them.
fn outward(bounds: NodeBounds, units: usize) -> NodeBounds {
    NodeBounds {
        lower: bounds.lower.mapv_into(|x| (0..units).fold(x, |x, _| x.next_down())),
        upper: bounds.upper.mapv_into(|x| (0..units).fold(x, |x, _| x.next_up())),
    }
}

fn within(bounds: NodeBounds, least: f64, greatest: f64) -> NodeBounds {
    NodeBounds {
        lower: bounds.lower.mapv_into(|x| x.clamp(least, greatest)),
        upper: bounds.upper.mapv_into(|x| x.clamp(least, greatest)),
    }
}

fn row(values: Array1<f64>) -> Array2<f64> {
    values.insert_axis(Axis(0))
}

fn views(arrays: &[Array2<f64>]) -> Vec<ArrayView2<'_, f64>> {
    arrays.iter().map(|array| array.view()).collect()
}
