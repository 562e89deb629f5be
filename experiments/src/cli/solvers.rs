use clap::Args;
use serde::Serialize;
use solver_api::{solver_by_name, solver_names};

use super::{Completion, output};

/// List the solvers of this build with their versions and capabilities
#[derive(Args)]
pub(super) struct SolversArguments {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct SolverSummary {
    name: String,
    version: String,
    capabilities: Vec<String>,
}

pub(super) fn run(arguments: &SolversArguments) -> anyhow::Result<Completion> {
    let mut summaries = Vec::new();
    for name in solver_names() {
        let solver = solver_by_name(name)?;
        let capabilities = solver.capabilities().iter().map(|capability| format!("{capability:?}")).collect();
        summaries.push(SolverSummary {
            name: solver.name().to_owned(),
            version: solver.version()?,
            capabilities,
        });
    }
    if arguments.json {
        summaries.iter().try_for_each(output::json)?;
    } else {
        let rows =
            summaries.iter().map(|s| vec![s.name.clone(), s.version.clone(), s.capabilities.join(" ")]);
        output::line(output::table(&["solver", "version", "capabilities"], 9, rows))?;
    }
    Ok(Completion::Done)
}
