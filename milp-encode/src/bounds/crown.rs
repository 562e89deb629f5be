//! CROWN bounds of whole networks: which nodes and elements get a backward pass, and what it improves.

use ndarray::{Array1, Array2, ArrayView2};
use nn_core::{Network, NodeId, Op, Rearrange, Source};

use super::backward::BackwardPass;
use super::interval::{check_input, interval_node};
use super::{BoundsError, NetworkBounds, Phase};
use crate::property::InputBox;

/// How many elements of a node go through one backward pass: what bounds the memory that wide layers take.
const ELEMENTS_PER_PASS: usize = 256;

/// For which elements CROWN bounds are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CrownRows {
    /// Of the inputs of ReLUs those whose sign is still open, as the others do not profit; of the output and the inputs
    /// of other non-linear operators all.
    OpenSigns,
    /// All.
    All,
}

/// Bounds by backward substitution of linear relaxations, intersected with interval bounds, for the inputs of all
/// non-linear operators and for the output.
///
/// Where interval arithmetic is exact already, no backward pass is made. Never looser than interval bounds; but, since
/// the slopes of the relaxations depend on the box, a box inside another may have looser bounds. Source: Zhang et al.,
/// "Efficient neural network robustness certification with general activation functions", 2018 (CROWN); Singh et al.,
/// "An abstract domain for certifying neural networks", 2019 (DeepPoly).
///
/// # Errors
/// [`BoundsError`] where the box does not fit the network, or numbers overflow.
pub fn crown_bounds(
    network: &Network<f64>,
    input: &InputBox,
    rows: CrownRows,
) -> Result<NetworkBounds, BoundsError> {
    check_input(network, input)?;
    let demands = demands(network, rows);
    let exact = interval_is_exact(network);
    let mut bounds = NetworkBounds { nodes: Vec::with_capacity(network.nodes().len()) };
    for id in network.node_ids() {
        let interval = interval_node(network, input, &bounds, id)?;
        bounds.nodes.push(interval);
        if network.node(id).op().is_affine() && !exact[id.index()] {
            tighten(network, &mut bounds, id, demands[id.index()])?;
        }
    }
    Ok(bounds)
}

/// A proven lower bound of every row of `functions` applied to a node's value, over the box of `bounds`.
///
/// `functions` has one row a function and one column an element of the node; `bounds` are those of the whole network.
/// A bound beyond what f64 can hold is `-inf`.
///
/// # Panics
/// Where `functions` has another number of columns than the node has elements.
pub fn crown_lower_bounds(
    network: &Network<f64>,
    bounds: &NetworkBounds,
    node: NodeId,
    functions: ArrayView2<'_, f64>,
) -> Array1<f64> {
    assert_eq!(functions.ncols(), network.node(node).element_count(), "one column an element of the node");
    BackwardPass::new(network, bounds, node, functions.to_owned()).lower_bounds()
}

/// Which elements of a node should have tight bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Demand {
    Nothing,
    OpenSigns,
    Everything,
}

fn demands(network: &Network<f64>, rows: CrownRows) -> Vec<Demand> {
    let least = match rows {
        CrownRows::OpenSigns => Demand::OpenSigns,
        CrownRows::All => Demand::Everything,
    };
    let mut demands = vec![Demand::Nothing; network.nodes().len()];
    demands[network.output().index()] = Demand::Everything;
    for id in network.node_ids().rev() {
        let node = network.node(id);
        let demand = match node.op() {
            // Only the sign of the input matters, unless the range of the value does.
            Op::Relu | Op::LeakyRelu { .. } => demands[id.index()].max(least),
            Op::MaxPool(_) | Op::Sigmoid | Op::Tanh => Demand::Everything,
            _ => continue,
        };
        let input = &mut demands[node.inputs()[0].index()];
        *input = demand.max(*input);
    }
    demands
}

/// For which nodes interval arithmetic gives the exact range of every element: elements on a path on which inputs were
/// not mixed yet, and the first operator that mixes them.
fn interval_is_exact(network: &Network<f64>) -> Vec<bool> {
    // Whether every element is a monotone function of one input element, and no two of the same.
    let mut unmixed = vec![false; network.nodes().len()];
    let mut exact = vec![false; network.nodes().len()];
    for id in network.node_ids() {
        let node = network.node(id);
        let input_unmixed = matches!(node.inputs(), [input] if unmixed[input.index()]);
        unmixed[id.index()] = match node.op() {
            Op::Input => true,
            Op::Constant { .. } | Op::Reshape | Op::Relu | Op::LeakyRelu { .. } | Op::Sigmoid | Op::Tanh => {
                input_unmixed
            }
            Op::Rearrange(rearrange) => input_unmixed && takes_no_element_twice(rearrange),
            _ => false,
        };
        exact[id.index()] = unmixed[id.index()] || input_unmixed;
    }
    exact
}

fn takes_no_element_twice(rearrange: &Rearrange<f64>) -> bool {
    let mut taken = std::collections::HashSet::new();
    rearrange.sources.iter().all(|source| match source {
        Source::Element(index) => taken.insert(*index),
        Source::Constant(_) => true,
    })
}

/// Intersects the bounds of an affine node with those of backward passes over the elements that are wanted.
fn tighten(
    network: &Network<f64>,
    bounds: &mut NetworkBounds,
    id: NodeId,
    demand: Demand,
) -> Result<(), BoundsError> {
    let known = bounds.node(id);
    let wanted: Vec<usize> = (0..known.lower.len())
        .filter(|element| match demand {
            Demand::Nothing => false,
            Demand::OpenSigns => known.phase(*element) == Phase::Unstable,
            Demand::Everything => true,
        })
        .collect();
    let mut crown = known.clone();
    for elements in wanted.chunks(ELEMENTS_PER_PASS) {
        let mut pass = BackwardPass::new(network, bounds, id, unit_rows(elements, crown.lower.len()));
        // An affine step is the same for both signs.
        pass.substitute(id);
        let found = pass.joined_by_negations().lower_bounds();
        for (row, element) in elements.iter().enumerate() {
            crown.lower[*element] = found[row];
            crown.upper[*element] = -found[elements.len() + row];
        }
    }
    bounds.nodes[id.index()].intersect(network.node(id).name(), &crown)
}

/// For each element the row that picks it.
fn unit_rows(elements: &[usize], count: usize) -> Array2<f64> {
    let mut rows = Array2::zeros((elements.len(), count));
    for (row, element) in elements.iter().enumerate() {
        rows[[row, *element]] = 1.0;
    }
    rows
}
