use std::collections::{BTreeMap, BTreeSet};

use super::checks::{Fault, FaultKind};
use super::rows::{RawRow, RunFolder};
use super::statistics::{Pair, Time, median};

/// A run as a table: ways to solve against problems.
#[derive(Clone, Debug)]
pub(crate) struct ResultTable<'a> {
    /// The ways to solve, the baseline first.
    pub(crate) ways: Vec<Way<'a>>,
    /// The problems that every way was asked, in the manifest's order, with their groups.
    pub(crate) problems: Vec<(&'a str, &'a str)>,
    /// How many problems there are.
    pub(crate) all_problems: usize,
}

/// One way to solve: a label and an encoding.
#[derive(Clone, Debug)]
pub(crate) struct Way<'a> {
    /// Its name in tables and plots.
    pub(crate) name: String,
    pub(crate) encoding: &'a str,
    /// One of its rows, for what all have in common.
    pub(crate) example: &'a RawRow,
    /// By the position of the problem in the table.
    pub(crate) cells: Vec<Cell<'a>>,
    pub(crate) wrong: usize,
    pub(crate) failed: usize,
}

/// What a way came to on one problem, over all repeats.
#[derive(Clone, Debug)]
pub(crate) struct Cell<'a> {
    pub(crate) rows: Vec<&'a RawRow>,
    /// Wall time: the median over repeats; solved where all of them are.
    pub(crate) wall: Time,
    /// Processor time.
    pub(crate) cpu: Time,
}

/// Rows with their positions in the run, by label, encoding and problem.
type CellRows<'a> = BTreeMap<(&'a str, &'a str, &'a str), Vec<(usize, &'a RawRow)>>;

/// Which clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    Wall,
    Processor,
}

impl<'a> ResultTable<'a> {
    /// Sorts the rows of a run; the label that `baseline` names comes first.
    ///
    /// # Errors
    /// Where there are no rows, or no way has that label.
    pub(crate) fn new(run: &'a RunFolder, faults: &[Fault], baseline: Option<&str>) -> anyhow::Result<Self> {
        let wrong: BTreeSet<usize> = rows_with(faults, FaultKind::WrongAnswer);
        let failed = rows_with(faults, FaultKind::NoAnswer);
        let mut names: Vec<(&str, &str)> = Vec::new();
        let mut cells: CellRows<'_> = BTreeMap::new();
        for (position, row) in run.rows.iter().enumerate() {
            let way = (&*row.label, &*row.encoding);
            if !names.contains(&way) {
                names.push(way);
            }
            cells.entry((way.0, way.1, &row.problem)).or_default().push((position, row));
        }
        anyhow::ensure!(!names.is_empty(), "the run has no rows yet");
        if let Some(baseline) = baseline {
            let labels: BTreeSet<&str> = names.iter().map(|name| name.0).collect();
            let known = || labels.iter().copied().collect::<Vec<_>>().join(", ");
            anyhow::ensure!(
                labels.contains(baseline),
                "no way to solve is called `{baseline}`: there are {}",
                known()
            );
            // A stable sort: the others keep the order in which they were first solved.
            names.sort_by_key(|name| name.0 != baseline);
        }
        let mut seen = BTreeSet::new();
        let all: Vec<_> = run.instances.iter().filter(|instance| seen.insert(&*instance.problem)).collect();
        let is_complete =
            |problem: &str| names.iter().all(|way| cells.contains_key(&(way.0, way.1, problem)));
        let problems: Vec<_> = all
            .iter()
            .filter(|instance| is_complete(&instance.problem))
            .map(|instance| (&*instance.problem, &*instance.group))
            .collect();
        let encodings: BTreeSet<&str> = names.iter().map(|name| name.1).collect();
        let labels: BTreeSet<&str> = names.iter().map(|name| name.0).collect();
        let count = |way: (&str, &str), of: &BTreeSet<usize>| {
            of.iter()
                .filter(|row| run.rows[**row].label == way.0 && run.rows[**row].encoding == way.1)
                .count()
        };
        let way = |&(label, encoding): &(&'a str, &'a str)| Way {
            name: match (encodings.len(), labels.len()) {
                (1, _) => label.to_owned(),
                (_, 1) => encoding.to_owned(),
                _ => format!("{label}, {encoding}"),
            },
            encoding,
            example: cells
                .iter()
                .find(|(key, _)| (key.0, key.1) == (label, encoding))
                .map(|(_, rows)| rows[0].1)
                .unwrap_or_else(|| unreachable!("a way is known from its rows")),
            cells: problems
                .iter()
                .map(|(problem, _)| Cell::new(&cells[&(label, encoding, *problem)], &wrong))
                .collect(),
            wrong: count((label, encoding), &wrong),
            failed: count((label, encoding), &failed),
        };
        let ways = names.iter().map(way).collect();
        Ok(Self { ways, problems, all_problems: all.len() })
    }

    /// The times of two ways, problem by problem.
    pub(crate) fn pairs(&self, baseline: usize, other: usize, clock: Clock) -> Vec<Pair<'a>> {
        let cells = self.ways[baseline].cells.iter().zip(&self.ways[other].cells);
        self.problems
            .iter()
            .zip(cells)
            .map(|((_, group), (baseline, other))| Pair {
                group,
                baseline: baseline.time(clock).seconds,
                other: other.time(clock).seconds,
            })
            .collect()
    }

    /// The least wall time of any way that solved the problem.
    pub(crate) fn best(&self, problem: usize) -> Option<f64> {
        let solved = self.ways.iter().map(|way| way.cells[problem].wall).filter(|time| time.is_solved);
        solved.map(|time| time.seconds).reduce(f64::min)
    }

    /// On how many problems a way is the fastest that solved them; equals all win.
    pub(crate) fn wins(&self, way: &Way<'_>) -> usize {
        let is_win = |(problem, cell): &(usize, &Cell<'_>)| {
            cell.wall.is_solved && self.best(*problem) == Some(cell.wall.seconds)
        };
        way.cells.iter().enumerate().filter(is_win).count()
    }
}

impl<'a> Cell<'a> {
    fn new(rows: &[(usize, &'a RawRow)], wrong: &BTreeSet<usize>) -> Self {
        let is_solved = |(position, row): &(usize, &RawRow)| row.is_answered() && !wrong.contains(position);
        let all_solved = rows.iter().all(is_solved);
        // Where one solve has no answer, the problem counts as the limit, however fast the others were.
        let limits = rows.iter().map(|both| both.1.time_limit.unwrap_or(both.1.wall_seconds));
        let limit = limits.fold(0.0, f64::max);
        let time = |seconds: fn(&RawRow) -> f64| Time {
            seconds: if all_solved { median(rows.iter().map(|both| seconds(both.1))) } else { limit },
            is_solved: all_solved,
        };
        Self {
            rows: rows.iter().map(|both| both.1).collect(),
            wall: time(|row| row.wall_seconds),
            cpu: time(|row| row.cpu_seconds.unwrap_or(row.wall_seconds)),
        }
    }

    /// The time by one of the clocks.
    pub(crate) fn time(&self, clock: Clock) -> Time {
        match clock {
            Clock::Wall => self.wall,
            Clock::Processor => self.cpu,
        }
    }
}

fn rows_with(faults: &[Fault], kind: FaultKind) -> BTreeSet<usize> {
    faults.iter().filter(|fault| fault.kind == kind).map(|fault| fault.row).collect()
}
