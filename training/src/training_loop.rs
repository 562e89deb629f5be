use std::ops::ControlFlow;

use nn_core::Network;

use crate::batches::Batches;
use crate::evaluation::evaluate_checked;
use crate::{
    Ending, EpochRecord, Examples, Objective, OptimizerState, Progress, TrainingConfig, TrainingError,
};

/// A trained network and how it came to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The network after its last step.
    pub network: Network<f32>,
    /// One record for every epoch that was finished.
    pub history: Vec<EpochRecord>,
    /// Whether all epochs were.
    pub ending: Ending,
}

/// Trains a network: in every epoch all training examples in an order that the seed decides, a step after each batch,
/// then the validation examples, if there are some.
///
/// The result depends on the arguments and on the processor's vector width alone. `on_progress` hears of every step and
/// epoch and may stop the training; the network is then the one after the last step.
///
/// # Errors
/// [`TrainingError::Setting`] for a configuration outside its range, [`TrainingError::Examples`] where examples do not
/// fit the network, [`TrainingError::Diverged`] where the loss or a parameter is no longer finite.
pub fn train(
    mut network: Network<f32>,
    training: Examples<'_>,
    validation: Option<Examples<'_>>,
    config: &TrainingConfig,
    objective: &mut dyn Objective,
    on_progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Trained, TrainingError> {
    config.check()?;
    training.check(&network, "training examples")?;
    if let Some(validation) = validation {
        validation.check(&network, "validation examples")?;
    }
    let mut optimizer = OptimizerState::new(config.optimizer.clone(), &network);
    let mut batches = Batches::new(training, config.batch_size);
    let mut history = Vec::with_capacity(config.epochs);
    for epoch in 0..config.epochs {
        let learning_rate = config.optimizer.learning_rate() * config.schedule.factor(epoch, config.epochs);
        let (mut loss_sum, mut correct) = (0.0, 0);
        batches.shuffle(config.seed, epoch);
        for batch in 0..batches.count() {
            let diverged = |what| TrainingError::Diverged { epoch, batch, what, learning_rate };
            let examples = batches.gather(batch);
            let gradient = objective.gradient(&network, examples);
            if !gradient.loss.is_finite() {
                return Err(diverged("the loss"));
            }
            loss_sum += gradient.loss * examples.len() as f64;
            correct += gradient.correct;
            optimizer.step(&mut network, &gradient.parameters, learning_rate);
            if !has_finite_parameters(&network) {
                return Err(diverged("a parameter"));
            }
            let batches = batches.count();
            if on_progress(Progress::Batch { epoch, batch, batches, loss: gradient.loss }).is_break() {
                return Ok(Trained { network, history, ending: Ending::Stopped });
            }
        }
        let record = EpochRecord {
            epoch,
            learning_rate,
            training_loss: loss_sum / training.len() as f64,
            training_accuracy: correct as f64 / training.len() as f64,
            validation: validation.map(|examples| evaluate_checked(&network, examples)),
        };
        let answer = on_progress(Progress::Epoch { record: &record, network: &network });
        history.push(record);
        if answer.is_break() && epoch + 1 < config.epochs {
            return Ok(Trained { network, history, ending: Ending::Stopped });
        }
    }
    Ok(Trained { network, history, ending: Ending::Completed })
}

fn has_finite_parameters(network: &Network<f32>) -> bool {
    network.parameters().iter().all(|(_, values)| values.iter().all(|value| value.is_finite()))
}
