//! What a training prints.

use serde::Serialize;
use training::{Ending, EpochRecord, Trained, Validation};

use crate::cli::{Completion, output};

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Lines for a person.
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Serialize)]
struct EpochRow {
    epoch: usize,
    learning_rate: f64,
    loss: f64,
    accuracy: f64,
    validation_loss: Option<f64>,
    /// As the objective counts: against its attack, or proven.
    validation_accuracy: Option<f64>,
    validation_clean_accuracy: Option<f64>,
}

#[derive(Serialize)]
struct TrainingRow<'a> {
    network: &'a str,
    epochs: usize,
    interrupted: bool,
    /// `completed`, `settled` (the patience came to its end) or `interrupted`.
    ending: &'static str,
    best_epoch: Option<usize>,
    test_images: usize,
    test_loss: f64,
    test_accuracy: f64,
    /// The objective's loss, and its share of right images: under its attack, or proven.
    test_objective_loss: f64,
    test_objective_accuracy: f64,
    /// Of this run, without reading data and testing.
    training_seconds: f64,
}

/// How a trained network does on the test images.
pub(super) struct Tested<'a> {
    pub(super) network: &'a str,
    pub(super) images: usize,
    pub(super) test: Validation,
    /// What the objective calls right, where that is not just the right class.
    pub(super) rightness: Option<&'static str>,
    pub(super) training_seconds: f64,
}

pub(super) fn print_epoch(record: &EpochRecord, form: Form) -> anyhow::Result<()> {
    let validation = record.validation.as_ref();
    let row = EpochRow {
        epoch: record.epoch + 1,
        learning_rate: record.learning_rate,
        loss: record.training_loss,
        accuracy: record.training_accuracy,
        validation_loss: validation.map(|validation| validation.loss),
        validation_accuracy: validation.map(|validation| validation.accuracy),
        validation_clean_accuracy: validation.map(|validation| validation.clean.accuracy()),
    };
    if form == Form::Json {
        return output::json(&row);
    }
    let (epoch, loss, percent) = (row.epoch, row.loss, row.accuracy * 100.0);
    let mut line = format!("epoch {epoch:>3}  loss {loss:.4}  training accuracy {percent:.2} %");
    if let Some(validation) = validation {
        let (percent, clean) = (validation.accuracy * 100.0, validation.clean.accuracy() * 100.0);
        line +=
            &format!("  validation loss {:.4}  accuracy {percent:.2} %  clean {clean:.2} %", validation.loss);
    }
    output::line(line)
}

pub(super) fn print_end(trained: &Trained, tested: &Tested<'_>, form: Form) -> anyhow::Result<Completion> {
    let interrupted = trained.ending == Ending::Stopped;
    let row = TrainingRow {
        network: tested.network,
        epochs: trained.history.len(),
        interrupted,
        ending: match trained.ending {
            Ending::Completed => "completed",
            Ending::Settled => "settled",
            Ending::Stopped => "interrupted",
        },
        best_epoch: trained.best_epoch.map(|epoch| epoch + 1),
        test_images: tested.images,
        test_loss: tested.test.clean.loss,
        test_accuracy: tested.test.clean.accuracy(),
        test_objective_loss: tested.test.loss,
        test_objective_accuracy: tested.test.accuracy,
        training_seconds: tested.training_seconds,
    };
    match form {
        Form::Json => output::json(&row)?,
        Form::Text => print_text(&row, tested)?,
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

fn print_text(row: &TrainingRow<'_>, tested: &Tested<'_>) -> anyhow::Result<()> {
    if let Some(epoch) = row.best_epoch {
        output::line(format_args!("the network after epoch {epoch} has the least validation loss"))?;
    }
    let (percent, images) = (row.test_accuracy * 100.0, row.test_images);
    output::line(format_args!("{}: {percent:.2} % of {images} test images right", row.network))?;
    if let Some(rightness) = tested.rightness {
        let percent = row.test_objective_accuracy * 100.0;
        output::line(format_args!("{}: {percent:.2} % {rightness}", row.network))?;
    }
    Ok(())
}
