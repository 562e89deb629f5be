use nn_core::NodeId;
use thiserror::Error;

/// The importance of every neuron (or feature map) of one layer: from 0, superfluous, to 1, indispensable.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerScores {
    layer: NodeId,
    scores: Vec<f64>,
}

/// Why numbers are no importance scores.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum ScoreError {
    /// A score is NaN or outside 0 to 1.
    #[error("neuron {neuron} of node {layer} has score {score}, which is not between 0 and 1")]
    Range {
        /// The layer's position in the network.
        layer: usize,
        /// Which neuron.
        neuron: usize,
        /// Its score.
        score: f64,
    },
}

impl LayerScores {
    /// The scores of the neurons whose pre-activations a node computes.
    ///
    /// # Errors
    /// [`ScoreError`] for a score that is NaN or outside 0 to 1.
    pub fn new(layer: NodeId, scores: Vec<f64>) -> Result<Self, ScoreError> {
        match scores.iter().position(|score| !(0.0..=1.0).contains(score)) {
            Some(neuron) => Err(ScoreError::Range { layer: layer.index(), neuron, score: scores[neuron] }),
            None => Ok(Self { layer, scores }),
        }
    }

    /// The node that computes the pre-activations.
    pub fn layer(&self) -> NodeId {
        self.layer
    }

    /// One score a neuron.
    pub fn scores(&self) -> &[f64] {
        &self.scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_lie_between_0_and_1() {
        for score in [-0.1, 1.1, f64::NAN] {
            let error = LayerScores::new(NodeId::INPUT, vec![0.5, score]).expect_err("not a score");
            let ScoreError::Range { neuron, .. } = error;
            assert_eq!(neuron, 1);
        }
        assert!(LayerScores::new(NodeId::INPUT, vec![0.0, 1.0]).is_ok());
    }
}
