//! Many models of one network in a folder: bounds and rows once an image, an objective for each target.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use milp_encode::property::LinearFunction;
use serde::Serialize;

use super::aimed::aimed;
use super::encode::{BallArguments, EncodeArguments};
use super::model_file::{ModelFile, spread, write_in};
use super::output;
use crate::bound_methods::BoundMethods;
use crate::data::Dataset;
use crate::network_file::NetworkFile;
use crate::settings::FormulationName;

/// One model that was written.
#[derive(Serialize)]
struct ModelRow<'a> {
    #[serde(flatten)]
    model: ModelFile,
    image: usize,
    label: usize,
    target: usize,
    /// How many classes the network tells apart.
    classes: usize,
    epsilon: f64,
    formulation: FormulationName,
    bounds: &'a BoundMethods,
    /// Wall time of bounds and model, once for all targets of the image.
    prepare_seconds: f64,
    /// SHA-256 of the network's file.
    network: &'a str,
}

/// An image with its label and a class to push it towards.
struct Question {
    image: usize,
    label: usize,
    target: usize,
}

/// Writes the models and prints a line for each.
pub(super) fn write(
    arguments: &EncodeArguments,
    ball: &BallArguments,
    file: &NetworkFile,
    dataset: &Dataset,
    images: &[usize],
    folder: &Path,
) -> anyhow::Result<()> {
    let mut questions = Vec::new();
    for &image in images {
        let label = usize::from(dataset.labels()[image]);
        let targets = ball.classes_against(label, dataset)?;
        questions.extend(targets.into_iter().map(|target| Question { image, label, target }));
    }
    ensure!(!questions.is_empty(), "no image has a target that is not its label");
    let questions = spread(questions, arguments.count)?;
    fs::create_dir_all(folder).with_context(|| format!("cannot make folder {}", folder.display()))?;
    for of_one_image in questions.chunk_by(|a, b| a.image == b.image) {
        write_image(arguments, ball, file, dataset, of_one_image, folder)?;
    }
    Ok(())
}

fn write_image(
    arguments: &EncodeArguments,
    ball: &BallArguments,
    file: &NetworkFile,
    dataset: &Dataset,
    questions: &[Question],
    folder: &Path,
) -> anyhow::Result<()> {
    let started = Instant::now();
    let encoding = arguments.encode_image(ball, file, dataset, questions[0].image)?;
    let prepare_seconds = started.elapsed().as_secs_f64();
    for &Question { image, label, target } in questions {
        let aimed = aimed(&encoding, &LinearFunction::margin(dataset.classes(), label, target))?;
        let model = write_in(folder, &format!("i{image}-t{target}"), aimed.model(), arguments)?;
        if arguments.json {
            output::json(&ModelRow {
                model,
                image,
                label,
                target,
                classes: dataset.classes(),
                epsilon: ball.epsilon.0,
                formulation: arguments.model.formulation,
                bounds: &arguments.model.bounds,
                prepare_seconds,
                network: &file.sha256,
            })?;
        }
    }
    Ok(())
}
