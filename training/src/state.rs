use nn_core::Network;

use crate::checkpoint::{Best, FlatParameters, Position};
use crate::{
    BatchLoss, Checkpoint, EpochRecord, OptimizerState, Selection, Trained, TrainingConfig, TrainingError,
    Validation,
};

/// A training between two steps.
#[derive(Clone, Debug)]
pub struct TrainingState {
    pub(crate) network: Network<f32>,
    pub(crate) optimizer: OptimizerState<f32>,
    pub(crate) position: Position,
    pub(crate) history: Vec<EpochRecord>,
    best: Option<Best>,
}

impl TrainingState {
    /// The network as it is.
    pub fn network(&self) -> &Network<f32> {
        &self.network
    }

    /// What the rest of the training depends on, copied.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            parameters: FlatParameters::of(&self.network),
            optimizer: self.optimizer.memory(),
            position: self.position,
            history: self.history.clone(),
            best: self.best.clone(),
        }
    }

    /// Before the first step.
    pub(crate) fn new(network: Network<f32>, config: &TrainingConfig) -> Self {
        let optimizer = OptimizerState::new(config.optimizer.clone(), &network);
        Self { network, optimizer, position: Position::default(), history: Vec::new(), best: None }
    }

    /// Where a checkpoint was taken; `network` says which operators there are.
    pub(crate) fn restored(
        mut network: Network<f32>,
        checkpoint: &Checkpoint,
        config: &TrainingConfig,
        batches: usize,
    ) -> Result<Self, TrainingError> {
        checkpoint.check(&network, config, batches)?;
        checkpoint.parameters.write_to(&mut network);
        let mut state = Self::new(network, config);
        state.optimizer.restore(&checkpoint.optimizer);
        state.position = checkpoint.position;
        state.history.clone_from(&checkpoint.history);
        state.best.clone_from(&checkpoint.best);
        Ok(state)
    }

    /// Counts a batch as done.
    pub(crate) fn count(&mut self, loss: BatchLoss, examples: usize) {
        self.position.batch += 1;
        self.position.loss_sum += loss.mean * examples as f64;
        self.position.correct += loss.correct;
    }

    /// Closes an epoch of so many examples, and keeps the network if it is the best.
    pub(crate) fn close_epoch(
        &mut self,
        examples: usize,
        learning_rate: f64,
        validation: Option<Validation>,
        selection: Selection,
    ) {
        let Position { epoch, loss_sum, correct, .. } = self.position;
        if let (Some(validation), Selection::Best { .. }) = (&validation, selection)
            && self.best.as_ref().is_none_or(|best| validation.loss < best.loss)
        {
            let parameters = FlatParameters::of(&self.network);
            self.best = Some(Best { epoch, loss: validation.loss, parameters });
        }
        self.history.push(EpochRecord {
            epoch,
            learning_rate,
            training_loss: loss_sum / examples as f64,
            training_accuracy: correct as f64 / examples as f64,
            validation,
        });
        self.position = Position { epoch: epoch + 1, ..Position::default() };
    }

    /// Whether the patience with epochs that bring nothing better has come to its end.
    pub(crate) fn has_settled(&self, selection: Selection) -> bool {
        match (selection, &self.best) {
            (Selection::Best { patience: Some(patience) }, Some(best)) => {
                self.position.epoch > best.epoch + patience
            }
            _ => false,
        }
    }

    /// The result of a training that ends here.
    pub(crate) fn into_trained(mut self, ending: crate::Ending) -> Trained {
        if let Some(best) = &self.best {
            best.parameters.write_to(&mut self.network);
        }
        Trained {
            network: self.network,
            best_epoch: self.best.map(|best| best.epoch),
            history: self.history,
            ending,
        }
    }
}
