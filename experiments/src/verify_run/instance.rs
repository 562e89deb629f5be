//! One instance in this process.

use std::path::Path;

use anyhow::Context;
use solver_api::{Budget, Options, Solver};
use verify::{Engine, VerifyOptions, verify};

use super::crew::Threads;
use super::engines::MILP;
use super::late_solver::LateSolver;
use super::{VerifyRow, VerifySettings};
use crate::{network_file, property_file};

/// Reads the files and verifies; the row has no times.
///
/// # Errors
/// Where a file cannot be read, the two do not fit, or there is no such solver.
pub(crate) fn verify_instance(
    onnx: &Path,
    property: &Path,
    settings: &VerifySettings,
    budget: &Budget,
) -> anyhow::Result<VerifyRow> {
    let solver = LateSolver::find(settings)?;
    let network = network_file::read(onnx)?.network;
    let specification = property_file::read(property)?.property;
    property_file::check_fits(&specification, &network).with_context(|| property.display().to_string())?;
    #[allow(clippy::cast_possible_truncation)]
    let options = Options { seed: settings.seed as u32 & 0x7fff_ffff, ..Options::default() };
    let engines = settings.engine.engines(solver.as_ref(), &options);
    let engines: Vec<&dyn Engine> = engines.iter().map(|engine| &**engine as &dyn Engine).collect();
    let crew = Threads(settings.threads);
    let options = VerifyOptions { engines: &engines, crew: &crew, seed: settings.seed };
    let report = verify(&network, &specification, &options, budget)?;
    let has_asked = report.engine == Some(MILP);
    let row = VerifyRow::new(onnx, property, "unknown", settings).with_report(report);
    let solver = solver.as_ref().filter(|_| has_asked).map(|solver| solver.name().to_owned());
    Ok(VerifyRow { solver, ..row })
}
