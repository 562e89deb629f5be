//! A list of instances.

use std::path::Path;

use super::VerifyArguments;
use super::summary::{Summary, Truth};
use crate::cli::{Completion, interrupt, output, progress};
use crate::verify_run::{Instance, ResultRow, ResultsFile, VerifyRow, read_instances, run_batch};

pub(super) fn run(arguments: &VerifyArguments, list: &Path, out: &Path) -> anyhow::Result<Completion> {
    let settings = arguments.settings();
    let instances = read_instances(list, arguments.batch.filter.as_deref())?;
    let truth = arguments.batch.truth.as_deref().map(|path| Truth::read(path, list)).transpose()?;
    let mut results = ResultsFile::open(out)?;
    let open = results.open_instances(&instances, &arguments.batch.retry);
    let before = instances.len() - open.len();
    if before > 0 {
        output::note(format_args!("{before} instances were done before and are not repeated"));
    }
    let bar = progress::bar(instances.len() as u64, "instances");
    bar.set_position(before as u64);
    bar.reset_eta();
    let cancellation = interrupt::cancellation_on_interrupt()?;
    let take = |instance: &Instance, row: VerifyRow| {
        let result = results.append(instance, &row)?;
        bar.inc(1);
        bar.suspend(|| if arguments.json { output::json(result) } else { output::line(line(result)) })
    };
    run_batch(&open, &settings, &cancellation, take)?;
    bar.finish_and_clear();
    results.compact()?;
    let rows: Vec<&ResultRow> = instances.iter().filter_map(|instance| results.row(instance)).collect();
    let summary = Summary::of(&rows, &truth.unwrap_or_default());
    if arguments.json {
        output::json(&summary)?;
    } else {
        summary.lines().into_iter().try_for_each(output::line)?;
    }
    output::note(format_args!("{} of {} rows are in {}", rows.len(), instances.len(), out.display()));
    if cancellation.is_cancelled() {
        output::note("interrupted; the same command goes on from here");
        return Ok(Completion::Interrupted);
    }
    Ok(if summary.wrong.is_empty() { Completion::Done } else { Completion::FoundWrong })
}

fn line(row: &ResultRow) -> String {
    let ResultRow { verdict, seconds, nodes, onnx, vnnlib, note, .. } = row;
    let engine = row.engine.as_deref().unwrap_or("-");
    let note = if note.is_empty() { String::new() } else { format!("  ({note})") };
    format!("{verdict:<7} {seconds:>8.3} s {engine:>11} {nodes:>8} nodes  {onnx} {vnnlib}{note}")
}
