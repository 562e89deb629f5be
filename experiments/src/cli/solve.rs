use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;
use solver_api::{
    Cancellation, CheckOptions, Limits, LogSink, Model, Options, Outcome, Solver, SolverError, Tolerances,
    check_outcome, check_point, read_mps, solver_by_name,
};

use super::arguments::{Number, SolverArguments};
use super::{Completion, interrupt, output};
use crate::settings::PresetName;
use crate::{checksum, processor_time};

/// Solve a model file with one solver and check the answer independently
#[derive(Args)]
#[command(after_help = "Examples:
  greymatter encode net.onnx --data digits --image 0 --target 3 --epsilon 0.1 --format mps -o model.mps
  greymatter solve model.mps --solver highs --time-limit 60
  greymatter solve model.mps --preset solver --solver-option presolve=on --bound-stop 0 --json

With --json there is a row also where the answer is wrong or the solver refuses: its key `fault` says how.")]
pub(super) struct SolveArguments {
    /// The model, a free or fixed MPS file
    model: PathBuf,
    #[command(flatten)]
    solver: SolverArguments,
    /// Branch-and-bound nodes at most
    #[arg(long, value_name = "N")]
    node_limit: Option<u64>,
    /// Only points with an objective below this matter
    #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
    cutoff: Option<Number>,
    /// Stop at a point with an objective at or below this
    #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
    target: Option<Number>,
    /// Stop when the dual bound is at or above this
    #[arg(long, value_name = "VALUE", allow_negative_numbers = true)]
    bound_stop: Option<Number>,
    /// Solve the linear relaxation in place of the model: every column continuous, no indicators, no ordered sets
    #[arg(long)]
    relaxation: bool,
    /// Show the solver's log on stderr
    #[arg(long)]
    log: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The verdict of a row whose solver gave none.
const REFUSED: &str = "Refused";

#[derive(Serialize)]
struct SolveResult {
    model: String,
    /// SHA-256 of the model's file.
    model_sha256: String,
    /// Whether it was the model's linear relaxation that was solved.
    relaxation: bool,
    columns: usize,
    integers: usize,
    rows: usize,
    solver: String,
    solver_version: Option<String>,
    preset: PresetName,
    threads: u32,
    seed: u32,
    time_limit: Option<f64>,
    cutoff: Option<f64>,
    target: Option<f64>,
    bound_stop: Option<f64>,
    solver_options: Vec<String>,
    verdict: String,
    objective: Option<f64>,
    dual_bound: Option<f64>,
    /// Whether the point satisfies the model within the tolerances; null without a point.
    feasible: Option<bool>,
    row_residual: Option<f64>,
    bound_residual: Option<f64>,
    integrality_residual: Option<f64>,
    indicator_residual: Option<f64>,
    sos_residual: Option<f64>,
    nodes: Option<u64>,
    iterations: Option<u64>,
    /// Wall time of the solve, as the adapter measured it.
    seconds: f64,
    /// Wall time from handing the model to the solver until its answer.
    wall_seconds: f64,
    /// Processor time over the same stretch, that of child processes included.
    cpu_seconds: Option<f64>,
    status: String,
    /// What is wrong with the answer, or why there is none.
    fault: Option<String>,
}

/// What a solve came to and cost.
struct Solved {
    answer: Result<Outcome, SolverError>,
    wall_seconds: f64,
    cpu_seconds: Option<f64>,
}

pub(super) fn run(arguments: &SolveArguments) -> anyhow::Result<Completion> {
    let place = || arguments.model.display().to_string();
    let bytes = fs::read(&arguments.model).with_context(|| format!("cannot read {}", place()))?;
    let model = read_mps(bytes.as_slice()).with_context(place)?;
    let model = if arguments.relaxation { model.relaxation() } else { model };
    let settings = arguments.solver.settings();
    let solver = solver_by_name(&settings.name)?;
    let log = arguments.log.then(|| LogSink(Arc::new(|line: &str| output::note(line.trim_end()))));
    let options = Options { log, ..settings.to_options() };
    let cancellation = interrupt::cancellation_on_interrupt()?;
    let limits = arguments.limits(cancellation.clone());

    let solved = solve(solver.as_ref(), &model, &options, &limits);
    let outcome = solved.answer.as_ref().ok();
    let fault = match &solved.answer {
        Ok(outcome) => check_outcome(&model, outcome, &CheckOptions::new(&options, &limits))
            .err()
            .map(|fault| format!("the answer of {} is wrong: {fault}", solver.name())),
        Err(error) => Some(error.to_string()),
    };
    let check = outcome
        .and_then(|outcome| outcome.incumbent.as_ref())
        .filter(|point| point.values.len() == model.column_count())
        .map(|point| check_point(&model, &point.values));
    let result = SolveResult {
        model: place(),
        model_sha256: checksum::sha256(&bytes),
        relaxation: arguments.relaxation,
        columns: model.column_count(),
        integers: model.integer_count(),
        rows: model.row_count(),
        solver: solver.name().to_owned(),
        solver_version: solver.version().ok(),
        preset: settings.preset,
        threads: settings.threads,
        seed: settings.seed,
        time_limit: settings.time_limit.map(|limit| limit.as_secs_f64()),
        cutoff: limits.cutoff,
        target: limits.target,
        bound_stop: limits.bound_stop,
        solver_options: settings.options.iter().map(|(name, value)| format!("{name}={value}")).collect(),
        verdict: outcome.map_or_else(|| REFUSED.to_owned(), |outcome| format!("{:?}", outcome.verdict)),
        objective: outcome.and_then(|outcome| outcome.incumbent.as_ref()).map(|point| point.objective),
        dual_bound: outcome.and_then(|outcome| outcome.dual_bound),
        feasible: check.as_ref().map(|check| check.is_feasible(&Tolerances::from(&options))),
        row_residual: check.as_ref().map(|check| check.rows.amount),
        bound_residual: check.as_ref().map(|check| check.bounds.amount),
        integrality_residual: check.as_ref().map(|check| check.integrality.amount),
        indicator_residual: check.as_ref().map(|check| check.indicators.amount),
        sos_residual: check.as_ref().map(|check| check.sos1.amount),
        nodes: outcome.and_then(|outcome| outcome.statistics.nodes),
        iterations: outcome.and_then(|outcome| outcome.statistics.iterations),
        seconds: outcome.map_or(solved.wall_seconds, |outcome| outcome.statistics.wall_time.as_secs_f64()),
        wall_seconds: solved.wall_seconds,
        cpu_seconds: solved.cpu_seconds,
        status: outcome.map(|outcome| outcome.raw_status.clone()).unwrap_or_default(),
        fault,
    };
    if arguments.json {
        output::json(&result)?;
    } else if outcome.is_some() {
        print(&result)?;
    }
    if let Some(fault) = result.fault {
        bail!(fault);
    }
    Ok(if cancellation.is_cancelled() { Completion::Interrupted } else { Completion::Done })
}

fn solve(solver: &dyn Solver, model: &Model, options: &Options, limits: &Limits) -> Solved {
    let (started, used_before) = (Instant::now(), processor_time::seconds_used());
    let answer = solver.open(model, options).and_then(|mut session| session.solve(limits));
    let wall_seconds = started.elapsed().as_secs_f64();
    let used = processor_time::seconds_used();
    Solved { answer, wall_seconds, cpu_seconds: used.zip(used_before).map(|(after, before)| after - before) }
}

impl SolveArguments {
    fn limits(&self, cancellation: Cancellation) -> Limits {
        Limits {
            time: self.solver.time_limit.map(|limit| limit.0),
            nodes: self.node_limit,
            cutoff: self.cutoff.map(|number| number.0),
            target: self.target.map(|number| number.0),
            bound_stop: self.bound_stop.map(|number| number.0),
            cancellation,
        }
    }
}

fn print(result: &SolveResult) -> anyhow::Result<()> {
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
    let count = |value: Option<u64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
    let version = result.solver_version.as_deref().unwrap_or("of unknown version");
    let rows = [
        ("model", format!("{} columns ({} integer), {} rows", result.columns, result.integers, result.rows)),
        ("solver", format!("{} {version}", result.solver)),
        ("verdict", format!("{} ({})", result.verdict, result.status)),
        ("objective", number(result.objective)),
        ("dual bound", number(result.dual_bound)),
        ("worst row residual", number(result.row_residual)),
        ("worst bound residual", number(result.bound_residual)),
        ("worst integrality residual", number(result.integrality_residual)),
        ("worst indicator residual", number(result.indicator_residual)),
        ("worst ordered set residual", number(result.sos_residual)),
        ("nodes", count(result.nodes)),
        ("iterations", count(result.iterations)),
        ("seconds", format!("{:.3}", result.seconds)),
        ("processor seconds", result.cpu_seconds.map_or_else(|| "-".to_owned(), |s| format!("{s:.3}"))),
    ];
    rows.iter().try_for_each(|(what, value)| output::line(format_args!("{what:<28}{value}")))
}
