//! Many models of one network in a folder: bounds and rows once an image, an objective for each target.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use milp_encode::property::LinearFunction;
use serde::Serialize;

use super::aimed::{aimed, relaxed_minimum};
use super::encode::{EncodeArguments, size};
use super::output;
use crate::bound_methods::BoundMethods;
use crate::checksum;
use crate::data::Dataset;
use crate::network_file::NetworkFile;
use crate::output_file::OutputFile;
use crate::settings::FormulationName;

/// One model that was written.
#[derive(Serialize)]
struct ModelRow<'a> {
    /// Name of the file in the folder.
    file: String,
    sha256: String,
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
    columns: usize,
    integers: usize,
    rows: usize,
    coefficients: usize,
    /// The minimum of the linear relaxation, where it is asked for.
    relaxation: Option<f64>,
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
    file: &NetworkFile,
    dataset: &Dataset,
    images: &[usize],
    folder: &Path,
) -> anyhow::Result<()> {
    let mut questions = Vec::new();
    for &image in images {
        let label = usize::from(dataset.labels()[image]);
        let targets = arguments.classes_against(label, dataset)?;
        questions.extend(targets.into_iter().map(|target| Question { image, label, target }));
    }
    ensure!(!questions.is_empty(), "no image has a target that is not its label");
    if let Some(count) = arguments.count {
        ensure!(
            (1..=questions.len()).contains(&count),
            "--count {count}: there are 1 to {} models",
            questions.len()
        );
        questions = spread(questions, count);
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make folder {}", folder.display()))?;
    for of_one_image in questions.chunk_by(|a, b| a.image == b.image) {
        write_image(arguments, file, dataset, of_one_image, folder)?;
    }
    Ok(())
}

fn write_image(
    arguments: &EncodeArguments,
    file: &NetworkFile,
    dataset: &Dataset,
    questions: &[Question],
    folder: &Path,
) -> anyhow::Result<()> {
    let started = Instant::now();
    let encoding = arguments.encode_image(file, dataset, questions[0].image)?;
    let prepare_seconds = started.elapsed().as_secs_f64();
    for &Question { image, label, target } in questions {
        let aimed = aimed(&encoding, &LinearFunction::margin(dataset.classes(), label, target))?;
        let model = aimed.model();
        let mut bytes = Vec::new();
        arguments.format.write(model, &mut bytes)?;
        let name = format!("i{image}-t{target}.{}", arguments.format.ending());
        let path = folder.join(&name);
        let written = OutputFile::create(&path)?.write(|writer| Ok(writer.write_all(&bytes)?));
        written.with_context(|| format!("cannot write {}", path.display()))?;
        if arguments.json {
            output::json(&ModelRow {
                file: name,
                sha256: checksum::sha256(&bytes),
                image,
                label,
                target,
                classes: dataset.classes(),
                epsilon: arguments.epsilon.0,
                formulation: arguments.model.formulation,
                bounds: &arguments.model.bounds,
                prepare_seconds,
                columns: model.column_count(),
                integers: model.integer_count(),
                rows: model.row_count(),
                coefficients: model.entry_count(),
                relaxation: if arguments.relaxation { Some(relaxed_minimum(model)?) } else { None },
                network: &file.sha256,
            })?;
        } else {
            output::line(format_args!("{}: {}", path.display(), size(model)))?;
        }
    }
    Ok(())
}

/// `count` of the items with equal strides between them: the same for the same numbers, the first always among them.
fn spread<Item>(items: Vec<Item>, count: usize) -> Vec<Item> {
    let total = items.len();
    let mut wanted = (0..count).map(|index| index * total / count).peekable();
    let is_wanted = |(position, item)| wanted.next_if_eq(&position).map(|_| item);
    items.into_iter().enumerate().filter_map(is_wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn some_of_many_are_spread_evenly() {
        let check = |total: usize, count, expected: &[usize]| {
            assert_eq!(spread((0..total).collect(), count), expected, "{count} of {total}");
        };
        check(90, 12, &[0, 7, 15, 22, 30, 37, 45, 52, 60, 67, 75, 82]);
        check(5, 5, &[0, 1, 2, 3, 4]);
        check(5, 1, &[0]);
        check(3, 2, &[0, 1]);
    }
}
