//! What a list of instances came to.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::verify_run::ResultRow;

/// The verdicts in the order in which they are counted.
const VERDICTS: [&str; 5] = ["sat", "unsat", "timeout", "unknown", "error"];

/// Counts and times of some results.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    pub(super) instances: usize,
    pub(super) sat: usize,
    pub(super) unsat: usize,
    pub(super) timeout: usize,
    pub(super) unknown: usize,
    pub(super) error: usize,
    /// Wall seconds of all instances together.
    pub(super) total_seconds: f64,
    /// Of those with an answer.
    pub(super) mean_seconds: Option<f64>,
    pub(super) median_seconds: Option<f64>,
    pub(super) longest_seconds: Option<f64>,
    /// Answers that contradict a known one.
    pub(super) wrong: Vec<Wrong>,
}

/// An answer that contradicts a known one.
#[derive(Debug, Serialize)]
pub(super) struct Wrong {
    pub(super) onnx: String,
    pub(super) vnnlib: String,
    pub(super) verdict: String,
    pub(super) truth: String,
}

/// Known verdicts by network and property.
#[derive(Default)]
pub(super) struct Truth(HashMap<(String, String), String>);

#[derive(Deserialize)]
struct TruthRow {
    benchmark: Option<String>,
    onnx: String,
    vnnlib: String,
    truth: String,
}

impl Truth {
    /// Reads known verdicts; of several benchmarks those of the one that the list's folder is named after, if there is
    /// one.
    pub(super) fn read(path: &Path, list: &Path) -> anyhow::Result<Self> {
        let place = || format!("{}: expected the columns onnx,vnnlib,truth", path.display());
        let mut reader = csv::Reader::from_path(path).with_context(place)?;
        let rows: Vec<TruthRow> = reader.deserialize().collect::<Result<_, _>>().with_context(place)?;
        let folder = std::path::absolute(list)?;
        let folder =
            folder.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        let is_ours = |row: &TruthRow| row.benchmark.is_some() && row.benchmark == folder;
        let is_named = rows.iter().any(is_ours);
        let rows = rows.into_iter().filter(|row| !is_named || is_ours(row));
        Ok(Self(rows.map(|row| ((row.onnx, row.vnnlib), row.truth)).collect()))
    }

    fn of(&self, row: &ResultRow) -> Option<&str> {
        self.0.get(&(row.onnx.clone(), row.vnnlib.clone())).map(String::as_str)
    }
}

impl Summary {
    pub(super) fn of(rows: &[&ResultRow], truth: &Truth) -> Self {
        let count = |verdict: &str| rows.iter().filter(|row| row.verdict == verdict).count();
        let is_answer = |verdict: &str| matches!(verdict, "sat" | "unsat");
        let answered = rows.iter().filter(|row| is_answer(&row.verdict));
        let mut seconds: Vec<f64> = answered.map(|row| row.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        let wrong = rows.iter().filter_map(|row| {
            let truth = truth.of(row).filter(|truth| is_answer(truth) && is_answer(&row.verdict))?;
            (truth != row.verdict).then(|| Wrong {
                onnx: row.onnx.clone(),
                vnnlib: row.vnnlib.clone(),
                verdict: row.verdict.clone(),
                truth: truth.to_owned(),
            })
        });
        let [sat, unsat, timeout, unknown, error] = VERDICTS.map(count);
        Self {
            instances: rows.len(),
            sat,
            unsat,
            timeout,
            unknown,
            error,
            total_seconds: rows.iter().map(|row| row.seconds).sum(),
            mean_seconds: (!seconds.is_empty()).then(|| seconds.iter().sum::<f64>() / seconds.len() as f64),
            median_seconds: median(&seconds),
            longest_seconds: seconds.last().copied(),
            wrong: wrong.collect(),
        }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let Self { instances, sat, unsat, timeout, unknown, error, .. } = self;
        let seconds =
            |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
        let mut lines = vec![
            format!(
                "{instances} instances: {sat} sat, {unsat} unsat, {timeout} timeout, {unknown} unknown, {error} error"
            ),
            format!(
                "seconds: total {:.1}; of the {} answers: mean {}, median {}, longest {}",
                self.total_seconds,
                sat + unsat,
                seconds(self.mean_seconds),
                seconds(self.median_seconds),
                seconds(self.longest_seconds)
            ),
        ];
        lines.extend(self.wrong.iter().map(|wrong| {
            format!("WRONG: {} {}: {}, but {} is known", wrong.onnx, wrong.vnnlib, wrong.verdict, wrong.truth)
        }));
        lines
    }
}

/// The median of sorted numbers.
fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        length if length % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}
