use std::time::Duration;

use super::instance::Told;
use super::watch::Stop;
use crate::adapters::fresh::Question;
use crate::{LimitKind, Limits, Outcome, Point, SolveStatistics, Verdict};

/// Numbers from here on are CBC's ways to say "none": 1e50 and the greatest of all.
pub(super) const SENTINEL: f64 = 1e20;

/// What a solve established, with the model's offset.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) end: End,
    /// The best point of the search.
    pub(super) point: Option<Vec<f64>>,
    /// The prices of an LP's rows at its point.
    pub(super) row_duals: Option<Vec<f64>>,
    /// What the search looked for were points with an objective below this.
    pub(super) searched_below: Option<f64>,
    /// The bound of a search that was stopped.
    pub(super) bound: Option<f64>,
    /// Whether there was a branch and bound, which gives up points that are better by less than the gap.
    pub(super) is_tree: bool,
    pub(super) nodes: Option<u64>,
    pub(super) iterations: Option<u64>,
    pub(super) raw_status: String,
}

/// How a solve ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The point, if any, is the best that was looked for.
    Completed,
    Unbounded,
    Stopped(Stop),
    Limit(LimitKind),
    Abandoned,
}

impl Facts {
    /// What is known without asking CBC.
    pub(super) fn without_search(end: End, point: Option<Vec<f64>>) -> Self {
        Self {
            end,
            point,
            row_duals: None,
            searched_below: None,
            bound: None,
            is_tree: false,
            nodes: None,
            iterations: None,
            raw_status: "not started".to_owned(),
        }
    }

    /// The same without a point that is none of the model's, and without what rests on it.
    pub(super) fn without_point(self, end: End) -> Self {
        Self { end, point: None, row_duals: None, bound: None, ..self }
    }

    /// What CBC told.
    pub(super) fn of_search(
        told: Told,
        stop: Option<Stop>,
        point: Option<Vec<f64>>,
        is_tree: bool,
        offset: f64,
        searched_below: Option<f64>,
    ) -> Self {
        let is_number = told.best_possible.abs() < SENTINEL;
        Self {
            end: end(&told, stop, point.is_some()),
            point,
            row_duals: None,
            searched_below,
            bound: (is_tree && is_number).then_some(told.best_possible + offset),
            is_tree,
            nodes: u64::try_from(told.nodes).ok().filter(|_| is_tree),
            iterations: u64::try_from(told.iterations).ok(),
            raw_status: format!("status {}, secondary status {}", told.status, told.secondary_status),
        }
    }
}

/// CBC's flags contradict each other: what it calls infeasible may be unbounded, cut off or stopped. In this order they
/// do not.
fn end(told: &Told, stop: Option<Stop>, has_point: bool) -> End {
    /// CBC's numbers for what it found out.
    const FINISHED: i32 = 0;
    const STOPPED: i32 = 1;
    const ABANDONED: i32 = 2;
    const INFEASIBLE: i32 = 1;
    const ON_GAP: i32 = 2;
    const UNBOUNDED: i32 = 7;
    const ON_ITERATIONS: i32 = 8;

    if told.is_abandoned || told.status == ABANDONED {
        return End::Abandoned;
    }
    if let Some(stop) = stop {
        return End::Stopped(stop);
    }
    match (told.status, told.secondary_status) {
        (STOPPED, _) if told.seconds_ran_out => End::Limit(LimitKind::Time),
        (STOPPED, _) if told.nodes_ran_out => End::Limit(LimitKind::Nodes),
        (STOPPED, ON_ITERATIONS) => End::Limit(LimitKind::Iterations),
        (FINISHED, UNBOUNDED) => End::Unbounded,
        (FINISHED, INFEASIBLE) if told.is_unbounded => End::Unbounded,
        (FINISHED, _) => End::Completed,
        (STOPPED, ON_GAP) if has_point => End::Completed,
        (STOPPED, _) => End::Limit(LimitKind::Other),
        _ => End::Abandoned,
    }
}

/// Translates what was found out under these limits into what is known about the model; `start` is a feasible point.
pub(super) fn outcome(
    question: &Question<'_>,
    facts: Facts,
    start: Option<&[f64]>,
    wall_time: Duration,
) -> Outcome {
    let Question { model, options, limits, .. } = *question;
    let evaluated = |values: Vec<f64>| Point { objective: model.objective_value(&values), values };
    let found = facts.point.map(evaluated);
    let found_objective = found.as_ref().map(|point| point.objective);
    let incumbent = [found, start.map(<[f64]>::to_vec).map(evaluated)]
        .into_iter()
        .flatten()
        .min_by(|a, b| a.objective.total_cmp(&b.objective));
    let objective = incumbent.as_ref().map(|point| point.objective);
    let least = [found_objective, facts.searched_below].into_iter().flatten().min_by(f64::total_cmp);
    let (verdict, dual_bound) = match facts.end {
        End::Completed => {
            let gap = match objective {
                Some(objective) if facts.is_tree => {
                    options.absolute_gap.max(options.relative_gap * objective.abs())
                }
                _ => 0.0,
            };
            completed(limits, objective, least, gap)
        }
        End::Unbounded if facts.is_tree && objective.is_none() => (Verdict::InfeasibleOrUnbounded, None),
        End::Unbounded => (Verdict::Unbounded, None),
        End::Abandoned => (Verdict::Numerical, None),
        End::Stopped(Stop::Target) => {
            let reached = objective
                .zip(limits.target)
                .is_some_and(|(objective, target)| objective <= target + 1e-9 * target.abs().max(1.0));
            let verdict = if reached { Verdict::TargetReached } else { Verdict::Numerical };
            (verdict, open_bound(facts.bound, least, objective))
        }
        End::Stopped(Stop::Cancelled) => {
            (Verdict::Limit(LimitKind::Cancelled), open_bound(facts.bound, least, objective))
        }
        End::Stopped(Stop::Time) => {
            (Verdict::Limit(LimitKind::Time), open_bound(facts.bound, least, objective))
        }
        End::Limit(kind) => (Verdict::Limit(kind), open_bound(facts.bound, least, objective)),
    };
    Outcome {
        verdict,
        incumbent,
        dual_bound,
        row_duals: facts.row_duals.filter(|_| verdict == Verdict::Optimal && !facts.is_tree),
        statistics: SolveStatistics { wall_time, nodes: facts.nodes, iterations: facts.iterations },
        raw_status: facts.raw_status,
    }
}

/// What a completed search means: every feasible objective is at least `least`, less the gap.
fn completed(
    limits: &Limits,
    incumbent: Option<f64>,
    least: Option<f64>,
    gap: f64,
) -> (Verdict, Option<f64>) {
    let is_below_cutoff = |objective: f64| limits.cutoff.is_none_or(|cutoff| objective < cutoff);
    match (incumbent, least) {
        (Some(objective), Some(least)) if objective <= least && is_below_cutoff(objective) => {
            (Verdict::Optimal, Some(least - gap))
        }
        (Some(_), None) => (Verdict::Numerical, None),
        (_, least) => match (limits.cutoff, limits.bound_stop) {
            (Some(cutoff), _) if least.is_none_or(|least| least >= cutoff) => {
                (Verdict::NoneBetterThanCutoff, cutoff.is_finite().then_some(cutoff))
            }
            (_, Some(_)) if least.is_some() => (Verdict::BoundReached, least),
            (Some(_), _) => (Verdict::Numerical, None),
            (None, _) => (Verdict::Infeasible, None),
        },
    }
}

/// The bound of a search that did not come to its end; nothing is known above what it looked for.
fn open_bound(bound: Option<f64>, least: Option<f64>, incumbent: Option<f64>) -> Option<f64> {
    [least, incumbent].into_iter().flatten().fold(bound, |bound, limit| bound.map(|bound| bound.min(limit)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, Model, Options};

    fn told(status: i32, secondary_status: i32) -> Told {
        Told { status, secondary_status, best_possible: 1e50, ..Told::default() }
    }

    #[test]
    fn flags_that_contradict_each_other_are_read_in_an_order_in_which_they_do_not() {
        let nodes = Told { nodes_ran_out: true, ..told(1, 3) };
        let seconds = Told { seconds_ran_out: true, ..told(1, 4) };
        for (told, stop, has_point, expected) in [
            (told(0, 0), None, true, End::Completed),
            (told(0, 1), None, false, End::Completed),
            (told(0, 0), None, false, End::Completed),
            (told(1, 2), None, true, End::Completed),
            (told(0, 7), None, false, End::Unbounded),
            // Unbounded, and called infeasible.
            (Told { is_unbounded: true, ..told(0, 1) }, None, false, End::Unbounded),
            (Told { is_abandoned: true, ..told(0, 1) }, None, false, End::Abandoned),
            (Told { is_abandoned: true, ..told(0, 1) }, Some(Stop::Time), false, End::Abandoned),
            (told(2, 0), None, true, End::Abandoned),
            (told(-1, -1), None, false, End::Abandoned),
            // Infeasible only because it was stopped.
            (told(0, 1), Some(Stop::Cancelled), false, End::Stopped(Stop::Cancelled)),
            (told(5, 5), Some(Stop::Target), true, End::Stopped(Stop::Target)),
            (nodes, None, true, End::Limit(LimitKind::Nodes)),
            (seconds, None, false, End::Limit(LimitKind::Time)),
            (told(1, 6), None, true, End::Limit(LimitKind::Other)),
            (told(1, 8), None, true, End::Limit(LimitKind::Iterations)),
        ] {
            assert_eq!(end(&told, stop, has_point), expected, "{told:?} {stop:?}");
        }
    }

    #[test]
    fn numbers_that_stand_for_none_never_get_out() {
        for (best_possible, bound) in [
            (1e50, None),
            (-1e50, None),
            (f64::MAX, None),
            (-f64::MAX, None),
            (f64::NAN, None),
            (2.0, Some(12.0)),
        ] {
            let told = Told { best_possible, ..told(1, 3) };
            assert_eq!(Facts::of_search(told, None, None, true, 10.0, None).bound, bound);
        }
    }

    /// minimise 10 + x over 0 <= x <= 9
    fn check(
        limits: &Limits,
        facts: (End, Option<f64>, Option<f64>),
        start: Option<f64>,
        expected: (Verdict, Option<f64>),
    ) {
        let mut model = Model::new("line");
        let x = model.add_column(Column::continuous("x", 0.0, 9.0)).expect("a valid column");
        model.set_objective(10.0, [(x, 1.0)]).expect("a valid objective");
        let (end, point, bound) = facts;
        let asked = [limits.cutoff, limits.bound_stop, start.map(|x| 10.0 + x)];
        let facts = Facts {
            bound,
            is_tree: true,
            searched_below: asked.into_iter().flatten().min_by(f64::total_cmp),
            ..Facts::without_search(end, point.map(|x| vec![x]))
        };
        let options = Options { absolute_gap: 0.0, ..Options::default() };
        let start = start.map(|x| vec![x]);
        let start = start.as_deref();
        let question = Question { model: &model, options: &options, limits, start, separator: None };
        let outcome = outcome(&question, facts, start, Duration::ZERO);
        assert_eq!((outcome.verdict, outcome.dual_bound), expected, "{outcome:?} {limits:?}");
    }

    #[test]
    fn what_a_completed_search_means_depends_on_what_it_looked_for() {
        let done = |x| (End::Completed, x, None);
        let none = Limits::default();
        check(&none, done(Some(2.0)), None, (Verdict::Optimal, Some(12.0)));
        check(&none, done(None), None, (Verdict::Infeasible, None));
        // Nothing better than the start, or something.
        check(&none, done(None), Some(3.0), (Verdict::Optimal, Some(13.0)));
        check(&none, done(Some(2.0)), Some(3.0), (Verdict::Optimal, Some(12.0)));

        let cutoff = Limits { cutoff: Some(11.5), ..Limits::default() };
        check(&cutoff, done(None), None, (Verdict::NoneBetterThanCutoff, Some(11.5)));
        check(&cutoff, done(None), Some(3.0), (Verdict::NoneBetterThanCutoff, Some(11.5)));
        check(&cutoff, done(Some(1.5)), None, (Verdict::NoneBetterThanCutoff, Some(11.5)));
        check(&cutoff, done(Some(1.0)), None, (Verdict::Optimal, Some(11.0)));

        let bound = Limits { bound_stop: Some(11.5), ..Limits::default() };
        check(&bound, done(None), None, (Verdict::BoundReached, Some(11.5)));
        check(&bound, done(Some(1.0)), None, (Verdict::Optimal, Some(11.0)));
        check(&bound, done(None), Some(1.0), (Verdict::Optimal, Some(11.0)));

        for (cutoff, bound_stop, verdict, least) in [
            (11.0, 11.5, Verdict::NoneBetterThanCutoff, 11.0),
            (11.5, 11.0, Verdict::BoundReached, 11.0),
            (f64::INFINITY, 11.0, Verdict::BoundReached, 11.0),
        ] {
            let both = Limits { cutoff: Some(cutoff), bound_stop: Some(bound_stop), ..Limits::default() };
            check(&both, done(None), None, (verdict, Some(least)));
        }
    }

    #[test]
    fn a_stopped_search_proves_nothing_above_what_it_looked_for() {
        let none = Limits::default();
        let time = Verdict::Limit(LimitKind::Time);
        let stopped = |x, bound| (End::Stopped(Stop::Time), x, bound);
        check(&none, stopped(None, None), None, (time, None));
        check(&none, stopped(Some(2.0), Some(11.0)), None, (time, Some(11.0)));
        check(&none, stopped(Some(2.0), Some(14.0)), None, (time, Some(12.0)));
        check(&none, stopped(None, Some(14.0)), Some(1.0), (time, Some(11.0)));
        let cutoff = Limits { cutoff: Some(11.5), ..Limits::default() };
        check(&cutoff, stopped(None, Some(14.0)), None, (time, Some(11.5)));
        check(&cutoff, stopped(None, None), None, (time, None));
    }

    #[test]
    fn a_target_counts_only_when_the_point_reaches_it() {
        let target = Limits { target: Some(12.0), ..Limits::default() };
        let stopped = |x| (End::Stopped(Stop::Target), x, Some(10.5));
        check(&target, stopped(Some(2.0)), None, (Verdict::TargetReached, Some(10.5)));
        check(&target, stopped(None), Some(1.0), (Verdict::TargetReached, Some(10.5)));
        check(&target, stopped(Some(3.0)), None, (Verdict::Numerical, Some(10.5)));
        check(&target, stopped(None), None, (Verdict::Numerical, Some(10.5)));
    }
}
