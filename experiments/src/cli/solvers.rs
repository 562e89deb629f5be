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
    /// None where the library or program is not on this machine.
    version: Option<String>,
    /// Why there is no version.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<String>,
    capabilities: Vec<String>,
}

pub(super) fn run(arguments: &SolversArguments) -> anyhow::Result<Completion> {
    let mut summaries = Vec::new();
    for name in solver_names() {
        let solver = solver_by_name(name)?;
        let capabilities = solver.capabilities().iter().map(|capability| format!("{capability:?}")).collect();
        let (version, missing) = match solver.version() {
            Ok(version) => (Some(version), None),
            Err(error) => (None, Some(error.to_string())),
        };
        summaries.push(SolverSummary { name: solver.name().to_owned(), version, missing, capabilities });
    }
    if arguments.json {
        summaries.iter().try_for_each(output::json)?;
    } else {
        let rows = summaries.iter().map(|summary| {
            let version = summary.version.as_deref().unwrap_or("not here");
            vec![summary.name.clone(), version.to_owned(), summary.capabilities.join(" ")]
        });
        output::line(output::table(&["solver", "version", "capabilities"], 9, rows))?;
        summaries.iter().filter_map(|summary| summary.missing.as_deref()).try_for_each(output::line)?;
    }
    Ok(Completion::Done)
}
