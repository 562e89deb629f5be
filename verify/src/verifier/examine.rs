//! What bounds alone tell of a region: conjunctions that cannot hold, and what speaks for which engine.

use milp_encode::bounds::{BoundChain, BoundsError, compute_bounds};
use milp_encode::property::{Conjunction, LinearFunction};
use milp_encode::{CLEARLY_POSITIVE, relaxed_minima};
use nn_core::{Network, Op};
use solver_api::Budget;

use crate::UnsafeRegion;
use crate::neurons::open_neurons;

/// A region after CROWN.
pub(super) struct Examined<'a> {
    pub(super) region: &'a UnsafeRegion,
    /// The conjunctions that bounds do not refute.
    pub(super) open: Vec<Conjunction>,
    /// A proven lower bound of the greatest function of each of them.
    pub(super) lower_bound: f64,
    /// None where the network has no bounds, for the reason given.
    pub(super) evidence: Result<Evidence, BoundsError>,
}

/// What a region and its network look like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    /// Inputs whose range is more than a point.
    pub(super) free_inputs: usize,
    /// Neurons whose sign CROWN leaves open.
    pub(super) open_neurons: usize,
    /// Whether there is max pooling.
    pub(super) has_maxima: bool,
    /// Whether there is anything that is not piecewise linear.
    pub(super) has_curves: bool,
}

/// Bounds a region and drops the conjunctions that they refute.
pub(super) fn examine<'a>(network: &Network<f64>, region: &'a UnsafeRegion, budget: &Budget) -> Examined<'a> {
    let conjunctions = &region.unsafe_outputs;
    match bounded(network, region, budget) {
        Ok((evidence, lower)) => {
            let open = || lower.iter().zip(conjunctions).filter(|(lower, _)| **lower <= 0.0);
            Examined {
                region,
                open: open().map(|(_, conjunction)| conjunction.clone()).collect(),
                lower_bound: open().map(|(lower, _)| *lower).fold(f64::INFINITY, f64::min),
                evidence: Ok(evidence),
            }
        }
        Err(error) => Examined {
            region,
            open: conjunctions.clone(),
            lower_bound: f64::NEG_INFINITY,
            evidence: Err(error),
        },
    }
}

/// The evidence, and a lower bound of each conjunction's greatest function.
fn bounded(
    network: &Network<f64>,
    region: &UnsafeRegion,
    budget: &Budget,
) -> Result<(Evidence, Vec<f64>), BoundsError> {
    let (sides, chain) = (region.input.sides(), BoundChain::crown());
    let bounds = compute_bounds(network, sides, &chain)?;
    let has = |is_meant: fn(&Op<f64>) -> bool| network.nodes().iter().any(|node| is_meant(node.op()));
    let evidence = Evidence {
        free_inputs: sides.lower().iter().zip(sides.upper()).filter(|(lower, upper)| lower < upper).count(),
        open_neurons: open_neurons(network, &bounds).len(),
        has_maxima: has(|op| matches!(op, Op::MaxPool(_))),
        has_curves: has(|op| matches!(op, Op::Sigmoid | Op::Tanh)),
    };
    let functions: Vec<LinearFunction> =
        region.unsafe_outputs.iter().flat_map(|conjunction| conjunction.0.iter().cloned()).collect();
    let minima = relaxed_minima(network, &bounds, &chain, &functions, CLEARLY_POSITIVE, budget)?;
    let mut rest = minima.as_slice();
    let greatest = region.unsafe_outputs.iter().map(|conjunction| {
        let (own, others) = rest.split_at(conjunction.0.len());
        rest = others;
        own.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    });
    Ok((evidence, greatest.collect()))
}
