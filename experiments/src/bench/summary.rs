//! The run in words and tables, as Markdown.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::checks::{Fault, FaultKind};
use super::growth::{Growth, growth};
use super::relaxations::{Relaxation, relaxations};
use super::rows::{Environment, RawRow, RunFolder};
use super::statistics::{Time, median, par2, ratio_of_means, ratio_of_totals, shifted_geometric_mean};
use super::table::{Clock, ResultTable, Way};
use crate::statistics::Interval;

/// The file `summary.md`.
pub(crate) fn summary(run: &RunFolder, table: &ResultTable<'_>, faults: &[Fault]) -> String {
    let mut text = format!("# Benchmark run: the set `{}`\n\n", run.set);
    let groups: BTreeSet<&str> = table.problems.iter().map(|problem| problem.1).collect();
    let repeats = run.rows.iter().map(|row| row.repeat + 1).max().unwrap_or(0);
    let _ = writeln!(
        text,
        "{} problems in {} groups (a network and an image each), {} ways to solve them, {repeats} solve(s) each.",
        table.problems.len(),
        groups.len(),
        table.ways.len()
    );
    if table.problems.len() < table.all_problems {
        let missing = table.all_problems - table.problems.len();
        let _ = writeln!(text, "{missing} further problems do not count: not every way was asked them.");
    }
    text += "\n## Results\n\n";
    text += &results(table);
    let growth = growth(run, table);
    if !growth.is_empty() {
        text += "\n## How the time grows\n\n";
        text += &growing(&growth);
    }
    if table.ways.len() > 1 && !table.problems.is_empty() {
        let _ = writeln!(text, "\n## Times faster than `{}`\n", table.ways[0].name);
        text += &ratios(table);
    }
    let relaxations = relaxations(run);
    if !relaxations.is_empty() {
        text += "\n## Linear relaxations\n\n";
        text += &strengths(&relaxations);
    }
    text += "\n## Wrong answers\n\n";
    text += &listed(faults, FaultKind::WrongAnswer);
    if faults.iter().any(|fault| fault.kind == FaultKind::NoAnswer) {
        text += "\n## No answers\n\n";
        text += &listed(faults, FaultKind::NoAnswer);
    }
    text += "\n## Ways to solve\n\n";
    text += &ways(table);
    text += "\n## Measured on\n\n";
    text += &environments(&run.environments);
    text += NOTES;
    text
}

const NOTES: &str = "
## What the figures mean

Seconds run from handing over the model until the answer, without reading the file, and for attacks without bounds;
processor time is that of the solver and its child processes, and wall time for attacks, which do not tell it. A problem
without an answer, or with a wrong one, is unsolved and counts as its time limit; PAR-2 counts it twice. Means are shifted geometric means, shift 1 s. With several solves of a problem their median
counts where all of them have an answer, else the limit. A win is the least wall time among those who solved a problem.
How the time grows is shown by arithmetic means; where problems are unsolved, they are lower bounds, and so are ratios where
only the baseline has such.

Ratios are the baseline's figure through the other's on the same problems: above 1 the other is faster. In brackets stand
the 2.5th and 97.5th percentiles of 10,000 bootstrap resamples of whole groups (seeded).

Every answer was held against its model, against all points that any way found for the same problem (1e-5, relative to
the greater of 1 and the value), and against what is known from elsewhere.
";

/// A table with right-aligned columns behind the first.
fn markdown(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(&header.iter().map(|cell| (*cell).to_owned()).collect::<Vec<_>>());
    text += "|---|";
    text += &"---:|".repeat(header.len() - 1);
    text += "\n";
    rows.into_iter().for_each(|cells| text += &line(&cells));
    text
}

fn results(table: &ResultTable<'_>) -> String {
    let header = [
        "way",
        "solved",
        "PAR-2 s",
        "mean s",
        "mean processor s",
        "median s",
        "longest s",
        "wins",
        "mean nodes",
        "wrong",
        "failed",
    ];
    let row = |way: &Way<'_>| {
        let wall: Vec<Time> = way.cells.iter().map(|cell| cell.wall).collect();
        let seconds = || wall.iter().map(|time| time.seconds);
        let nodes: Vec<f64> = way
            .cells
            .iter()
            .filter_map(|cell| {
                cell.rows.iter().map(|row| row.nodes.map(|nodes| nodes as f64)).collect::<Option<Vec<_>>>()
            })
            .map(median)
            .collect();
        vec![
            way.name.clone(),
            format!("{}/{}", wall.iter().filter(|time| time.is_solved).count(), wall.len()),
            figure(par2(&wall)),
            figure(shifted_geometric_mean(seconds())),
            figure(shifted_geometric_mean(way.cells.iter().map(|cell| cell.cpu.seconds))),
            figure(median(seconds())),
            figure(seconds().fold(f64::NAN, f64::max)),
            table.wins(way).to_string(),
            if nodes.is_empty() {
                "-".to_owned()
            } else {
                format!("{:.1}", nodes.iter().sum::<f64>() / nodes.len() as f64)
            },
            way.wrong.to_string(),
            way.failed.to_string(),
        ]
    };
    markdown(&header, table.ways.iter().map(row))
}

fn growing(rows: &[Growth<'_>]) -> String {
    let header = [
        "hidden layers",
        "open neurons, mean",
        "way",
        "solved",
        "mean s",
        "median s",
        "longest s",
        "times faster in total",
    ];
    let row = |of: &Growth<'_>| {
        vec![
            format!("{} x {}", of.size.depth, of.size.width),
            of.open.map_or_else(|| "-".to_owned(), |open| format!("{open:.1}")),
            of.way.to_owned(),
            format!("{}/{}", of.solved, of.asked),
            figure(of.mean),
            figure(of.median),
            figure(of.longest),
            of.ratio.map_or_else(|| "-".to_owned(), ratio),
        ]
    };
    markdown(&header, rows.iter().map(row))
}

fn ratios(table: &ResultTable<'_>) -> String {
    let header = ["way", "wall, of means", "wall, of totals", "processor, of means", "processor, of totals"];
    let row = |position: usize| {
        let mut cells = vec![table.ways[position].name.clone()];
        for clock in [Clock::Wall, Clock::Processor] {
            let pairs = table.pairs(0, position, clock);
            cells.extend([ratio_of_means(&pairs), ratio_of_totals(&pairs)].map(ratio));
        }
        cells
    };
    markdown(&header, (1..table.ways.len()).map(row))
}

fn strengths(relaxations: &[Relaxation<'_>]) -> String {
    let header = ["encoding", "models", "mean of the relaxations' minima", "below the minimum, mean"];
    let number = |value: f64| format!("{value:.6}");
    let row = |of: &Relaxation<'_>| {
        let gap = of.mean_gap.map_or_else(|| "-".to_owned(), number);
        vec![of.encoding.to_owned(), of.problems.to_string(), number(of.mean), gap]
    };
    markdown(&header, relaxations.iter().map(row))
}

fn ways(table: &ResultTable<'_>) -> String {
    let row = |way: &Way<'_>| {
        let RawRow { solver, solver_version, arguments, .. } = way.example;
        let known = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        vec![
            way.name.clone(),
            known(solver),
            known(solver_version),
            way.encoding.to_owned(),
            format!("`{arguments}`"),
        ]
    };
    let header = ["way", "solver", "version", "encoding", "flags of `greymatter solve`, or `attack`"];
    markdown(&header, table.ways.iter().map(row)).replace("---:", "---")
}

fn listed(faults: &[Fault], kind: FaultKind) -> String {
    let lines: Vec<_> =
        faults.iter().filter(|fault| fault.kind == kind).map(|fault| format!("- {fault}\n")).collect();
    if lines.is_empty() { "None.\n".to_owned() } else { lines.concat() }
}

fn environments(environments: &[Environment]) -> String {
    let mut seen: Vec<&Environment> = Vec::new();
    let is_same = |a: &Environment, b: &Environment| Environment { started: b.started, ..a.clone() } == *b;
    for environment in environments {
        if !seen.iter().any(|known| is_same(known, environment)) {
            seen.push(environment);
        }
    }
    let unknown = "-";
    let row = |environment: &&Environment| {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| unknown.to_owned());
        let memory =
            environment.memory_bytes.map(|bytes| format!("{:.0} GiB", bytes as f64 / f64::from(1 << 30)));
        vec![
            date(environment.started),
            text(&environment.processor),
            environment.cores.map_or_else(|| unknown.to_owned(), |cores| cores.to_string()),
            memory.unwrap_or_else(|| unknown.to_owned()),
            text(&environment.system),
            environment.greymatter.clone(),
            text(&environment.commit),
            environment.jobs.to_string(),
            format!("{}", environment.time_limit),
        ]
    };
    let header = [
        "first start (UTC)",
        "processor",
        "cores",
        "memory",
        "system",
        "program",
        "commit",
        "solves at a time",
        "time limit s",
    ];
    markdown(&header, seen.iter().map(row)).replace("---:", "---")
}

/// The file `instances.md`: a row for each problem.
pub(crate) fn instances(table: &ResultTable<'_>) -> String {
    let mut text =
        "# Wall seconds for each problem\n\nAn unsolved one has its verdict beside its time.\n\n".to_owned();
    let mut header = vec!["problem", "minimum"];
    header.extend(table.ways.iter().map(|way| way.name.as_str()));
    let row = |(position, (problem, _)): (usize, &(&str, &str))| {
        let cells = || table.ways.iter().map(|way| &way.cells[position]);
        let proven = cells().flat_map(|cell| &cell.rows).filter(|row| row.verdict == "Optimal");
        let minimum = proven.filter_map(|row| row.objective).reduce(f64::min);
        let mut row = vec![
            (*problem).to_owned(),
            minimum.map_or_else(|| "-".to_owned(), |value| format!("{value:.6}")),
        ];
        row.extend(cells().map(|cell| {
            let seconds = figure(cell.wall.seconds);
            match cell.rows.iter().find(|row| !row.is_answered()) {
                Some(unsolved) => format!("{seconds} ({})", unsolved.verdict),
                None if !cell.wall.is_solved => format!("{seconds} (wrong)"),
                None => seconds,
            }
        }));
        row
    };
    text += &markdown(&header, table.problems.iter().enumerate().map(row));
    text
}

/// Three significant digits at least.
fn figure(value: f64) -> String {
    match value {
        _ if value.is_nan() => "-".to_owned(),
        _ if value.abs() < 1.0 => format!("{value:.4}"),
        _ if value.abs() < 100.0 => format!("{value:.2}"),
        _ => format!("{value:.1}"),
    }
}

fn ratio(ratio: Interval) -> String {
    format!("{:.2} ({:.2} to {:.2})", ratio.value, ratio.low, ratio.high)
}

/// A day as `2026-11-23`, from seconds since 1970.
///
/// Source: Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
fn date(seconds: u64) -> String {
    let days = seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}-{day:02}")
}
