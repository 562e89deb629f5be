//! Models with their objective, as the solvers get them.

use anyhow::{Context, bail};
use milp_encode::property::LinearFunction;
use milp_encode::{Encoding, strengthen};
use solver_api::{Budget, Limits, Model, Options, Solver, Verdict, solver_by_name, solver_names};

/// Relaxations that are solved for the inequalities of one model at most.
const ROUNDS: usize = 50;

/// An encoding with its objective; where the formulation has inequalities, those that this objective needs are among the
/// rows.
pub(super) fn aimed(encoding: &Encoding, function: &LinearFunction) -> anyhow::Result<Encoding> {
    let mut aimed = encoding.clone();
    aimed.set_objective(function)?;
    let family = aimed.sharp_cuts();
    if !family.is_empty() {
        let solver = first_working_solver()?;
        let mut relaxation = solver.open(&aimed.model().relaxation(), &Options::default())?;
        let found = strengthen(relaxation.as_mut(), &family, ROUNDS, &Budget::unlimited())?;
        aimed.add_cuts(&found.cuts)?;
    }
    Ok(aimed)
}

/// The minimum of a model's linear relaxation.
pub(super) fn relaxed_minimum(model: &Model) -> anyhow::Result<f64> {
    let solver = first_working_solver()?;
    let outcome = solver.open(&model.relaxation(), &Options::default())?.solve(&Limits::default())?;
    match (outcome.verdict, outcome.incumbent) {
        (Verdict::Optimal, Some(point)) => Ok(point.objective),
        _ => bail!("{} does not solve the linear relaxation: {}", solver.name(), outcome.raw_status),
    }
}

/// Any solver will do for a linear program.
fn first_working_solver() -> anyhow::Result<Box<dyn Solver>> {
    let mut solvers = solver_names().into_iter().filter_map(|name| solver_by_name(name).ok());
    solvers
        .find(|solver| solver.version().is_ok())
        .context("the formulation needs a solver for linear programs, and this build has none that works")
}
