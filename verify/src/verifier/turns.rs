//! Which engine works on a region, and in which order: by evidence.

use milp_encode::bounds::{BoundChain, BoundsError, compute_bounds};
use milp_encode::property::InputSet;
use nn_core::{Network, Op};

use crate::Engine;
use crate::bab::open_neurons;

/// What a region and its network look like.
#[derive(Clone, Copy, Debug)]
struct Evidence {
    /// Inputs whose range is more than a point.
    free_inputs: usize,
    /// Neurons whose sign CROWN leaves open.
    open_neurons: usize,
    /// Whether there is anything but affine operators and (leaky) ReLUs.
    is_bent_otherwise: bool,
}

/// What speaks for an engine.
type Suits = fn(&Evidence) -> bool;

/// Engines by their names, each with what speaks for it; those for which something speaks work first, in this order, and
/// the others after them. What an engine refuses or leaves open, the next one gets.
const TABLE: [(&str, Suits); 4] = [
    ("input-split", |evidence| evidence.free_inputs <= 20),
    ("lp-bab", |evidence| evidence.open_neurons <= 200 && !evidence.is_bent_otherwise),
    ("relu-split", |evidence| !evidence.is_bent_otherwise),
    ("milp", |_| false),
];

/// The engines in the order in which they work on a region.
///
/// # Errors
/// [`BoundsError`] where the network has no bounds over the region.
pub(super) fn order<'e>(
    engines: &[&'e dyn Engine],
    network: &Network<f64>,
    input: &InputSet,
) -> Result<Vec<&'e dyn Engine>, BoundsError> {
    if engines.len() < 2 {
        return Ok(engines.to_vec());
    }
    let evidence = gather(network, input)?;
    let rank = |engine: &&dyn Engine| {
        let place = TABLE.iter().position(|(name, _)| *name == engine.name());
        place.map_or((true, TABLE.len()), |place| (!TABLE[place].1(&evidence), place))
    };
    let mut ordered = engines.to_vec();
    ordered.sort_by_key(rank);
    Ok(ordered)
}

fn gather(network: &Network<f64>, input: &InputSet) -> Result<Evidence, BoundsError> {
    let sides = input.sides();
    let bounds = compute_bounds(network, sides, &BoundChain::crown())?;
    let is_affine_or_relu = |op: &Op<f64>| op.is_affine() || matches!(op, Op::Relu | Op::LeakyRelu { .. });
    Ok(Evidence {
        free_inputs: sides.lower().iter().zip(sides.upper()).filter(|(lower, upper)| lower < upper).count(),
        open_neurons: open_neurons(network, &bounds).len(),
        is_bent_otherwise: network.nodes().iter().skip(1).any(|node| !is_affine_or_relu(node.op())),
    })
}
