use crate::error::{check_not_negative, check_setting};
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
    /// Epochs, also fractions, in which the learning rate grows evenly from 0 to the schedule's.
    pub warm_up: f64,
    /// Which network of the training is its result.
    pub selection: Selection,
    /// Decides the order of the examples, and what an objective draws.
    pub seed: u64,
}

/// Which network of a training is its result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Selection {
    /// That after the last step.
    #[default]
    Last,
    /// That after the epoch with the least loss on the validation examples.
    Best {
        /// The training ends when so many epochs in a row brought nothing better; not 0.
        patience: Option<usize>,
    },
}

impl Default for TrainingConfig {
    /// Ten epochs of Adam in batches of 128.
    fn default() -> Self {
        Self {
            epochs: 10,
            batch_size: 128,
            optimizer: Optimizer::default(),
            schedule: Schedule::default(),
            warm_up: 0.0,
            selection: Selection::default(),
            seed: 0,
        }
    }
}

impl TrainingConfig {
    /// The learning rate of a step, when so many epochs have passed, with fractions.
    pub fn learning_rate(&self, passed: f64) -> f64 {
        let warmth = if passed < self.warm_up { passed / self.warm_up } else { 1.0 };
        self.optimizer.learning_rate() * self.schedule.factor(passed, self.epochs) * warmth
    }

    pub(crate) fn check(&self) -> Result<(), TrainingError> {
        check_setting("the batch size", self.batch_size as f64, "at least 1", |size| size >= 1.0)?;
        check_not_negative("the warm-up", self.warm_up)?;
        if let Selection::Best { patience: Some(patience) } = self.selection {
            check_setting("the patience", patience as f64, "at least 1 epoch", |patience| patience >= 1.0)?;
        }
        self.optimizer.check()?;
        self.schedule.check()
    }
}
