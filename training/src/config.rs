use crate::{Optimizer, Schedule, TrainingError};

/// How a network is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingConfig {
    /// How often all examples are seen.
    pub epochs: usize,
    /// After how many examples a step is taken; not 0.
    pub batch_size: usize,
    /// How steps follow the gradient.
    pub optimizer: Optimizer,
    /// How the optimiser's learning rate changes.
    pub schedule: Schedule,
    /// Decides the order of the examples.
    pub seed: u64,
}

impl Default for TrainingConfig {
    /// Ten epochs of Adam in batches of 128.
    fn default() -> Self {
        Self {
            epochs: 10,
            batch_size: 128,
            optimizer: Optimizer::default(),
            schedule: Schedule::default(),
            seed: 0,
        }
    }
}

impl TrainingConfig {
    pub(crate) fn check(&self) -> Result<(), TrainingError> {
        if self.batch_size == 0 {
            let (setting, expected) = ("the batch size", "at least 1");
            return Err(TrainingError::Setting { setting, value: 0.0, expected });
        }
        self.optimizer.check()?;
        self.schedule.check()
    }
}
