//! The progressive chain: from node to node, cheap methods first, each only where the ones before left a question.

use std::fmt;
use std::time::Duration;

use nn_core::{Network, NodeId, Op, Rearrange, Source};
use solver_api::Budget;

use super::crown::Crown;
use super::interval::{check_input, interval_node};
use super::tightening::{Place, Tightening, Wanted};
use super::{BoundsError, NetworkBounds, NodeBounds, Phase};
use crate::property::InputBox;

/// Which elements of nodes are worth more than interval arithmetic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Elements {
    /// Of the inputs of ReLUs those whose sign is still open, as the others do not profit; of the output and the inputs
    /// of other non-linear operators all.
    OpenSigns,
    /// All.
    All,
}

/// Interval arithmetic, and methods that tighten it, applied layer by layer.
///
/// Each layer's bounds are final before the next layer's are computed, so that every method profits from what all of
/// them proved further up. Tjeng, Xiao and Tedrake, 2019, call this progressive tightening.
pub struct BoundChain<'a> {
    tightenings: Vec<Box<dyn Tightening + 'a>>,
    elements: Elements,
    /// For all methods behind the first together.
    time_limit: Option<Duration>,
}

/// One method was applied to one node.
#[derive(Clone, Copy, Debug)]
pub struct ChainStep<'a> {
    /// The node.
    pub node: NodeId,
    /// The method's name.
    pub method: &'static str,
    /// How many elements it was asked for.
    pub asked: usize,
    /// The node's bounds before.
    pub before: &'a NodeBounds,
    /// And after, intersected.
    pub after: &'a NodeBounds,
}

impl<'a> BoundChain<'a> {
    /// Interval arithmetic and nothing else.
    pub fn interval() -> Self {
        Self { tightenings: Vec::new(), elements: Elements::OpenSigns, time_limit: None }
    }

    /// Interval arithmetic and CROWN.
    pub fn crown() -> Self {
        Self::interval().then(Crown)
    }

    /// The chain with a method added behind the others.
    #[must_use]
    pub fn then(mut self, tightening: impl Tightening + 'a) -> Self {
        self.tightenings.push(Box::new(tightening));
        self
    }

    /// The chain, applied to other elements.
    #[must_use]
    pub fn on(self, elements: Elements) -> Self {
        Self { elements, ..self }
    }

    /// The chain, with so much time for all methods behind the first together: that one is to be cheap, and is always asked.
    #[must_use]
    pub fn within(self, time_limit: Duration) -> Self {
        Self { time_limit: Some(time_limit), ..self }
    }

    /// The methods behind interval arithmetic, in their order.
    pub fn tightenings(&self) -> impl DoubleEndedIterator<Item = &(dyn Tightening + 'a)> {
        self.tightenings.iter().map(Box::as_ref)
    }

    /// Bounds of all nodes.
    ///
    /// Once the budget is exhausted, what is left gets interval bounds.
    ///
    /// # Errors
    /// [`BoundsError`] where the box does not fit the network, numbers overflow, or a method fails.
    pub fn compute(
        &self,
        network: &Network<f64>,
        input: &InputBox,
        budget: &Budget,
    ) -> Result<NetworkBounds, BoundsError> {
        self.compute_observed(network, input, budget, &mut |_| ())
    }

    /// [`BoundChain::compute`], telling of every step.
    ///
    /// # Errors
    /// As [`BoundChain::compute`].
    pub fn compute_observed(
        &self,
        network: &Network<f64>,
        input: &InputBox,
        budget: &Budget,
        observer: &mut dyn FnMut(ChainStep<'_>),
    ) -> Result<NetworkBounds, BoundsError> {
        check_input(network, input)?;
        let demands = demands(network, self.elements);
        let exact = interval_is_exact(network);
        let limited = self.time_limit.map_or_else(|| budget.clone(), |limit| budget.limited_to(limit));
        let mut bounds = NetworkBounds { nodes: Vec::with_capacity(network.nodes().len()) };
        for node in network.node_ids() {
            let interval = interval_node(network, input, &bounds, node)?;
            bounds.nodes.push(interval);
            if !network.node(node).op().is_affine() || exact[node.index()] {
                continue;
            }
            for (position, tightening) in self.tightenings().enumerate() {
                if tightening.is_search() && node == network.output() {
                    continue;
                }
                let budget = if position == 0 { budget } else { &limited };
                let demand = demands[node.index()];
                let elements = demand.elements(bounds.node(node));
                if elements.is_empty() || budget.is_exhausted() {
                    break;
                }
                let place = Place { network, bounds: &bounds, node };
                let found = tightening.ranges(place, &elements, demand.wanted(), budget)?;
                let before = bounds.nodes[node.index()].clone();
                bounds.nodes[node.index()].improve(network.node(node).name(), &elements, &found)?;
                let after = bounds.node(node);
                let method = tightening.name();
                observer(ChainStep { node, method, asked: elements.len(), before: &before, after });
            }
        }
        Ok(bounds)
    }
}

impl fmt::Debug for BoundChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.tightenings().map(Tightening::name).collect();
        f.debug_struct("BoundChain").field("tightenings", &names).field("elements", &self.elements).finish()
    }
}

/// Which elements of a node should have tight bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Demand {
    Nothing,
    OpenSigns,
    Everything,
}

impl Demand {
    fn elements(self, known: &NodeBounds) -> Vec<usize> {
        let wanted = |element: &usize| match self {
            Demand::Nothing => false,
            Demand::OpenSigns => known.phase(*element) == Phase::Unstable,
            Demand::Everything => true,
        };
        (0..known.lower.len()).filter(wanted).collect()
    }

    fn wanted(self) -> Wanted {
        match self {
            Demand::Nothing | Demand::OpenSigns => Wanted::Sign,
            Demand::Everything => Wanted::Range,
        }
    }
}

fn demands(network: &Network<f64>, elements: Elements) -> Vec<Demand> {
    let least = match elements {
        Elements::OpenSigns => Demand::OpenSigns,
        Elements::All => Demand::Everything,
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
