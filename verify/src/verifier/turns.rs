//! Which engine works on a region, and in which order: by evidence.

use super::examine::Evidence;
use crate::Engine;

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

/// The engines in the order in which they work on a region; those that the table does not know come last.
pub(super) fn order<'e>(engines: &[&'e dyn Engine], evidence: &Evidence) -> Vec<&'e dyn Engine> {
    let rank = |engine: &&dyn Engine| {
        let place = TABLE.iter().position(|(name, _)| *name == engine.name());
        place.map_or((true, TABLE.len()), |place| (!TABLE[place].1(evidence), place))
    };
    let mut ordered = engines.to_vec();
    ordered.sort_by_key(rank);
    ordered
}
