mod arguments;
mod plan;
mod report;
mod settings;
mod watcher;

use std::time::{Duration, Instant};

use anyhow::Context;
use ndarray::Axis;
use nn_core::Network;
use training::{Checkpoint, Examples, Problem, Progress, Trained, TrainingConfig};

pub(super) use arguments::TrainArguments;
use arguments::{AdversarialName, Cadence};
use report::{Form, Tested};
use watcher::{Keeper, Watcher};

use super::{Completion, interrupt, output, progress};
use crate::checkpoint::CheckpointFile;
use crate::data::{self, DataFolders, Dataset, Split};
use crate::network_file;
use crate::output_file::OutputFile;

pub(super) fn run(arguments: &TrainArguments) -> anyhow::Result<Completion> {
    let config = plan::config(arguments)?;
    let objective = plan::objective(arguments)?;
    let folders = DataFolders::find(arguments.data_dir.as_deref());
    let all = data::load(arguments.data, Split::Train, &folders)?;
    let test_set = data::load(arguments.data, Split::Test, &folders)?;
    let first = plan::first_network(arguments, all.shape())?;
    network_file::check_fits(&first, &all)?;
    let masks = arguments.sparsity.mask.as_ref().map(|file| plan::masks(file, &first)).transpose()?;
    let out = OutputFile::create(&arguments.out)?;
    let checkpoint_file = arguments
        .course
        .checkpoint
        .as_ref()
        .map(|path| CheckpointFile::new(path, settings::of_training(arguments, examples(&all))?));
    let checkpoint_file = checkpoint_file.transpose()?;
    let checkpoint = checkpoint_file.as_ref().map(CheckpointFile::read).transpose()?.flatten();

    let parts = Parts::of(arguments, all)?;
    let problem = Problem {
        training: parts.training.examples(),
        validation: parts.validation.as_ref().map(Selected::examples),
        objective: objective.as_ref(),
        masks: masks.as_ref(),
    };
    let begin = Instant::now();
    let (trained, failure) =
        follow(arguments, first, &problem, &config, checkpoint_file.as_ref(), checkpoint)?;
    let seconds = begin.elapsed().as_secs_f64();

    let written = out.write(|file| Ok(nn_core::write_onnx(&trained.network, file)?));
    written.with_context(|| format!("cannot write {}", arguments.out.display()))?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let test = training::judge(&trained.network, problem.objective, examples(&test_set), config.seed)?;
    let network = arguments.out.display().to_string();
    let (images, rightness) = (test_set.len(), rightness(arguments));
    let tested = Tested { network: &network, images, test, rightness, training_seconds: seconds };
    report::print_end(&trained, &tested, form(arguments))
}

/// Trains, shows how it goes and keeps checkpoints; beside the network there may be the reason why rows could not be
/// printed.
fn follow(
    arguments: &TrainArguments,
    first: Network<f32>,
    problem: &Problem<'_>,
    config: &TrainingConfig,
    file: Option<&CheckpointFile>,
    checkpoint: Option<Checkpoint>,
) -> anyhow::Result<(Trained, Option<anyhow::Error>)> {
    let cancellation = interrupt::cancellation_on_interrupt()?;
    let cadence = arguments.course.checkpoint_every.unwrap_or(Cadence::Time(Duration::from_secs(30)));
    let batches = problem.training.len().div_ceil(config.batch_size.max(1));
    let mut watcher = Watcher {
        bar: progress::bar((batches * config.epochs) as u64, "steps"),
        cancellation: &cancellation,
        form: form(arguments),
        keeper: file.map(|file| Keeper::new(file, cadence)),
        failure: None,
    };
    let mut on_progress = |progress: Progress<'_>| watcher.hear(progress);
    let trained = match (file, checkpoint) {
        (Some(file), Some(checkpoint)) => {
            let (epoch, batch) = (checkpoint.epoch(), checkpoint.batch());
            let path = file.path().display();
            output::note(format_args!("{path}: going on after {epoch} epochs and {batch} steps"));
            training::resume(first, &checkpoint, problem, config, &mut on_progress)
                .with_context(|| path.to_string())?
        }
        _ => training::train(first, problem, config, &mut on_progress)?,
    };
    watcher.bar.finish_and_clear();
    if let Some(keeper) = &mut watcher.keeper {
        keeper.finish()?;
    }
    Ok((trained, watcher.failure))
}

/// The images to train on and those to validate on.
struct Parts {
    training: Selected,
    validation: Option<Selected>,
}

/// Images with their labels.
struct Selected {
    images: ndarray::Array2<f32>,
    labels: Vec<u8>,
}

impl Parts {
    fn of(arguments: &TrainArguments, all: Dataset) -> anyhow::Result<Self> {
        let Some(size) = arguments.course.validation else {
            return Ok(Self { training: Selected::all(all), validation: None });
        };
        let split = training::split(all.labels(), size, arguments.seed)?;
        let validation = Some(Selected::some(&all, &split.validation));
        Ok(Self { training: Selected::some(&all, &split.training), validation })
    }
}

impl Selected {
    fn all(dataset: Dataset) -> Self {
        let (images, labels) = dataset.into_parts();
        Self { images, labels }
    }

    fn some(dataset: &Dataset, indices: &[usize]) -> Self {
        Self {
            images: dataset.images().select(Axis(0), indices),
            labels: indices.iter().map(|index| dataset.labels()[*index]).collect(),
        }
    }

    fn examples(&self) -> Examples<'_> {
        Examples { inputs: self.images.view(), labels: &self.labels }
    }
}

fn examples(dataset: &Dataset) -> Examples<'_> {
    Examples { inputs: dataset.images(), labels: dataset.labels() }
}

fn form(arguments: &TrainArguments) -> Form {
    if arguments.json { Form::Json } else { Form::Text }
}

/// What an objective's share of right images means.
fn rightness(arguments: &TrainArguments) -> Option<&'static str> {
    let robustness = &arguments.robustness;
    match robustness.adversarial {
        Some(AdversarialName::Fgsm) => Some("right under the single steps that it was trained on"),
        Some(AdversarialName::Pgd | AdversarialName::Trades) => {
            Some("right under the attack that it was trained on")
        }
        None => robustness.certified.map(|_| "certified by interval bounds in the whole ball"),
    }
}
