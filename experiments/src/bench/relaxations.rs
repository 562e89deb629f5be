//! How strong the encodings' linear relaxations are.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::{Instance, RunFolder};

/// One encoding, over the problems whose relaxation is known in every encoding.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Relaxation<'a> {
    pub(crate) encoding: &'a str,
    pub(crate) problems: usize,
    /// The mean of the relaxations' minima.
    pub(crate) mean: f64,
    /// By how much the minima lie above the relaxations' in the mean, where all minima are known.
    pub(crate) mean_gap: Option<f64>,
}

/// The encodings in the manifest's order; none where not every encoding has a problem in common with the others.
pub(crate) fn relaxations(run: &RunFolder) -> Vec<Relaxation<'_>> {
    let mut encodings: Vec<&str> = Vec::new();
    let mut known: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    for Instance { problem, encoding, relaxation, .. } in &run.instances {
        if !encodings.contains(&encoding.as_str()) {
            encodings.push(encoding);
        }
        if let Some(value) = relaxation {
            known.insert((problem, encoding), *value);
        }
    }
    let in_all = |problem: &&str| encodings.iter().all(|encoding| known.contains_key(&(problem, *encoding)));
    let problems: BTreeSet<&str> = known.keys().map(|key| key.0).filter(in_all).collect();
    if problems.is_empty() {
        return Vec::new();
    }
    let minimum = |problem: &str| {
        let rows = run.rows.iter().filter(|row| row.problem == problem && row.verdict == "Optimal");
        rows.filter_map(|row| row.objective).reduce(f64::min)
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let minima: Option<Vec<f64>> = problems.iter().copied().map(minimum).collect();
    let of = |encoding: &&'_ str| -> Vec<f64> {
        problems.iter().map(|problem| known[&(*problem, *encoding)]).collect()
    };
    encodings
        .iter()
        .map(|encoding| Relaxation {
            encoding,
            problems: problems.len(),
            mean: mean(&of(encoding)),
            mean_gap: minima.as_deref().map(|minima| mean(minima) - mean(&of(encoding))),
        })
        .collect()
}
