use nn_core::Network;

use crate::Evaluation;

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
    },
    /// All examples were seen once more.
    Epoch {
        /// What the epoch came to.
        record: &'a EpochRecord,
        /// The network as it is now.
        network: &'a Network<f32>,
    },
}

/// What an epoch came to.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochRecord {
    /// The epoch, counted from 0.
    pub epoch: usize,
    /// The learning rate in it.
    pub learning_rate: f64,
    /// The mean loss over all training examples, each as its batch was met.
    pub training_loss: f64,
    /// The share of training examples that were classified rightly as their batch was met, in `[0, 1]`.
    pub training_accuracy: f64,
    /// The network after the epoch, on the validation examples if there are some.
    pub validation: Option<Evaluation>,
}

/// Why a training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All epochs are done.
    Completed,
    /// The caller's answer to [`Progress`] stopped it.
    Stopped,
}
