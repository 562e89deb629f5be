use nn_core::Network;
use serde::{Deserialize, Serialize};

use crate::{Checkpoint, Evaluation, TrainingState};

/// What [`train`](crate::train) tells as it goes; the answer may stop it.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// A step was taken.
    Batch {
        /// The epoch, counted from 0.
        epoch: usize,
        /// The batch in it, counted from 0.
        batch: usize,
        /// How many batches an epoch has.
        batches: usize,
        /// The batch's mean loss before the step.
        loss: f64,
        /// The training as it is now.
        state: &'a TrainingState,
    },
    /// All examples were seen once more.
    Epoch {
        /// What the epoch came to.
        record: &'a EpochRecord,
        /// The training as it is now.
        state: &'a TrainingState,
    },
}

impl<'a> Progress<'a> {
    /// The network as it is now.
    pub fn network(&self) -> &'a Network<f32> {
        self.state().network()
    }

    /// All that the rest of the training depends on, copied.
    pub fn checkpoint(&self) -> Checkpoint {
        self.state().checkpoint()
    }

    fn state(&self) -> &'a TrainingState {
        match self {
            Progress::Batch { state, .. } | Progress::Epoch { state, .. } => state,
        }
    }
}

/// What an epoch came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// The epoch, counted from 0.
    pub epoch: usize,
    /// The learning rate of its first step.
    pub learning_rate: f64,
    /// The mean loss over all training examples, each as its batch was met.
    pub training_loss: f64,
    /// The share of training examples that were classified rightly as their batch was met, in `[0, 1]`.
    pub training_accuracy: f64,
    /// The network after the epoch, on the validation examples if there are some.
    pub validation: Option<Validation>,
}

/// How a network does on validation examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// The mean loss of the objective with all its ramps at their ends: what the best network is chosen by.
    pub loss: f64,
    /// The share of examples that the objective counts as right, in `[0, 1]`; against attacks, or proven, as it may be.
    pub accuracy: f64,
    /// The network on the examples as they are.
    pub clean: Evaluation,
}

/// Why a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All epochs are done.
    Completed,
    /// For as many epochs as the patience allows nothing better came.
    Settled,
    /// The caller's answer to [`Progress`] stopped it.
    Stopped,
}
