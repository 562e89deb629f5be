use nn_core::NodeId;

use crate::LayerScores;

/// Which neurons of which layers stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeuronMask {
    layers: Vec<LayerMask>,
}

/// Which neurons (or feature maps) of one layer stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerMask {
    layer: NodeId,
    kept: Vec<bool>,
}

impl NeuronMask {
    /// Keeps the neurons whose score is at least `threshold`.
    pub fn keep_from_threshold(scores: &[LayerScores], threshold: f64) -> Self {
        let layer = |scores: &LayerScores| LayerMask {
            layer: scores.layer(),
            kept: scores.scores().iter().map(|score| *score >= threshold).collect(),
        };
        Self { layers: scores.iter().map(layer).collect() }
    }

    /// One mask a layer, in the order of the scores.
    pub fn layers(&self) -> &[LayerMask] {
        &self.layers
    }

    /// How many neurons go.
    pub fn removed_count(&self) -> usize {
        self.layers.iter().map(|layer| layer.kept.iter().filter(|kept| !**kept).count()).sum()
    }
}

impl LayerMask {
    /// The node that computes the pre-activations.
    pub fn layer(&self) -> NodeId {
        self.layer
    }

    /// For every neuron, whether it stays.
    pub fn kept(&self) -> &[bool] {
        &self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_at_the_threshold_stays() {
        let scores = LayerScores::new(NodeId::INPUT, vec![0.1, 0.099]).expect("between 0 and 1");
        let mask = NeuronMask::keep_from_threshold(&[scores], 0.1);
        assert_eq!(mask.layers()[0].kept(), [true, false]);
        assert_eq!(mask.removed_count(), 1);
    }
}
