use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use serde::Serialize;
use solver_api::Cancellation;
use training::{
    Adam, Architecture, CleanCrossEntropy, Ending, EpochRecord, Examples, Initialization, Momentum,
    Optimizer, Progress, RmsProp, Schedule, Sgd, Trained, TrainingConfig,
};

use super::{Completion, interrupt, output, progress};
use crate::data::{self, DataFolders, DatasetName, Split};
use crate::network_file;
use crate::output_file::OutputFile;

/// Train a fully connected ReLU network and write it as ONNX
#[derive(Args)]
#[command(after_help = "Examples:
  greymatter train --data digits --arch 64-32-16-10 --out digits.onnx
  greymatter train --data mnist --arch 784-50-20-10 --epochs 20 --optimizer rmsprop --seed 1 --out mnist.onnx

The same data, arguments and machine give the same network, to the bit.")]
pub(super) struct TrainArguments {
    /// Data set: digits (part of the program), mnist, fashion-mnist
    #[arg(long, value_name = "NAME")]
    data: DatasetName,
    /// Folder that holds the data sets; default: $GREYMATTER_DATA, ../shared/data, the user's cache folder
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Widths of the layers, input first: 784-50-20-10
    #[arg(long, value_name = "WIDTHS")]
    arch: Architecture,
    /// The ONNX file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// How often every training image is seen
    #[arg(long, value_name = "N", default_value_t = 20)]
    epochs: usize,
    /// Images a step
    #[arg(long, value_name = "N", default_value_t = 32)]
    batch_size: usize,
    /// How steps follow from gradients
    #[arg(long, value_enum, default_value_t = OptimizerName::Adam)]
    optimizer: OptimizerName,
    /// Learning rate; default: 0.001, for sgd 0.05
    #[arg(long, value_name = "RATE")]
    learning_rate: Option<f64>,
    /// Momentum of sgd and rmsprop; default: 0.9 for sgd, 0 for rmsprop
    #[arg(long, value_name = "SHARE")]
    momentum: Option<f64>,
    /// Weight decay, added to gradients
    #[arg(long, value_name = "FACTOR", default_value_t = 0.0)]
    weight_decay: f64,
    /// How the learning rate changes
    #[arg(long, value_enum, default_value_t = ScheduleName::Constant)]
    schedule: ScheduleName,
    /// Seed of the first weights and of the order of images
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Print one JSON object an epoch and one for the end
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OptimizerName {
    Sgd,
    Adam,
    Rmsprop,
}

#[derive(Clone, Copy, ValueEnum)]
enum ScheduleName {
    /// Always the same rate
    Constant,
    /// Falling to 0 along half a cosine
    Cosine,
}

#[derive(Serialize)]
struct EpochRow {
    epoch: usize,
    learning_rate: f64,
    loss: f64,
    accuracy: f64,
}

#[derive(Serialize)]
struct TrainingRow {
    network: String,
    epochs: usize,
    interrupted: bool,
    test_images: usize,
    test_loss: f64,
    test_accuracy: f64,
}

pub(super) fn run(arguments: &TrainArguments) -> anyhow::Result<Completion> {
    let folders = DataFolders::find(arguments.data_dir.as_deref());
    let training_set = data::load(arguments.data, Split::Train, &folders)?;
    let test_set = data::load(arguments.data, Split::Test, &folders)?;
    let fresh =
        arguments.arch.build(training_set.shape().clone(), Initialization::KaimingUniform, arguments.seed)?;
    network_file::check_fits(&fresh, &training_set)?;
    let out = OutputFile::create(&arguments.out)?;

    let config = TrainingConfig {
        epochs: arguments.epochs,
        batch_size: arguments.batch_size,
        optimizer: optimizer(arguments)?,
        schedule: match arguments.schedule {
            ScheduleName::Constant => Schedule::Constant,
            ScheduleName::Cosine => Schedule::Cosine { floor: 0.0 },
        },
        seed: arguments.seed,
    };
    let examples = Examples { inputs: training_set.images(), labels: training_set.labels() };
    let cancellation = interrupt::cancellation_on_interrupt()?;
    let batches = training_set.len().div_ceil(arguments.batch_size.max(1));
    let mut watcher = Watcher {
        bar: progress::bar((batches * arguments.epochs) as u64, "steps"),
        cancellation: &cancellation,
        json: arguments.json,
        failure: None,
    };
    let mut on_progress = |progress: Progress<'_>| watcher.hear(progress);
    let trained = training::train(fresh, examples, None, &config, &mut CleanCrossEntropy, &mut on_progress)?;
    watcher.bar.finish_and_clear();
    if let Some(failure) = watcher.failure {
        return Err(failure);
    }
    let written = out.write(|file| Ok(nn_core::write_onnx(&trained.network, file)?));
    written.with_context(|| format!("cannot write {}", arguments.out.display()))?;
    let test = Examples { inputs: test_set.images(), labels: test_set.labels() };
    report(arguments, &trained, &training::evaluate(&trained.network, test)?)
}

fn optimizer(arguments: &TrainArguments) -> anyhow::Result<Optimizer> {
    let rate = |default: f64| arguments.learning_rate.unwrap_or(default);
    let weight_decay = arguments.weight_decay;
    Ok(match arguments.optimizer {
        OptimizerName::Sgd => Optimizer::Sgd(Sgd {
            learning_rate: rate(0.05),
            momentum: Momentum::Classical(arguments.momentum.unwrap_or(0.9)),
            weight_decay,
        }),
        OptimizerName::Adam => {
            anyhow::ensure!(
                arguments.momentum.is_none(),
                "--momentum belongs to sgd and rmsprop, not to adam"
            );
            Optimizer::Adam(Adam { learning_rate: rate(1e-3), weight_decay, ..Adam::default() })
        }
        OptimizerName::Rmsprop => Optimizer::RmsProp(RmsProp {
            learning_rate: rate(1e-3),
            momentum: arguments.momentum.unwrap_or(0.0),
            weight_decay,
            ..RmsProp::default()
        }),
    })
}

/// Shows progress, and stops on Ctrl-C or where output fails.
struct Watcher<'a> {
    bar: ProgressBar,
    cancellation: &'a Cancellation,
    json: bool,
    failure: Option<anyhow::Error>,
}

impl Watcher<'_> {
    fn hear(&mut self, progress: Progress<'_>) -> ControlFlow<()> {
        match progress {
            Progress::Batch { loss, .. } => {
                self.bar.set_message(format!("loss {loss:.4}"));
                self.bar.inc(1);
            }
            Progress::Epoch { record, .. } => {
                self.failure = self.bar.suspend(|| self.print(record)).err();
            }
        }
        if self.cancellation.is_cancelled() || self.failure.is_some() {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn print(&self, record: &EpochRecord) -> anyhow::Result<()> {
        let row = EpochRow {
            epoch: record.epoch + 1,
            learning_rate: record.learning_rate,
            loss: record.training_loss,
            accuracy: record.training_accuracy,
        };
        if self.json {
            return output::json(&row);
        }
        let (epoch, loss, percent) = (row.epoch, row.loss, row.accuracy * 100.0);
        output::line(format_args!("epoch {epoch:>3}  loss {loss:.4}  training accuracy {percent:.2} %"))
    }
}

fn report(
    arguments: &TrainArguments,
    trained: &Trained,
    test: &training::Evaluation,
) -> anyhow::Result<Completion> {
    let interrupted = trained.ending == Ending::Stopped;
    let row = TrainingRow {
        network: arguments.out.display().to_string(),
        epochs: trained.history.len(),
        interrupted,
        test_images: test.classes.iter().map(|class| class.total).sum(),
        test_loss: test.loss,
        test_accuracy: test.accuracy(),
    };
    if arguments.json {
        output::json(&row)?;
    } else {
        let percent = row.test_accuracy * 100.0;
        output::line(format_args!(
            "{}: {percent:.2} % of {} test images right",
            row.network, row.test_images
        ))?;
    }
    if interrupted {
        output::note(format_args!(
            "interrupted after {} epochs; the network as it was then is written",
            row.epochs
        ));
        return Ok(Completion::Interrupted);
    }
    Ok(Completion::Done)
}
