use ndarray::{ArrayD, ArrayView2};
use nn_core::{Network, Scalar, predicted_class};

use crate::{Examples, Moment, TrainingError};

/// How a batch becomes a loss and the gradient that the optimiser follows.
///
/// [`train`](crate::train) hands it one batch after the other, in an order that the seed decides. An objective remembers
/// nothing from one batch to the next, so that a training can be resumed anywhere; what changes with time or is random
/// follows from the [`Moment`].
pub trait Objective {
    /// The loss on a batch and its gradient. The examples fit the network.
    ///
    /// # Errors
    /// [`TrainingError`] where a setting of the objective does not fit its use.
    fn gradient(
        &self,
        network: &Network<f32>,
        batch: Examples<'_>,
        moment: &Moment,
    ) -> Result<BatchGradient, TrainingError>;

    /// The loss alone, by which networks are compared.
    ///
    /// # Errors
    /// As [`Objective::gradient`].
    fn loss(
        &self,
        network: &Network<f32>,
        batch: Examples<'_>,
        moment: &Moment,
    ) -> Result<BatchLoss, TrainingError> {
        Ok(self.gradient(network, batch, moment)?.loss)
    }
}

/// How a network does on a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchLoss {
    /// The mean loss over the batch.
    pub mean: f64,
    /// How many of the batch are classified rightly: the inputs that the objective looks at, such as adversarial ones.
    pub correct: usize,
}

/// What an [`Objective`] finds.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchGradient<T = f32> {
    /// The loss.
    pub loss: BatchLoss,
    /// The gradient of the mean loss, in the order and shapes of [`Network::parameters`].
    pub parameters: Vec<ArrayD<T>>,
}

/// What is added to an objective's loss, such as the size of weights.
pub trait Penalty {
    /// Adds the penalty and its gradient to what the objective found on the batch.
    ///
    /// # Errors
    /// [`TrainingError::Setting`] for a setting outside its range.
    fn add(
        &self,
        network: &Network<f32>,
        batch: Examples<'_>,
        moment: &Moment,
        found: &mut BatchGradient,
    ) -> Result<(), TrainingError>;
}

/// An objective with penalties on top.
pub struct Penalized {
    /// What is learnt.
    pub objective: Box<dyn Objective>,
    /// What is added.
    pub penalties: Vec<Box<dyn Penalty>>,
}

impl Objective for Penalized {
    fn gradient(
        &self,
        network: &Network<f32>,
        batch: Examples<'_>,
        moment: &Moment,
    ) -> Result<BatchGradient, TrainingError> {
        let mut found = self.objective.gradient(network, batch, moment)?;
        for penalty in &self.penalties {
            penalty.add(network, batch, moment, &mut found)?;
        }
        Ok(found)
    }
}

/// How many rows of logits are greatest at their labels.
pub(crate) fn count_correct<T: Scalar>(logits: ArrayView2<'_, T>, labels: &[u8]) -> usize {
    let predictions = logits.rows().into_iter().map(|logits| predicted_class(logits));
    predictions.zip(labels).filter(|(class, label)| *class == usize::from(**label)).count()
}
