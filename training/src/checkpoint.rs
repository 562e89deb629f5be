use ndarray::ArrayViewMutD;
use nn_core::Network;
use serde::{Deserialize, Serialize};

use crate::optimizer::OptimizerMemory;
use crate::{EpochRecord, TrainingConfig, TrainingError};

/// All that the rest of a training depends on, beside network, examples, objective and configuration: a training that goes
/// on from here gives the same bits as one that was never interrupted.
///
/// A value that serde writes and reads; numbers must come back to the last bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    pub(crate) parameters: FlatParameters,
    pub(crate) optimizer: OptimizerMemory,
    pub(crate) position: Position,
    pub(crate) history: Vec<EpochRecord>,
    pub(crate) best: Option<Best>,
}

/// How far a training has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// The epoch, counted from 0.
    pub(crate) epoch: usize,
    /// How many of its batches are done.
    pub(crate) batch: usize,
    /// The sum of the losses of its examples so far.
    pub(crate) loss_sum: f64,
    /// How many of its examples so far were classified rightly.
    pub(crate) correct: usize,
}

/// The best network so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Best {
    pub(crate) epoch: usize,
    pub(crate) loss: f64,
    pub(crate) parameters: FlatParameters,
}

/// All parameters of a network, one after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FlatParameters(Vec<f32>);

impl Checkpoint {
    /// The epoch that it lies in, counted from 0; the number of epochs where all are done.
    pub fn epoch(&self) -> usize {
        self.position.epoch
    }

    /// How many batches of that epoch are done.
    pub fn batch(&self) -> usize {
        self.position.batch
    }

    /// Checks what deserialising cannot: that it is a state of a training of this network.
    pub(crate) fn check(
        &self,
        network: &Network<f32>,
        config: &TrainingConfig,
        batches: usize,
    ) -> Result<(), TrainingError> {
        match self.misfit(network.parameter_count(), config, batches) {
            None => Ok(()),
            Some(reason) => Err(TrainingError::Checkpoint { reason }),
        }
    }

    fn misfit(&self, parameters: usize, config: &TrainingConfig, batches: usize) -> Option<String> {
        let best = self.best.as_ref().map_or(parameters, |best| best.parameters.0.len());
        for (what, count, expected) in [
            ("parameters", self.parameters.0.len(), parameters),
            ("parameters of the best network", best, parameters),
            ("numbers of optimiser memory", self.optimizer.len(), 2 * parameters),
            ("finished epochs", self.history.len(), self.position.epoch),
        ] {
            if count != expected {
                return Some(format!("it has {count} {what}, where {expected} belong"));
            }
        }
        let Position { epoch, batch, .. } = self.position;
        if epoch > config.epochs || batch > batches || (epoch == config.epochs && batch > 0) {
            let epochs = config.epochs;
            return Some(format!(
                "it lies after {epoch} epochs and {batch} batches, but there are {epochs} epochs of {batches}"
            ));
        }
        let finite = |parameters: &FlatParameters| parameters.0.iter().all(|value| value.is_finite());
        let best_is_finite = self.best.as_ref().is_none_or(|best| finite(&best.parameters));
        (!(finite(&self.parameters) && best_is_finite)).then(|| "a parameter is not finite".to_owned())
    }
}

impl FlatParameters {
    pub(crate) fn of(network: &Network<f32>) -> Self {
        let mut flat = Vec::with_capacity(network.parameter_count());
        network.parameters().iter().for_each(|(_, values)| flat.extend(values.iter()));
        Self(flat)
    }

    /// Gives a network of as many parameters these.
    pub(crate) fn write_to(&self, network: &mut Network<f32>) {
        let mut rest = self.0.as_slice();
        network.parameters_mut().into_iter().for_each(|(_, values)| take(&mut rest, values));
    }
}

/// Fills an array from the beginning of a list, and drops what was used.
pub(crate) fn take<T: Copy>(rest: &mut &[T], mut values: ArrayViewMutD<'_, T>) {
    let (used, left) = rest.split_at(values.len());
    values.iter_mut().zip(used).for_each(|(value, from)| *value = *from);
    *rest = left;
}
