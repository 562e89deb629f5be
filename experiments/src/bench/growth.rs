//! How times grow with the network: figures for each size, in a run whose networks differ in nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{NetworkSize, RunFolder};
use super::statistics::{Pair, Time, mean, median, ratio_of_totals};
use super::table::{Clock, ResultTable};
use crate::statistics::Interval;

/// What one way took on the networks of one size.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Growth<'a> {
    pub(crate) size: NetworkSize,
    /// The way to solve.
    pub(crate) way: &'a str,
    pub(crate) asked: usize,
    pub(crate) solved: usize,
    /// In seconds, like the following; an unsolved problem counts as its limit, so that means are lower bounds then.
    pub(crate) mean: f64,
    pub(crate) median: f64,
    pub(crate) longest: f64,
    /// How many times as fast as the baseline it is in total; none for the baseline itself.
    pub(crate) ratio: Option<Interval>,
    /// Binaries of a model, on average, where that is known: the neurons whose sign stays open.
    pub(crate) open: Option<f64>,
}

/// All ways on all sizes, size by size; empty where the run has fewer than two sizes.
pub(crate) fn growth<'a>(run: &RunFolder, table: &'a ResultTable<'_>) -> Vec<Growth<'a>> {
    let instances: BTreeMap<&str, _> =
        run.instances.iter().map(|instance| (&*instance.problem, instance)).collect();
    let size_of = |problem: usize| instances.get(table.problems[problem].0).and_then(|one| one.size);
    let sizes: BTreeSet<NetworkSize> = (0..table.problems.len()).filter_map(size_of).collect();
    if sizes.len() < 2 {
        return Vec::new();
    }
    let mut rows = Vec::new();
    for size in sizes {
        let problems: Vec<usize> =
            (0..table.problems.len()).filter(|&problem| size_of(problem) == Some(size)).collect();
        let open: Option<Vec<f64>> = problems
            .iter()
            .map(|&problem| instances.get(table.problems[problem].0)?.integers.map(|count| count as f64))
            .collect();
        for (position, way) in table.ways.iter().enumerate() {
            let times: Vec<Time> = problems.iter().map(|&problem| way.cells[problem].wall).collect();
            let seconds = || times.iter().map(|time| time.seconds);
            let pairs = table.pairs(0, position, Clock::Wall);
            let pairs: Vec<Pair<'_>> = problems.iter().map(|&problem| pairs[problem]).collect();
            rows.push(Growth {
                size,
                way: &way.name,
                asked: times.len(),
                solved: times.iter().filter(|time| time.is_solved).count(),
                mean: mean(seconds()),
                median: median(seconds()),
                longest: seconds().fold(f64::NAN, f64::max),
                ratio: (position > 0).then(|| ratio_of_totals(&pairs)),
                open: open.clone().map(mean),
            });
        }
    }
    rows
}
