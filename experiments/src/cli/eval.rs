use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use training::{ClassCount, Examples};

use super::arguments::DataArguments;
use super::{Completion, output};
use crate::data::ImageRange;
use crate::network_file;

/// Measure a network's accuracy, overall and per class
#[derive(Args)]
#[command(after_help = "Examples:
  greymatter eval net.onnx --data mnist
  greymatter eval net.onnx --data digits --split train --json")]
pub(super) struct EvalArguments {
    /// The network, an ONNX or .nnet file
    network: PathBuf,
    #[command(flatten)]
    data: DataArguments,
    /// Images by their position in the data set: 0..100 (without 100), 5.., or 7; all by default
    #[arg(long, value_name = "RANGE", default_value = "..")]
    images: ImageRange,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Evaluation {
    network: String,
    data: String,
    images: usize,
    correct: usize,
    accuracy: f64,
    classes: Vec<ClassEvaluation>,
}

#[derive(Serialize)]
struct ClassEvaluation {
    class: usize,
    images: usize,
    correct: usize,
    accuracy: Option<f64>,
}

pub(super) fn run(arguments: &EvalArguments) -> anyhow::Result<Completion> {
    let network = network_file::read(&arguments.network)?.network;
    let dataset = arguments.data.load()?;
    network_file::check_fits(&network, &dataset)?;
    // In f32, as a deployed network computes.
    let network = network.cast::<f32>();
    let (inputs, labels) = dataset.range(arguments.images.indices(&dataset)?)?;
    let classes = training::evaluate(&network, Examples { inputs, labels })?.classes;
    let evaluation = evaluation(arguments, dataset.name(), &classes);
    if arguments.json {
        output::json(&evaluation)?;
    } else {
        print(&evaluation)?;
    }
    Ok(Completion::Done)
}

fn evaluation(arguments: &EvalArguments, data: &str, counts: &[ClassCount]) -> Evaluation {
    let classes = counts.iter().enumerate().map(|(class, count)| ClassEvaluation {
        class,
        images: count.total,
        correct: count.correct,
        accuracy: count.accuracy(),
    });
    let images = counts.iter().map(|count| count.total).sum();
    let correct = counts.iter().map(|count| count.correct).sum();
    Evaluation {
        network: arguments.network.display().to_string(),
        data: data.to_owned(),
        images,
        correct,
        accuracy: share(correct, images),
        classes: classes.collect(),
    }
}

#[allow(clippy::cast_precision_loss)]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

fn print(evaluation: &Evaluation) -> anyhow::Result<()> {
    let percent =
        |share: Option<f64>| share.map_or_else(|| "-".to_owned(), |share| format!("{:.2} %", share * 100.0));
    let rows = evaluation.classes.iter().map(|class| {
        vec![
            class.class.to_string(),
            class.images.to_string(),
            class.correct.to_string(),
            percent(class.accuracy),
        ]
    });
    output::line(output::table(&["class", "images", "correct", "accuracy"], 1, rows))?;
    output::line(format_args!(
        "accuracy on {}: {} ({} of {})",
        evaluation.data,
        percent(Some(evaluation.accuracy)),
        evaluation.correct,
        evaluation.images
    ))
}
