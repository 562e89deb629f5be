use ndarray::{ArrayD, ArrayViewMutD, Axis};
use nn_core::{Network, NodeId, ParameterRole, Scalar};
use thiserror::Error;

use crate::{HiddenLayer, hidden_layers};

/// Which units of which layers stay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NeuronMask {
    layers: Vec<LayerMask>,
}

/// Which neurons (or feature maps) of one layer stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerMask {
    layer: NodeId,
    kept: Vec<bool>,
}

/// What becomes of a unit that goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Silencing {
    /// Its weights and its bias are 0: it emits 0, as the mixed-integer program assumes.
    #[default]
    WeightsAndBias,
    /// Its weights are 0 and its bias stays, as in the published code of ElAraby, Wolf and Carvalho: it emits
    /// `max(bias, 0)` whatever the input.
    Weights,
}

/// Why a mask does not fit a network.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MaskError {
    /// The network has no such layer, or its units cannot be removed.
    #[error("node {layer} is no layer whose units can be removed; those of this network are {}", listed(.hidden))]
    NoHiddenLayer {
        /// The node that the mask names.
        layer: usize,
        /// The nodes that it could name.
        hidden: Vec<usize>,
    },
    /// The layer has another number of units.
    #[error("the mask of node {layer} has {mask} units, but the layer has {units}")]
    UnitCount {
        /// The layer.
        layer: usize,
        /// How many units the mask has.
        mask: usize,
        /// How many the layer has.
        units: usize,
    },
}

impl NeuronMask {
    /// A mask of these layers; all other layers stay whole.
    pub fn new(layers: Vec<LayerMask>) -> Self {
        Self { layers }
    }

    /// One mask a layer, in the order in which they were given.
    pub fn layers(&self) -> &[LayerMask] {
        &self.layers
    }

    /// How many units go.
    pub fn removed_count(&self) -> usize {
        self.layers.iter().map(LayerMask::removed_count).sum()
    }

    /// How many units there are in the layers of the mask.
    pub fn unit_count(&self) -> usize {
        self.layers.iter().map(|layer| layer.kept.len()).sum()
    }

    /// How many units of each layer go.
    pub fn removed_counts(&self) -> Vec<usize> {
        self.layers.iter().map(LayerMask::removed_count).collect()
    }

    /// Masks of the network's parameters, true where a number stays, in the order of [`Network::parameters`]; `None`
    /// where all of a parameter does.
    ///
    /// # Errors
    /// [`MaskError`] where a layer does not fit the network.
    pub fn parameter_masks<T: Scalar>(
        &self,
        network: &Network<T>,
        silencing: Silencing,
    ) -> Result<Vec<Option<ArrayD<bool>>>, MaskError> {
        self.check(network)?;
        let mask = |id: nn_core::ParameterId, shape: &[usize]| {
            let kept = self.kept_of(id.node)?;
            let changes = id.role == ParameterRole::Weight || silencing == Silencing::WeightsAndBias;
            if !changes || kept.iter().all(|kept| *kept) {
                return None;
            }
            let mut mask = ArrayD::from_elem(shape, true);
            clear_units(mask.view_mut(), kept, false);
            Some(mask)
        };
        let parameters = network.parameters();
        Ok(parameters.into_iter().map(|(id, values)| mask(id, values.shape())).collect())
    }

    /// Silences the units that go in a network of the same size.
    ///
    /// # Errors
    /// [`MaskError`] where a layer does not fit the network, which is then as before.
    pub fn silence<T: Scalar>(
        &self,
        network: &mut Network<T>,
        silencing: Silencing,
    ) -> Result<(), MaskError> {
        self.check(network)?;
        for (id, values) in network.parameters_mut() {
            let changes = id.role == ParameterRole::Weight || silencing == Silencing::WeightsAndBias;
            if let (true, Some(kept)) = (changes, self.kept_of(id.node)) {
                clear_units(values, kept, T::zero());
            }
        }
        Ok(())
    }

    /// The units of a layer that stay; `None` for a layer without a mask.
    pub(crate) fn kept_of(&self, layer: NodeId) -> Option<&[bool]> {
        self.layers.iter().find(|mask| mask.layer == layer).map(|mask| mask.kept.as_slice())
    }

    fn check<T: Scalar>(&self, network: &Network<T>) -> Result<(), MaskError> {
        let hidden = hidden_layers(network);
        for mask in &self.layers {
            let layer = mask.layer.index();
            let Some(HiddenLayer { units, .. }) = hidden.iter().find(|hidden| hidden.layer == mask.layer)
            else {
                let hidden = hidden.iter().map(|hidden| hidden.layer.index()).collect();
                return Err(MaskError::NoHiddenLayer { layer, hidden });
            };
            if mask.kept.len() != *units {
                return Err(MaskError::UnitCount { layer, mask: mask.kept.len(), units: *units });
            }
        }
        Ok(())
    }
}

impl LayerMask {
    /// For every unit of a layer, whether it stays.
    pub fn new(layer: NodeId, kept: Vec<bool>) -> Self {
        Self { layer, kept }
    }

    /// The node that computes the pre-activations.
    pub fn layer(&self) -> NodeId {
        self.layer
    }

    /// For every unit, whether it stays.
    pub fn kept(&self) -> &[bool] {
        &self.kept
    }

    /// How many units go.
    pub fn removed_count(&self) -> usize {
        self.kept.iter().filter(|kept| !**kept).count()
    }
}

/// Sets all numbers of the units that go; units lie along the first axis.
fn clear_units<A: Clone>(mut values: ArrayViewMutD<'_, A>, kept: &[bool], nothing: A) {
    for (mut unit, kept) in values.axis_iter_mut(Axis(0)).zip(kept) {
        if !*kept {
            unit.fill(nothing.clone());
        }
    }
}

fn listed(layers: &[usize]) -> String {
    let layers: Vec<String> = layers.iter().map(usize::to_string).collect();
    if layers.is_empty() { "none".to_owned() } else { layers.join(", ") }
}
