use std::time::Instant;

use super::NAME;
use super::answer::{self, End, Facts};
use super::instance::Instance;
use super::options::{self, Care};
use super::turn::Turn;
use super::watch::{Stop, Watch};
use crate::adapters::fresh::{Engine, NumberLimits, Question};
use crate::{Budget, Capabilities, Limits, Model, Outcome, SolverError, Tolerances, check_point};

/// CBC, which gets the whole model for every solve.
pub(super) struct CbcEngine;

impl Engine for CbcEngine {
    fn name(&self) -> &str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        super::capabilities()
    }

    fn number_limits(&self) -> NumberLimits {
        NumberLimits { cost: 1e20, coefficient: 1e15, row_bound: 1e20, bound: 1e20, integer_bound: 1e20 }
    }

    fn solve(&mut self, question: &Question<'_>) -> Result<Outcome, SolverError> {
        let begun = Instant::now();
        let start = question.start.filter(|start| is_mip(question.model) && is_feasible(question, start));
        let facts = find_out(question, start)?;
        Ok(answer::outcome(question, facts, start, begun.elapsed()))
    }
}

fn is_mip(model: &Model) -> bool {
    model.integer_count() > 0
}

fn is_feasible(question: &Question<'_>, point: &[f64]) -> bool {
    check_point(question.model, point).is_feasible(&Tolerances::from(question.options))
}

/// What CBC finds out, or what is known without it.
fn find_out(question: &Question<'_>, start: Option<&[f64]>) -> Result<Facts, SolverError> {
    let Question { model, options, limits, .. } = *question;
    let started_with = start.map(|start| model.objective_value(start));
    if started_with.zip(limits.target).is_some_and(|(objective, target)| objective <= target) {
        return Ok(Facts::without_search(End::Stopped(Stop::Target), None));
    }
    let Some(bounds) = options::solver_bounds(model, options) else {
        return Ok(Facts::without_search(End::Completed, None));
    };
    let searched_below = if is_mip(model) { searched_below(limits, started_with) } else { None };
    let budget = limits.time.map_or_else(Budget::unlimited, Budget::lasting);
    let budget = budget.with_cancellation(limits.cancellation.clone());
    // A search that is stopped while a heuristic hands in its point may lose that point.
    let lost = |facts: &Facts| facts.end == End::Stopped(Stop::Target) && facts.point.is_none();
    let holds =
        |facts: &Facts| !lost(facts) && facts.point.as_ref().is_none_or(|point| is_feasible(question, point));

    let facts = search(question, &budget, &bounds, searched_below, Care::AsAsked)?;
    let end = facts.end;
    if holds(&facts) {
        return Ok(facts);
    }
    if end != End::Completed && !lost(&facts) {
        return Ok(facts.without_point(end));
    }
    let facts = search(question, &budget, &bounds, searched_below, Care::Utmost)?;
    if holds(&facts) { Ok(facts) } else { Ok(facts.without_point(End::Abandoned)) }
}

/// The objective below which a search looks for points: nothing above it matters to what was asked.
fn searched_below(limits: &Limits, started_with: Option<f64>) -> Option<f64> {
    let asked = [limits.cutoff, limits.bound_stop, started_with];
    asked.into_iter().flatten().filter(|value| value.abs() < answer::SENTINEL).min_by(f64::total_cmp)
}

/// The cutoff by which CBC finds what is below `searched_below`. CBC's tolerances must take nothing of what is below the
/// caller's cutoff; at a bound to stop at, points and nodes alike are of no more use.
fn cutoff_for(limits: &Limits, searched_below: f64) -> f64 {
    if limits.cutoff == Some(searched_below) {
        searched_below + 1e-6 * searched_below.abs().max(1.0)
    } else {
        searched_below
    }
}

/// Hands the model to CBC and has it solved, once it is this thread's turn.
fn search(
    question: &Question<'_>,
    budget: &Budget,
    bounds: &[(f64, f64)],
    searched_below: Option<f64>,
    care: Care,
) -> Result<Facts, SolverError> {
    let Question { model, options, limits, .. } = *question;
    let Some(turn) = Turn::wait(|| budget.is_exhausted()) else {
        let stop = if limits.cancellation.is_cancelled() { Stop::Cancelled } else { Stop::Time };
        return Ok(Facts::without_search(End::Stopped(stop), None));
    };
    let time_left = budget.remaining();
    let deadline = time_left.and_then(|left| Instant::now().checked_add(left));
    let target = limits.target.filter(|_| care == Care::AsAsked).map(|target| target - model.offset());
    let watch = Watch::new(limits.cancellation.clone(), deadline, target, options.log.clone());
    let (told, point, row_duals) = {
        let mut instance = Instance::new(&turn, &watch);
        instance.load(model, bounds)?;
        options::apply(options, model, care, &mut instance)?;
        let cutoff = searched_below.map(|below| cutoff_for(limits, below) - model.offset());
        options::limit(limits, time_left, cutoff, &mut instance)?;
        (instance.solve()?, instance.best_point(), instance.row_prices())
    };
    drop(turn);
    let stop = watch.finish();
    let facts = Facts::of_search(told, stop, point, is_mip(model), model.offset(), searched_below);
    Ok(Facts { row_duals, ..facts })
}
