//! One instance in this process.

use std::path::Path;

use anyhow::Context;
use solver_api::{Budget, Options, Solver};
use verify::{Engine, VerifyOptions, verify};

use super::crew::Threads;
use super::engines::MILP;
use super::late_solver::LateSolver;
use super::{VerifyRow, VerifySettings, declared};
use crate::{network_file, property_file};

/// A network and a property.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InstanceFiles<'a> {
    pub(crate) onnx: &'a Path,
    pub(crate) property: &'a Path,
    /// What the property has to call the network, if that was said.
    pub(crate) network_name: Option<&'a str>,
}

/// Reads the files and verifies; the row has no times.
///
/// # Errors
/// Where a file cannot be read, the two do not fit, or there is no such solver.
pub(crate) fn verify_instance(
    files: InstanceFiles<'_>,
    settings: &VerifySettings,
    budget: &Budget,
) -> anyhow::Result<VerifyRow> {
    let solver = LateSolver::find(settings)?;
    let InstanceFiles { onnx, property, network_name } = files;
    let network = network_file::read(onnx)?.network;
    let specification = property_file::read(property)?.property;
    let place = || property.display().to_string();
    property_file::check_fits(&specification, &network).with_context(place)?;
    declared::check_name(&specification, network_name).with_context(place)?;
    declared::check(&specification, onnx, &network, settings.arithmetic).with_context(place)?;
    #[allow(clippy::cast_possible_truncation)]
    let options = Options { seed: settings.seed as u32 & 0x7fff_ffff, ..Options::default() };
    let engines = settings.engine.engines(solver.as_ref(), &options);
    let engines: Vec<&dyn Engine> = engines.iter().map(|engine| &**engine as &dyn Engine).collect();
    let crew = Threads(settings.threads);
    let options = VerifyOptions { engines: &engines, crew: &crew, seed: settings.seed };
    let report = verify(&network, &specification, &options, budget)?;
    let has_asked = report.engine == Some(MILP);
    let declarations =
        specification.tensors().map(|(input, output)| [declared::header(input), declared::header(output)]);
    let row = VerifyRow::new(files, "unknown", settings).with_report(report, declarations);
    let solver = solver.as_ref().filter(|_| has_asked).map(|solver| solver.name().to_owned());
    Ok(VerifyRow { solver, ..row })
}
