use nn_core::Network;

use crate::objective::count_correct;
use crate::{BatchGradient, BatchLoss, Examples, Moment, Objective, TrainingError, cross_entropy};

/// The mean cross-entropy on the inputs as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CleanCrossEntropy;

impl Objective for CleanCrossEntropy {
    fn gradient(
        &self,
        network: &Network<f32>,
        batch: Examples<'_>,
        _moment: &Moment,
    ) -> Result<BatchGradient, TrainingError> {
        let trace = network.trace(batch.inputs);
        let found = cross_entropy(trace.output(), batch.labels);
        Ok(BatchGradient {
            loss: BatchLoss { mean: found.loss, correct: count_correct(trace.output(), batch.labels) },
            parameters: network.parameter_gradients(&trace, found.cotangent.view()),
        })
    }

    fn loss(
        &self,
        network: &Network<f32>,
        batch: Examples<'_>,
        _moment: &Moment,
    ) -> Result<BatchLoss, TrainingError> {
        let logits = network.forward(batch.inputs);
        let mean = cross_entropy(logits.view(), batch.labels).loss;
        Ok(BatchLoss { mean, correct: count_correct(logits.view(), batch.labels) })
    }
}
