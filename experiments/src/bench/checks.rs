use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::rows::{Instance, RawRow, RunFolder, Truth};

/// How far two values that should agree may differ, relative to the greater of 1 and their magnitude.
const TOLERANCE: f64 = 1e-5;

/// Something wrong with a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    /// Position of the row in the run.
    pub(crate) row: usize,
    pub(crate) problem: String,
    /// The way to solve and the encoding.
    pub(crate) label: String,
    pub(crate) encoding: String,
    pub(crate) what: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// The answer cannot be true.
    WrongAnswer,
    /// There is no answer, and no limit that explains it.
    NoAnswer,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} by {} [{}]: {}", self.problem, self.label, self.encoding, self.what)
    }
}

/// Whether `a` is below `b` by more than the tolerance.
fn is_below(a: f64, b: f64) -> bool {
    let scale =
        [a, b].into_iter().filter(|value| value.is_finite()).fold(1.0_f64, |s, value| s.max(value.abs()));
    b - a > TOLERANCE * scale
}

/// All faults of a run.
///
/// A point that the point checker accepted is a fact, whoever found it: a proven minimum, a dual bound or an "infeasible"
/// that it contradicts is wrong, and so is the row that claims it. What is known from elsewhere is held against both.
pub(crate) fn faults(run: &RunFolder) -> Vec<Fault> {
    let instances: BTreeMap<_, _> =
        run.instances.iter().map(|instance| ((&*instance.problem, &*instance.encoding), instance)).collect();
    let best = best_points(&run.rows);
    let falsifiable = unproven_groups(run, &instances);
    let mut faults = Vec::new();
    for (position, row) in run.rows.iter().enumerate() {
        let Some(instance) = instances.get(&(&*row.problem, &*row.encoding)) else { continue };
        let fault = |kind, what| Fault {
            kind,
            row: position,
            problem: row.problem.clone(),
            label: row.label.clone(),
            encoding: row.encoding.clone(),
            what,
        };
        if row.is_failure() {
            let what = row.fault.clone().unwrap_or_else(|| "no answer".to_owned());
            faults.push(fault(FaultKind::NoAnswer, what));
            continue;
        }
        let wrong = row
            .fault
            .clone()
            .or_else(|| other_file(row, instance))
            .or_else(|| contradicts_point(row, best.get(&*row.problem).copied()))
            .or_else(|| denies_inputs(row, instance))
            .or_else(|| contradicts_truth(row, instance, &falsifiable));
        faults.extend(wrong.map(|what| fault(FaultKind::WrongAnswer, what)));
    }
    faults
}

/// The least objective that a checked point of each problem has, with who found it.
fn best_points(rows: &[RawRow]) -> BTreeMap<&str, (f64, &str)> {
    let mut best: BTreeMap<&str, (f64, &str)> = BTreeMap::new();
    for row in rows {
        let Some(objective) = checked_objective(row) else { continue };
        let known = best.entry(&row.problem).or_insert((objective, &row.label));
        if objective < known.0 {
            *known = (objective, &row.label);
        }
    }
    best
}

/// The objective of a point that the point checker accepted.
fn checked_objective(row: &RawRow) -> Option<f64> {
    row.objective.filter(|_| row.feasible == Some(true) && row.fault.is_none())
}

/// Below what the row claims that there is no point.
fn claimed_bound(row: &RawRow) -> Option<f64> {
    let claims = match row.verdict.as_str() {
        "Infeasible" => Some(f64::INFINITY),
        "Optimal" => row.objective,
        "NoneBetterThanCutoff" => row.cutoff,
        _ => None,
    };
    claims.into_iter().chain(row.dual_bound).reduce(f64::max)
}

fn other_file(row: &RawRow, instance: &Instance) -> Option<String> {
    let sum = row.model_sha256.as_ref().filter(|sum| **sum != instance.sha256)?;
    Some(format!("the solver got another file, with SHA-256 {sum}"))
}

fn contradicts_point(row: &RawRow, best: Option<(f64, &str)>) -> Option<String> {
    let (bound, (objective, finder)) = (claimed_bound(row)?, best?);
    is_below(objective, bound).then(|| match row.verdict.as_str() {
        "Infeasible" => format!("infeasible, but {finder} found a point with objective {objective}"),
        _ => format!("nothing below {bound}, but {finder} found a point with objective {objective}"),
    })
}

/// A network over a box has a value at every input.
fn denies_inputs(row: &RawRow, instance: &Instance) -> Option<String> {
    let denies = matches!(row.verdict.as_str(), "Infeasible" | "InfeasibleOrUnbounded" | "Unbounded");
    (denies && instance.classes.is_some())
        .then(|| format!("{}, but every input of the box is a point, and outputs are bounded", row.verdict))
}

fn contradicts_truth(row: &RawRow, instance: &Instance, falsifiable: &BTreeSet<&str>) -> Option<String> {
    let (objective, bound) = (checked_objective(row), claimed_bound(row));
    match instance.truth? {
        Truth::Robust(true) => {
            let objective = objective.filter(|objective| *objective < -TOLERANCE)?;
            Some(format!("a point with objective {objective}, but the network is known to be robust there"))
        }
        Truth::Robust(false) => falsifiable.contains(&*instance.group).then(|| {
            "no minimum of the image is at or below 0, but the network is known not to be robust there"
                .to_owned()
        }),
        Truth::Minimum(minimum) => {
            let wrong = objective.filter(|objective| is_below(*objective, minimum));
            let wrong = wrong.or_else(|| bound.filter(|bound| is_below(minimum, *bound)))?;
            Some(format!("{wrong}, but the minimum is {minimum}"))
        }
        Truth::Infeasible => {
            let objective = objective?;
            Some(format!("a point with objective {objective}, but the model is infeasible"))
        }
    }
}

/// Groups whose every problem is claimed to have a minimum above 0, though one is known not to.
fn unproven_groups<'a>(
    run: &'a RunFolder,
    instances: &BTreeMap<(&str, &str), &'a Instance>,
) -> BTreeSet<&'a str> {
    let mut positive: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in &run.rows {
        let Some(instance) = instances.get(&(&*row.problem, &*row.encoding)) else { continue };
        if claimed_bound(row).is_some_and(|bound| bound > TOLERANCE) {
            positive.entry(&instance.group).or_default().insert(&instance.problem);
        }
    }
    let known = run.instances.iter().filter(|instance| instance.truth == Some(Truth::Robust(false)));
    let is_complete = |instance: &&Instance| {
        let proven = positive.get(&*instance.group).map_or(0, BTreeSet::len);
        instance.classes.is_some_and(|classes| proven + 1 == classes)
    };
    known.filter(is_complete).map(|instance| &*instance.group).collect()
}
