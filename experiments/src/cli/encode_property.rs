//! Models of a property: bounds and rows once for each input set, objective and conditions for each alternative.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use milp_encode::Encoding;
use milp_encode::property::Conjunction;
use serde::Serialize;
use verify::UnsafeRegion;

use super::aimed::aimed;
use super::encode::EncodeArguments;
use super::model_file::{self, ModelFile, spread, write_in};
use super::output;
use crate::bound_methods::BoundMethods;
use crate::network_file::NetworkFile;
use crate::property_file;
use crate::settings::FormulationName;

/// One model that was written.
#[derive(Serialize)]
struct ModelRow<'a> {
    #[serde(flatten)]
    model: ModelFile,
    region: usize,
    /// Position of the output conditions among those of all regions.
    alternative: usize,
    /// How many output conditions hold together; the first is the objective.
    conditions: usize,
    formulation: FormulationName,
    bounds: &'a BoundMethods,
    /// Wall time of bounds and model, once for all alternatives of the region.
    prepare_seconds: f64,
    /// SHA-256 of the network's file.
    network: &'a str,
    /// SHA-256 of the property's file.
    property: &'a str,
}

/// A region of the property with one of its conjunctions, and their positions.
struct Question<'a> {
    region: usize,
    alternative: usize,
    input: &'a UnsafeRegion,
    unsafe_outputs: &'a Conjunction,
}

/// Writes the model of one alternative, or the models of all to a folder.
pub(super) fn write(arguments: &EncodeArguments, file: &NetworkFile, path: &Path) -> anyhow::Result<()> {
    let property_file = property_file::read(path)?;
    property_file::check_fits(&property_file.property, &file.network)
        .with_context(|| path.display().to_string())?;
    let regions = property_file.property.regions().iter().enumerate();
    let pairs =
        regions.flat_map(|(region, input)| input.unsafe_outputs.iter().map(move |c| (region, input, c)));
    let questions = pairs.enumerate().map(|(alternative, (region, input, unsafe_outputs))| Question {
        region,
        alternative,
        input,
        unsafe_outputs,
    });
    let mut questions: Vec<Question<'_>> = questions.collect();
    ensure!(
        !questions.is_empty(),
        "{}: no input can satisfy the property; there is no model",
        path.display()
    );
    if let Some(folder) = &arguments.out {
        let questions = spread(questions, arguments.count)?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make folder {}", folder.display()))?;
        for of_one_region in questions.chunk_by(|a, b| a.region == b.region) {
            write_region(arguments, file, &property_file.sha256, of_one_region, folder)?;
        }
        return Ok(());
    }
    let last = questions.len() - 1;
    let question = match arguments.alternative {
        Some(wanted) if wanted <= last => questions.swap_remove(wanted),
        Some(wanted) => bail!("--alternative {wanted}: {} has 0 to {last}", path.display()),
        None if last == 0 => questions.swap_remove(0),
        None => bail!(
            "{} has {} alternatives, and each is a model: choose one with --alternative 0 to {last}, or write all with \
             --out DIR",
            path.display(),
            last + 1
        ),
    };
    let encoding = conditioned(&encode_region(arguments, file, question.input)?, question.unsafe_outputs)?;
    model_file::write_alone(encoding.model(), arguments.format, arguments.output.as_deref())
}

fn write_region(
    arguments: &EncodeArguments,
    file: &NetworkFile,
    property: &str,
    questions: &[Question<'_>],
    folder: &Path,
) -> anyhow::Result<()> {
    let started = Instant::now();
    let encoding = encode_region(arguments, file, questions[0].input)?;
    let prepare_seconds = started.elapsed().as_secs_f64();
    for &Question { region, alternative, unsafe_outputs, .. } in questions {
        let conditioned = conditioned(&encoding, unsafe_outputs)?;
        let model = write_in(folder, &format!("r{region}-a{alternative}"), conditioned.model(), arguments)?;
        if arguments.json {
            output::json(&ModelRow {
                model,
                region,
                alternative,
                conditions: unsafe_outputs.0.len(),
                formulation: arguments.model.formulation,
                bounds: &arguments.model.bounds,
                prepare_seconds,
                network: &file.sha256,
                property,
            })?;
        }
    }
    Ok(())
}

/// The network over a region's inputs, without an objective.
fn encode_region(
    arguments: &EncodeArguments,
    file: &NetworkFile,
    region: &UnsafeRegion,
) -> anyhow::Result<Encoding> {
    let mut encoding = arguments.encode_box(&file.network, region.input.sides())?;
    for (position, constraint) in region.input.constraints().iter().enumerate() {
        encoding.require_input(&format!("input{position}"), constraint)?;
    }
    Ok(encoding)
}

/// An encoding with the first condition as its objective, and the others as rows.
fn conditioned(encoding: &Encoding, conditions: &Conjunction) -> anyhow::Result<Encoding> {
    let Some((first, others)) = conditions.0.split_first() else { return Ok(encoding.clone()) };
    let mut required = encoding.clone();
    for (position, condition) in others.iter().enumerate() {
        required.require(&format!("output{}", position + 1), condition)?;
    }
    aimed(&required, first)
}
