use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;
use solver_api::{
    CheckOptions, Limits, LogSink, Options, Tolerances, check_outcome, check_point, read_mps, solver_by_name,
};

use super::arguments::SolverArguments;
use super::{Completion, interrupt, output};

/// Solve a model file with one solver and check the answer independently
#[derive(Args)]
#[command(after_help = "Example:
  greymatter encode net.onnx --data digits --image 0 --target 3 --epsilon 0.1 --format mps -o model.mps
  greymatter solve model.mps --solver highs --time-limit 60")]
pub(super) struct SolveArguments {
    /// The model, a free or fixed MPS file
    model: PathBuf,
    #[command(flatten)]
    solver: SolverArguments,
    /// Branch-and-bound nodes at most
    #[arg(long, value_name = "N")]
    node_limit: Option<u64>,
    /// Show the solver's log on stderr
    #[arg(long)]
    log: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct SolveResult {
    model: String,
    columns: usize,
    integers: usize,
    rows: usize,
    solver: String,
    solver_version: String,
    verdict: String,
    objective: Option<f64>,
    dual_bound: Option<f64>,
    /// Whether the point satisfies the model within the tolerances; null without a point.
    feasible: Option<bool>,
    row_residual: Option<f64>,
    bound_residual: Option<f64>,
    integrality_residual: Option<f64>,
    nodes: Option<u64>,
    iterations: Option<u64>,
    seconds: f64,
    status: String,
}

pub(super) fn run(arguments: &SolveArguments) -> anyhow::Result<Completion> {
    let place = || arguments.model.display().to_string();
    let file = File::open(&arguments.model).with_context(|| format!("cannot read {}", place()))?;
    let model = read_mps(BufReader::new(file)).with_context(place)?;
    let settings = arguments.solver.settings();
    let solver = solver_by_name(&settings.name)?;
    let log = arguments.log.then(|| LogSink(Arc::new(|line: &str| output::note(line.trim_end()))));
    let options = Options { log, ..settings.to_options() };
    let cancellation = interrupt::cancellation_on_interrupt()?;
    let limits = Limits {
        time: settings.time_limit,
        nodes: arguments.node_limit,
        cancellation: cancellation.clone(),
        ..Limits::default()
    };
    let outcome = solver.open(&model, &options)?.solve(&limits)?;
    let check = outcome.incumbent.as_ref().map(|point| check_point(&model, &point.values));
    let result = SolveResult {
        model: place(),
        columns: model.column_count(),
        integers: model.integer_count(),
        rows: model.row_count(),
        solver: solver.name().to_owned(),
        solver_version: solver.version()?,
        verdict: format!("{:?}", outcome.verdict),
        objective: outcome.incumbent.as_ref().map(|point| point.objective),
        dual_bound: outcome.dual_bound,
        feasible: check.as_ref().map(|check| check.is_feasible(&Tolerances::from(&options))),
        row_residual: check.as_ref().map(|check| check.rows.amount),
        bound_residual: check.as_ref().map(|check| check.bounds.amount),
        integrality_residual: check.as_ref().map(|check| check.integrality.amount),
        nodes: outcome.statistics.nodes,
        iterations: outcome.statistics.iterations,
        seconds: outcome.statistics.wall_time.as_secs_f64(),
        status: outcome.raw_status.clone(),
    };
    if arguments.json {
        output::json(&result)?;
    } else {
        print(&result)?;
    }
    if let Err(fault) = check_outcome(&model, &outcome, &CheckOptions::new(&options, &limits)) {
        bail!("the answer of {} is wrong: {fault}", result.solver);
    }
    Ok(if cancellation.is_cancelled() { Completion::Interrupted } else { Completion::Done })
}

fn print(result: &SolveResult) -> anyhow::Result<()> {
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
    let count = |value: Option<u64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
    let rows = [
        ("model", format!("{} columns ({} integer), {} rows", result.columns, result.integers, result.rows)),
        ("solver", format!("{} {}", result.solver, result.solver_version)),
        ("verdict", format!("{} ({})", result.verdict, result.status)),
        ("objective", number(result.objective)),
        ("dual bound", number(result.dual_bound)),
        ("worst row residual", number(result.row_residual)),
        ("worst bound residual", number(result.bound_residual)),
        ("worst integrality residual", number(result.integrality_residual)),
        ("nodes", count(result.nodes)),
        ("iterations", count(result.iterations)),
        ("seconds", format!("{:.3}", result.seconds)),
    ];
    rows.iter().try_for_each(|(what, value)| output::line(format_args!("{what:<28}{value}")))
}
