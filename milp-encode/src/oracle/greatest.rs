//! The least value of the greatest of several functions: whether all of them can be at most 0 together.

use std::time::Duration;

use ndarray::{Array1, ArrayView1, Axis};
use solver_api::{Budget, Capability, Limits, Outcome, Verdict};

use super::agreement::{AGREEMENT_TOLERANCE, CLEARLY_POSITIVE, agree};
use super::milp::MilpSession;
use super::relaxed::{relaxed_maxima, relaxed_minima};
use super::{Incumbent, MarginAnswer, MarginError, MarginGoal, Proof};
use crate::encode::Encoding;
use crate::property::{InputSet, LinearFunction};

/// What is known of the greatest function's minimum.
struct Known<'q> {
    input: &'q InputSet,
    functions: &'q [LinearFunction],
    best: Option<Incumbent>,
    /// The least value at points that lie in the set beyond doubt.
    certain: f64,
    lower: f64,
}

/// Bounds first, then one model with a column that is at least every function.
pub(super) fn minimise(
    session: &mut MilpSession<'_>,
    functions: &[LinearFunction],
    goal: MarginGoal,
    budget: &Budget,
) -> Result<MarginAnswer, MarginError> {
    session.refuse_unfit(functions)?;
    let (oracle, network, input) = (session.oracle, session.network, session.input.clone());
    let mut known =
        Known { input: &input, functions, best: None, certain: f64::INFINITY, lower: f64::NEG_INFINITY };
    let center = input.sides().center();
    for point in std::iter::once(&center).chain(&session.suggestions) {
        known.meet(point, network.forward_one(point.view()).view());
    }
    let minima = relaxed_minima(network, &session.bounds, &oracle.bounds, functions, f64::INFINITY, budget)?;
    known.lower = greatest_of(minima);
    if goal.is_decided_by(known.value(), known.lower) || budget.is_exhausted() {
        return Ok(known.answer("decided before the search", None));
    }
    let maxima = relaxed_maxima(network, &session.bounds, &oracle.bounds, functions, budget)?;
    let outputs = session.bounds.node(network.output());
    let lowest = greatest_of(functions.iter().map(|f| f.range(outputs.lower(), outputs.upper()).0));
    let range = (known.lower.max(lowest), greatest_of(maxima));
    let limits = limits(session, goal, budget);
    let objective = |encoding: &mut Encoding| encoding.set_greatest_objective(functions, range);
    let search = session.search()?;
    let outcome = search.minimise_apart(oracle, objective, &limits, budget)?;
    if let Some(point) = &outcome.incumbent {
        let (values, columns) = (point.values.len(), search.encoding().model().column_count());
        if values != columns {
            return Err(session.contradiction(format!("a point of {values} values for {columns} columns")));
        }
        let point = input.sides().project(search.encoding().decode_input(&point.values).view());
        let output = network.forward(point.view().insert_axis(Axis(0)));
        known.meet(&point, output.row(0));
    }
    known.lower = known.lower.max(outcome.dual_bound.unwrap_or(f64::NEG_INFINITY));
    conclude(session, known, &outcome)
}

fn limits(session: &MilpSession<'_>, goal: MarginGoal, budget: &Budget) -> Limits {
    let capabilities = session.oracle.solver.capabilities();
    let (target, bound_stop) = match goal {
        MarginGoal::Sign => (Some(-AGREEMENT_TOLERANCE), Some(CLEARLY_POSITIVE)),
        MarginGoal::Minimum => (None, None),
    };
    Limits {
        target: target.filter(|_| capabilities.has(Capability::Target)),
        bound_stop: bound_stop.filter(|_| capabilities.has(Capability::BoundStop)),
        ..Limits::within(budget)
    }
}

/// Refuses what no sound solver says of a network over a box.
fn conclude(
    session: &MilpSession<'_>,
    known: Known<'_>,
    outcome: &Outcome,
) -> Result<MarginAnswer, MarginError> {
    let status = &outcome.raw_status;
    let may_be_empty = !known.input.constraints().is_empty() && known.certain == f64::INFINITY;
    match outcome.verdict {
        Verdict::Infeasible if may_be_empty => {
            let answer = known.answer(status, Some(outcome));
            let (lower_bound, proof) = (f64::INFINITY, Proof::EmptyInput);
            return Ok(MarginAnswer { incumbent: None, lower_bound, proof, ..answer });
        }
        Verdict::InfeasibleOrUnbounded if may_be_empty => {}
        Verdict::Infeasible
        | Verdict::NoneBetterThanCutoff
        | Verdict::Unbounded
        | Verdict::InfeasibleOrUnbounded => {
            return Err(session.contradiction(format!("status `{status}` for a network over a box")));
        }
        _ => {}
    }
    if known.lower > known.certain && !agree(known.certain, known.lower) {
        let (bound, value) = (known.lower, known.certain);
        return Err(session.contradiction(format!("bound {bound} above the replayed value {value}")));
    }
    Ok(known.answer(status, Some(outcome)))
}

impl Known<'_> {
    fn value(&self) -> f64 {
        self.best.as_ref().map_or(f64::INFINITY, |best| best.value)
    }

    fn meet(&mut self, point: &Array1<f64>, output: ArrayView1<'_, f64>) {
        let value = greatest_of(self.functions.iter().map(|function| function.value(output)));
        if self.input.contains_exactly(point.view()) {
            self.certain = self.certain.min(value);
        }
        if value < self.value() && self.input.contains(point.view()) {
            self.best = Some(Incumbent { input: point.clone(), value });
        }
    }

    fn answer(self, status: &str, outcome: Option<&Outcome>) -> MarginAnswer {
        let (value, bound) = (self.value(), self.lower);
        MarginAnswer {
            proof: Proof::of(value, bound),
            lower_bound: bound.min(value),
            incumbent: self.best,
            nodes: outcome.map_or(Some(0), |outcome| outcome.statistics.nodes),
            wall_time: outcome.map_or(Duration::ZERO, |outcome| outcome.statistics.wall_time),
            raw_status: status.to_owned(),
        }
    }
}

fn greatest_of(values: impl IntoIterator<Item = f64>) -> f64 {
    values.into_iter().fold(f64::NEG_INFINITY, f64::max)
}
