use ndarray::ArrayD;
use nn_core::{Network, predicted_class};

use crate::{Examples, cross_entropy};

/// How a batch becomes a loss and the gradient that the optimiser follows.
///
/// [`train`](crate::train) hands it one batch after the other, always in the same order for the same seed. What changes
/// the inputs first (adversarial training) or the gradient afterwards (frozen weights) wraps another objective.
pub trait Objective {
    /// The loss on a batch and its gradient. The examples fit the network.
    fn gradient(&mut self, network: &Network<f32>, batch: Examples<'_>) -> BatchGradient;
}

/// What an [`Objective`] finds.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchGradient {
    /// The mean loss over the batch.
    pub loss: f64,
    /// How many of the batch are classified rightly.
    pub correct: usize,
    /// The gradient of the mean loss, in the order and shapes of [`Network::parameters`].
    pub parameters: Vec<ArrayD<f32>>,
}

/// The mean cross-entropy on the inputs as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CleanCrossEntropy;

impl Objective for CleanCrossEntropy {
    fn gradient(&mut self, network: &Network<f32>, batch: Examples<'_>) -> BatchGradient {
        let trace = network.trace(batch.inputs);
        let logits = trace.output();
        let result = cross_entropy(logits, batch.labels);
        let predictions = logits.rows().into_iter().map(|logits| predicted_class(logits));
        let correct = predictions.zip(batch.labels).filter(|(class, label)| *class == usize::from(**label));
        BatchGradient {
            loss: result.loss,
            correct: correct.count(),
            parameters: network.parameter_gradients(&trace, result.cotangent.view()),
        }
    }
}
