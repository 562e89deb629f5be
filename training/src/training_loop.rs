use std::ops::ControlFlow;

use ndarray::Axis;
use nn_core::Network;

use crate::batches::Batches;
use crate::evaluation::{CHUNK, evaluate_checked};
use crate::{
    BatchLoss, Checkpoint, Ending, EpochRecord, Examples, Moment, Objective, Progress, Selection,
    TrainingConfig, TrainingError, TrainingState, Validation, WeightMasks,
};

/// What a network is to learn.
#[derive(Clone, Copy)]
pub struct Problem<'a> {
    /// The examples to learn from.
    pub training: Examples<'a>,
    /// Examples that are looked at after every epoch, and not learnt from.
    pub validation: Option<Examples<'a>>,
    /// What is minimised.
    pub objective: &'a dyn Objective,
    /// Parameters that are held at 0.
    pub masks: Option<&'a WeightMasks>,
}

/// A trained network and how it came to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// The network that [`TrainingConfig::selection`] asks for; where no epoch has been validated, that after the last
    /// step.
    pub network: Network<f32>,
    /// The epoch after which the network was this one, where the best one was to be kept.
    pub best_epoch: Option<usize>,
    /// One record for every epoch that was finished.
    pub history: Vec<EpochRecord>,
    /// Why there are no more.
    pub ending: Ending,
}

/// Trains a network: in every epoch all training examples in an order that the seed decides, a step after each batch,
/// then the validation examples, if there are some.
///
/// The result depends on the arguments and on the processor's vector width alone. `on_progress` hears of every step and
/// epoch, may take checkpoints, and may stop the training.
///
/// # Errors
/// [`TrainingError::Setting`] for a configuration outside its range, [`TrainingError::Examples`] or
/// [`TrainingError::Mask`] where examples or masks do not fit the network, [`TrainingError::Diverged`] where the loss or a
/// parameter is no longer finite, and what the objective answers.
pub fn train(
    network: Network<f32>,
    problem: &Problem<'_>,
    config: &TrainingConfig,
    on_progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Trained, TrainingError> {
    check(&network, problem, config)?;
    let mut state = TrainingState::new(network, config);
    if let Some(masks) = problem.masks {
        masks.project(&mut state.network);
    }
    run(state, problem, config, on_progress)
}

/// Goes on with a training from a checkpoint of it: with the network that it began with, the same problem and the same
/// configuration the result is that of [`train`], to the bit. It is the caller's part to see that they are the same.
///
/// # Errors
/// [`TrainingError::Checkpoint`] for a checkpoint of another network or of more epochs; else as [`train`].
pub fn resume(
    network: Network<f32>,
    checkpoint: &Checkpoint,
    problem: &Problem<'_>,
    config: &TrainingConfig,
    on_progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Trained, TrainingError> {
    check(&network, problem, config)?;
    let batches = problem.training.len().div_ceil(config.batch_size);
    let state = TrainingState::restored(network, checkpoint, config, batches)?;
    run(state, problem, config, on_progress)
}

fn check(
    network: &Network<f32>,
    problem: &Problem<'_>,
    config: &TrainingConfig,
) -> Result<(), TrainingError> {
    config.check()?;
    problem.training.check(network, "training examples")?;
    match problem.validation {
        Some(validation) => validation.check(network, "validation examples")?,
        None if config.selection == Selection::Last => (),
        None => {
            let reason = "there are none, but the best network is to be kept".to_owned();
            return Err(TrainingError::Examples { examples: "validation examples", reason });
        }
    }
    problem.masks.map_or(Ok(()), |masks| masks.check(network))
}

fn run(
    mut state: TrainingState,
    problem: &Problem<'_>,
    config: &TrainingConfig,
    on_progress: &mut dyn FnMut(Progress<'_>) -> ControlFlow<()>,
) -> Result<Trained, TrainingError> {
    let mut batches = Batches::new(problem.training, config.batch_size);
    while state.position.epoch < config.epochs {
        if state.has_settled(config.selection) {
            return Ok(state.into_trained(Ending::Settled));
        }
        let epoch = state.position.epoch;
        batches.shuffle(config.seed, epoch);
        while state.position.batch < batches.count() {
            let batch = state.position.batch;
            let loss = step(&mut state, &mut batches, problem, config)?;
            let told = Progress::Batch { epoch, batch, batches: batches.count(), loss, state: &state };
            if on_progress(told).is_break() {
                return Ok(state.into_trained(Ending::Stopped));
            }
        }
        let network = &state.network;
        let judged = |examples| judge_checked(network, problem.objective, examples, config.seed);
        let validation = problem.validation.map(judged).transpose()?;
        let learning_rate = config.learning_rate(middle(epoch, 0, batches.count()));
        state.close_epoch(problem.training.len(), learning_rate, validation, config.selection);
        let record = state.history.last().expect("the epoch was recorded");
        let answer = on_progress(Progress::Epoch { record, state: &state });
        if answer.is_break() && epoch + 1 < config.epochs {
            return Ok(state.into_trained(Ending::Stopped));
        }
    }
    Ok(state.into_trained(Ending::Completed))
}

/// One batch: its loss, and the step that follows from its gradient.
fn step(
    state: &mut TrainingState,
    batches: &mut Batches<'_>,
    problem: &Problem<'_>,
    config: &TrainingConfig,
) -> Result<f64, TrainingError> {
    let (epoch, batch, count) = (state.position.epoch, state.position.batch, batches.count());
    let learning_rate = config.learning_rate(middle(epoch, batch, count));
    let diverged = |what| TrainingError::Diverged { epoch, batch, what, learning_rate };
    let moment = Moment::of_batch(config.seed, epoch, batch, count);
    let examples = batches.gather(batch);
    let mut found = problem.objective.gradient(&state.network, examples, &moment)?;
    if !found.loss.mean.is_finite() {
        return Err(diverged("the loss"));
    }
    if let Some(masks) = problem.masks {
        masks.silence(&mut found.parameters);
    }
    state.optimizer.step(&mut state.network, &found.parameters, learning_rate);
    if let Some(masks) = problem.masks {
        masks.project(&mut state.network);
    }
    if !has_finite_parameters(&state.network) {
        return Err(diverged("a parameter"));
    }
    state.count(found.loss, examples.len());
    Ok(found.loss.mean)
}

/// How many epochs have passed in the middle of a batch.
fn middle(epoch: usize, batch: usize, batches: usize) -> f64 {
    epoch as f64 + (batch as f64 + 0.5) / batches as f64
}

/// Judges a network by an objective, with all its ramps at their ends, and by its clean loss and accuracy.
///
/// # Errors
/// [`TrainingError::Examples`] where there are none or they do not fit the network, and what the objective answers.
pub fn judge(
    network: &Network<f32>,
    objective: &dyn Objective,
    examples: Examples<'_>,
    seed: u64,
) -> Result<Validation, TrainingError> {
    examples.check(network, "examples to judge by")?;
    judge_checked(network, objective, examples, seed)
}

fn judge_checked(
    network: &Network<f32>,
    objective: &dyn Objective,
    examples: Examples<'_>,
    seed: u64,
) -> Result<Validation, TrainingError> {
    let mut sum = BatchLoss { mean: 0.0, correct: 0 };
    let chunks = examples.inputs.axis_chunks_iter(Axis(0), CHUNK).zip(examples.labels.chunks(CHUNK));
    for (index, (inputs, labels)) in chunks.enumerate() {
        let moment = Moment::of_judgement(seed, index);
        let loss = objective.loss(network, Examples { inputs, labels }, &moment)?;
        sum.mean += loss.mean * labels.len() as f64;
        sum.correct += loss.correct;
    }
    let count = examples.len() as f64;
    Ok(Validation {
        loss: sum.mean / count,
        accuracy: sum.correct as f64 / count,
        clean: evaluate_checked(network, examples),
    })
}

fn has_finite_parameters(network: &Network<f32>) -> bool {
    const EXPONENT: u32 = 0x7f80_0000;
    let any_infinite = |any: bool, value: &f32| any | (value.to_bits() & EXPONENT == EXPONENT);
    network.parameters().iter().all(|(_, values)| match values.as_slice_memory_order() {
        Some(values) => !values.iter().fold(false, any_infinite),
        None => !values.iter().fold(false, any_infinite),
    })
}
