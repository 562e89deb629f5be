//! What the program knows of every neuron's value.

use milp_encode::bounds::{NetworkBounds, interval_bounds, interval_bounds_of_silenced};
use nn_core::{Network, NodeId};

use super::{ImportanceError, ImportanceMode, ScoredImage};

/// The ranges of one image's region.
#[derive(Clone)]
pub(super) struct Ranges {
    /// Of the network as it is; in [`ImportanceMode::Sound`] the same as `silenced`.
    nominal: Option<NetworkBounds>,
    /// Whatever the scores are.
    silenced: NetworkBounds,
    /// Whether the region is a single point, so that what no score can change has one value.
    is_point: bool,
}

/// A unit's element: how far a score of 0 shifts it down, and how low the program lets it be then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shift {
    /// `U`: the pre-activation less `(1 - s) U` enters the ReLU.
    pub(super) amount: f64,
    /// `L`: what enters the ReLU is at least this.
    pub(super) least: f64,
}

impl Ranges {
    pub(super) fn new(
        network: &Network<f64>,
        image: &ScoredImage,
        scored: &[NodeId],
        mode: ImportanceMode,
    ) -> Result<Self, ImportanceError> {
        let nominal = match mode {
            ImportanceMode::Sound => None,
            ImportanceMode::V1 | ImportanceMode::Head => Some(interval_bounds(network, &image.region)?),
        };
        let silenced = interval_bounds_of_silenced(network, &image.region, scored)?;
        Ok(Self { nominal, silenced, is_point: image.region.lower() == image.region.upper() })
    }

    /// The range of an element, whatever the scores are.
    pub(super) fn range(&self, node: NodeId, element: usize) -> (f64, f64) {
        let bounds = self.silenced.node(node);
        (bounds.lower()[element], bounds.upper()[element])
    }

    /// The shift of a scored pre-activation; `value` is its value where no score can change it.
    pub(super) fn shift(
        &self,
        (layer, element): (NodeId, usize),
        value: Option<f64>,
        mode: ImportanceMode,
    ) -> Shift {
        let bounds = self.nominal.as_ref().unwrap_or(&self.silenced).node(layer);
        let (lower, upper) = match value {
            // Bounds are rounded outward, which would leave the sign of 0 open.
            Some(value) if self.is_point => (value, value),
            _ => (bounds.lower()[element], bounds.upper()[element]),
        };
        match mode {
            ImportanceMode::V1 => Shift { amount: upper, least: lower },
            ImportanceMode::Head => Shift { amount: upper.max(0.0), least: lower },
            ImportanceMode::Sound => {
                let amount = upper.max(0.0);
                Shift { amount, least: value.unwrap_or(lower) - amount }
            }
        }
    }
}
