//! Maxima as ReLUs: `max(a, b) = b + relu(a - b)`.
//!
//! A window's elements meet in pairs, the winners of one round in the next. A ReLU whose values only go into maxima is
//! moved behind them, `max(relu(x)) = relu(max(x))`: then most of what is compared is affine in the input, and backward
//! substitution through the differences decides it. Source for maxima as ReLUs: Katz et al., "Reluplex", 2017.

use std::borrow::Cow;

use milp_encode::bounds::{BoundChain, BoundsError, NodeBounds, Place, crown_lower_bounds};
use milp_encode::property::InputBox;
use milp_encode::{pool_windows, undominated};
use ndarray::{Array2, ArrayD, ArrayView1, Axis, s};
use nn_core::{Affine, ConstantOp, Network, NetworkBuilder, NodeId, Op, Pool, Rearrange, Shape, Source};
use solver_api::Budget;

/// A network without max pooling whose outputs on a box are the same in real arithmetic.
///
/// Weights stay as they are, and new coefficients are 1 or -1. Elements that bounds show never to be the greatest of their window are left out.
///
/// # Errors
/// [`BoundsError`] where the network has no bounds on the box.
pub(super) fn without_maxima<'a>(
    network: &'a Network<f64>,
    input: &InputBox,
    budget: &Budget,
) -> Result<Cow<'a, Network<f64>>, BoundsError> {
    if !network.nodes().iter().any(|node| matches!(node.op(), Op::MaxPool(_))) {
        return Ok(Cow::Borrowed(network));
    }
    let bounds = BoundChain::crown().compute(network, input, budget)?;
    let center = network.trace(input.center().view().insert_axis(Axis(0)));
    let users = users(network);
    let mut builder = NetworkBuilder::new(network.input_shape().clone());
    let mut position = vec![NodeId::INPUT; network.nodes().len()];
    for id in network.node_ids().skip(1) {
        let node = network.node(id);
        let inputs: Vec<NodeId> = node.inputs().iter().map(|input| position[input.index()]).collect();
        position[id.index()] = match node.op() {
            Op::MaxPool(pool) => {
                let compared = Compared::find(network, &users, id);
                let mut windows = compared.windows(network, bounds.node(compared.node), pool);
                let place = Place { network, bounds: &bounds, node: compared.node };
                leave_out_beaten(place, center.value(compared.node).row(0), &mut windows, budget);
                let source = match few_of(network, &users, compared.node, &mut windows) {
                    Some(few) => {
                        let inputs = network.node(compared.node).inputs()[0];
                        add(&mut builder, node.name(), few, &[position[inputs.index()]])
                    }
                    None => position[compared.node.index()],
                };
                let maximum = maxima(&mut builder, node.name(), source, windows);
                let maximum =
                    add(&mut builder, node.name(), picked(maximum.1, node.shape().clone()), &[maximum.0]);
                match compared.then {
                    Some(activation) => add(&mut builder, node.name(), activation.clone(), &[maximum]),
                    None => maximum,
                }
            }
            Op::Reshape => builder
                .reshape(node.name(), inputs[0], node.shape().clone())
                .expect("it fitted in the network that it comes from"),
            op => add(&mut builder, node.name(), op.clone(), &inputs),
        };
    }
    // Activations that were moved have no user any more: the builder drops them.
    Ok(Cow::Owned(builder.finish(position[network.output().index()])))
}

/// What the windows of a layer of maxima are laid over.
struct Compared<'a> {
    /// The node whose elements are compared.
    node: NodeId,
    /// The activation that was moved behind the maximum.
    then: Option<&'a Op<f64>>,
    /// Whether the maximum only matters where it is above 0.
    above_zero: bool,
}

impl<'a> Compared<'a> {
    fn find(network: &'a Network<f64>, users: &[Vec<NodeId>], maximum: NodeId) -> Self {
        let before = network.node(maximum).inputs()[0];
        let activation = network.node(before);
        let is_relu = |id: &NodeId| matches!(network.node(*id).op(), Op::Relu);
        let users = |id: NodeId| users[id.index()].as_slice();
        // A leaky ReLU's slope is not negative: both are monotone.
        let is_moved =
            matches!(activation.op(), Op::Relu | Op::LeakyRelu { .. }) && users(before) == [maximum];
        let is_cut_behind = !users(maximum).is_empty() && users(maximum).iter().all(is_relu);
        Self {
            node: if is_moved { activation.inputs()[0] } else { before },
            then: is_moved.then_some(activation.op()),
            above_zero: is_moved && is_relu(&before) || maximum != network.output() && is_cut_behind,
        }
    }

    /// Of each window the elements that may make a difference; at least one.
    fn windows(&self, network: &Network<f64>, bounds: &NodeBounds, pool: &Pool) -> Vec<Vec<usize>> {
        let mut windows = pool_windows(pool, network.node(self.node).shape());
        for window in &mut windows {
            *window = undominated(window, bounds.lower(), bounds.upper());
            if self.above_zero {
                let first = window[0];
                window.retain(|element| bounds.upper()[*element] > 0.0);
                if window.is_empty() {
                    window.push(first);
                }
            }
        }
        windows
    }
}

/// How many functions of a node go through the network together.
const ROWS_TOGETHER: usize = 256;

/// Leaves out the elements of each window that never exceed the one that is greatest at some point, as far as CROWN tells
/// of their differences.
fn leave_out_beaten(
    place: Place<'_>,
    values: ArrayView1<'_, f64>,
    windows: &mut [Vec<usize>],
    budget: &Budget,
) {
    let mut pairs = Vec::new();
    for (window, elements) in windows.iter().enumerate() {
        let leader = elements.iter().copied().max_by(|a, b| values[*a].total_cmp(&values[*b]));
        let Some(leader) = leader else { continue };
        pairs.extend(elements.iter().filter(|i| **i != leader).map(|rival| (window, leader, *rival)));
    }
    for pairs in pairs.chunks(ROWS_TOGETHER) {
        if budget.is_exhausted() {
            return;
        }
        let mut differences = Array2::zeros((pairs.len(), values.len()));
        for (row, (_, leader, rival)) in pairs.iter().enumerate() {
            differences[[row, *leader]] = 1.0;
            differences[[row, *rival]] = -1.0;
        }
        let lower = crown_lower_bounds(place.network, place.bounds, place.node, differences.view());
        for ((window, _, rival), _) in pairs.iter().zip(&lower).filter(|(_, lower)| **lower >= 0.0) {
            windows[*window].retain(|element| element != rival);
        }
    }
}

/// A layer of so many weights is worth it where it takes the place of a wide one.
const MOST_WEIGHTS: usize = 1 << 22;

/// Those elements of a convolution that are compared, as a fully connected layer, where they are few among many; the
/// windows then are of its elements.
fn few_of(
    network: &Network<f64>,
    users: &[Vec<NodeId>],
    id: NodeId,
    windows: &mut [Vec<usize>],
) -> Option<Op<f64>> {
    let node = network.node(id);
    let (Op::Conv2d(convolution), [_]) = (node.op(), users[id.index()].as_slice()) else { return None };
    let mut needed: Vec<usize> = windows.iter().flatten().copied().collect();
    needed.sort_unstable();
    needed.dedup();
    let inputs = network.node(node.inputs()[0]).element_count();
    if 2 * needed.len() > node.element_count() || needed.len() * inputs > MOST_WEIGHTS {
        return None;
    }
    let mut weight = Array2::zeros((needed.len(), inputs));
    for (first, together) in needed.chunks(ROWS_TOGETHER).enumerate() {
        let mut units = Array2::zeros((together.len(), node.element_count()));
        together.iter().enumerate().for_each(|(row, element)| units[[row, *element]] = 1.0);
        // Products with 1 and sums with 0 only: the weights stay what they are.
        let rows = network.pullback(id, units.view()).swap_remove(0);
        weight.slice_mut(s![first * ROWS_TOGETHER..first * ROWS_TOGETHER + together.len(), ..]).assign(&rows);
    }
    let per_channel = node.element_count() / convolution.bias.len();
    let bias = needed.iter().map(|element| convolution.bias[element / per_channel]).collect();
    for element in windows.iter_mut().flatten() {
        *element = needed.binary_search(element).expect("all were listed");
    }
    Some(Op::Affine(Affine { weight, bias }))
}

/// For every window where its maximum stands, and the node that it is an element of.
fn maxima(
    builder: &mut NetworkBuilder<f64>,
    name: &str,
    mut node: NodeId,
    mut windows: Vec<Vec<usize>>,
) -> (NodeId, Vec<usize>) {
    for round in 1.. {
        if windows.iter().all(|window| window.len() == 1) {
            break;
        }
        // Windows that overlap have pairs in common.
        let (mut pairs, mut unpaired) = (Vec::new(), Vec::new());
        for window in &windows {
            let (own_pairs, rest) = window.as_chunks::<2>();
            pairs.extend_from_slice(own_pairs);
            unpaired.extend_from_slice(rest);
        }
        pairs.sort_unstable();
        pairs.dedup();
        unpaired.sort_unstable();
        unpaired.dedup();
        node = round_of(builder, &format!("{name}, round {round}"), node, &pairs, &unpaired);
        for window in &mut windows {
            let (own_pairs, rest) = window.as_chunks::<2>();
            let winner = |pair: &[usize; 2]| pairs.binary_search(pair);
            let passed_on =
                |element: &usize| unpaired.binary_search(element).map(|place| pairs.len() + place);
            let next = own_pairs.iter().map(winner).chain(rest.iter().map(passed_on));
            *window = next.collect::<Result<_, _>>().expect("all pairs and all others were listed");
        }
    }
    (node, windows.into_iter().map(|window| window[0]).collect())
}

/// The greater of each pair of a node's elements, then the unpaired ones.
fn round_of(
    builder: &mut NetworkBuilder<f64>,
    name: &str,
    node: NodeId,
    pairs: &[[usize; 2]],
    unpaired: &[usize],
) -> NodeId {
    let mut add =
        |what: &str, op: Op<f64>, inputs: &[NodeId]| add(builder, &format!("{name}: {what}"), op, inputs);
    let flat = |elements: Vec<usize>| {
        let shape = Shape::from([elements.len()]);
        picked(elements, shape)
    };
    let first = add("first", flat(pairs.iter().map(|pair| pair[0]).collect()), &[node]);
    let second = add("second", flat(pairs.iter().map(|pair| pair[1]).collect()), &[node]);
    let minus_one = ArrayD::from_elem(vec![pairs.len()], -1.0);
    let negated = add("negated", Op::Constant { kind: ConstantOp::Mul, value: minus_one }, &[second]);
    let difference = add("difference", Op::Add, &[first, negated]);
    let excess = add("excess", Op::Relu, &[difference]);
    let winners = add("winners", Op::Add, &[second, excess]);
    if unpaired.is_empty() {
        return winners;
    }
    let others = add("unpaired", flat(unpaired.to_vec()), &[node]);
    add("all", Op::Concat { axis: 0 }, &[winners, others])
}

/// Some elements of a tensor.
fn picked(elements: Vec<usize>, shape: Shape) -> Op<f64> {
    Op::Rearrange(Rearrange { sources: elements.into_iter().map(Source::Element).collect(), shape })
}

fn add(builder: &mut NetworkBuilder<f64>, name: &str, op: Op<f64>, inputs: &[NodeId]) -> NodeId {
    builder.add(name, op, inputs).expect("shapes follow from those of a network that fits")
}

/// For every node those that take its value.
fn users(network: &Network<f64>) -> Vec<Vec<NodeId>> {
    let mut users = vec![Vec::new(); network.nodes().len()];
    for id in network.node_ids() {
        network.node(id).inputs().iter().for_each(|input| users[input.index()].push(id));
    }
    users
}

#[cfg(test)]
mod tests;
