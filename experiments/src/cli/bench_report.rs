use std::path::PathBuf;

use clap::Args;

use super::{Completion, output};
use crate::bench::{self, FaultKind, ResultTable, RunFolder};
use crate::output_file::OutputFile;

/// Check and summarise a benchmark run of `cargo xtask bench`
#[derive(Args)]
#[command(after_help = "Example:
  greymatter bench-report greymatter-bench/seed --baseline highs

Writes summary.md, instances.md, performance-profile.svg and cactus.svg into the folder, and growth.svg where networks differ
in size. Exit status 1 where an answer is
wrong; each is named on stderr.")]
pub(super) struct BenchReportArguments {
    /// The folder with instances.json, raw.jsonl and environment.jsonl
    folder: PathBuf,
    /// Label of the way to solve that all others are compared with; the first by default
    #[arg(long, value_name = "LABEL")]
    baseline: Option<String>,
}

pub(super) fn run(arguments: &BenchReportArguments) -> anyhow::Result<Completion> {
    let run = RunFolder::read(&arguments.folder)?;
    let faults = bench::faults(&run);
    let table = ResultTable::new(&run, &faults, arguments.baseline.as_deref())?;
    let summary = bench::summary(&run, &table, &faults);
    let mut files = vec![
        ("summary.md", summary.clone()),
        ("instances.md", bench::instances(&table)),
        ("performance-profile.svg", bench::performance_profile(&table)?),
        ("cactus.svg", bench::cactus(&table)?),
    ];
    if let Some(plot) = bench::growth_plot(&bench::growth(&run, &table))? {
        files.push(("growth.svg", plot));
    }
    for (name, text) in files {
        OutputFile::create(&arguments.folder.join(name))?.write(|file| {
            use std::io::Write;
            Ok(file.write_all(text.as_bytes())?)
        })?;
    }
    output::line(summary.split("\n## Ways to solve").next().unwrap_or_default().trim_end())?;
    for fault in &faults {
        let kind = match fault.kind {
            FaultKind::WrongAnswer => "WRONG",
            FaultKind::NoAnswer => "no answer",
        };
        output::note(format_args!("{kind}: {fault}"));
    }
    let is_wrong = faults.iter().any(|fault| fault.kind == FaultKind::WrongAnswer);
    Ok(if is_wrong { Completion::FoundWrong } else { Completion::Done })
}
