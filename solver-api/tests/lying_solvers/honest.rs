//! A correct solver for tiny models: depth-first branch and bound.

use std::time::Instant;

use solver_api::{
    Capabilities, Capability, ColumnId, ColumnKind, LimitKind, Limits, Model, Options, Outcome, Point,
    Session, SolveStatistics, Solver, SolverError, Tolerances, Verdict, check_point,
};

use crate::duals::row_duals;
use crate::pieces::pieces;
use crate::simplex::{LinearAnswer, minimise};

const NAME: &str = "honest";
const WHOLE: f64 = 1e-7;
/// Liars ask for searches without end; where no time limit ends them, this does.
const PATIENCE: u64 = 2000;

pub(crate) struct Honest;

struct HonestSession {
    model: Model,
    start: Option<Vec<f64>>,
}

fn unsupported(what: &str) -> SolverError {
    SolverError::Unsupported { solver: NAME.to_owned(), what: what.to_owned() }
}

fn rejected(option: &str, value: impl ToString) -> SolverError {
    SolverError::Option { solver: NAME.to_owned(), option: option.to_owned(), value: value.to_string() }
}

impl Solver for Honest {
    fn name(&self) -> &str {
        NAME
    }

    fn version(&self) -> Result<String, SolverError> {
        Ok("1".to_owned())
    }

    fn capabilities(&self) -> Capabilities {
        use Capability::{
            BoundStop, Cancellation, Cutoff, DualBound, Duals, Indicators, Integers, NodeLimit, Sos1, Start,
            Target, WarmResolve,
        };
        Capabilities::new([
            Integers,
            Cutoff,
            Target,
            BoundStop,
            NodeLimit,
            DualBound,
            Duals,
            Start,
            Cancellation,
            WarmResolve,
            Indicators,
            Sos1,
        ])
    }

    fn open(&self, model: &Model, options: &Options) -> Result<Box<dyn Session>, SolverError> {
        if let Some((name, value)) = options.raw.first() {
            return Err(rejected(name, value));
        }
        let gaps = [options.absolute_gap, options.relative_gap];
        let tolerances = [options.feasibility_tolerance, options.integrality_tolerance];
        if let Some(value) = gaps.iter().chain(&tolerances).find(|value| value.is_nan() || **value < 0.0) {
            return Err(rejected("tolerance", value));
        }
        match options.threads {
            0 => return Err(rejected("threads", 0)),
            1 => {}
            _ => return Err(unsupported("threads")),
        }
        if options.seed != 0 || options.log.is_some() {
            return Err(unsupported("a seed or a log"));
        }
        let costs = model.columns().iter().enumerate().map(|(index, column)| (index, column.objective));
        let entries = model.rows().flat_map(|row| {
            row.columns
                .iter()
                .zip(row.coefficients)
                .map(|(column, value)| (column.index(), *value))
                .collect::<Vec<_>>()
        });
        if let Some((index, _)) = costs.chain(entries).find(|(_, value)| value.abs() >= 1e15) {
            return Err(unsupported(&format!("a coefficient of `{}`", model.columns()[index].name)));
        }
        Ok(Box::new(HonestSession { model: model.clone(), start: None }))
    }
}

impl Session for HonestSession {
    fn model(&self) -> &Model {
        &self.model
    }

    fn set_bounds(&mut self, column: ColumnId, lower: f64, upper: f64) -> Result<(), SolverError> {
        Ok(self.model.set_bounds(column, lower, upper)?)
    }

    fn set_objective(&mut self, offset: f64, terms: &[(ColumnId, f64)]) -> Result<(), SolverError> {
        Ok(self.model.set_objective(offset, terms.iter().copied())?)
    }

    fn add_row(
        &mut self,
        name: &str,
        lower: f64,
        upper: f64,
        terms: &[(ColumnId, f64)],
    ) -> Result<(), SolverError> {
        self.model.add_row(name, lower, upper, terms.iter().copied())?;
        Ok(())
    }

    fn set_start(&mut self, point: &[f64]) -> Result<(), SolverError> {
        if point.len() != self.model.column_count() || point.iter().any(|value| !value.is_finite()) {
            return Err(SolverError::Start { reason: "it does not fit".to_owned() });
        }
        self.start = Some(point.to_vec());
        Ok(())
    }

    fn solve(&mut self, limits: &Limits) -> Result<Outcome, SolverError> {
        for value in [limits.cutoff, limits.target, limits.bound_stop].into_iter().flatten() {
            if value.is_nan() {
                return Err(rejected("limit", value));
            }
        }
        if self.model.indicators().len() > 0 || !self.model.sos1_sets().is_empty() {
            return self.best_piece(limits);
        }
        let mut search = Search { model: &self.model, limits, best: None, open: Vec::new(), nodes: 0 };
        let began = Instant::now();
        let start = self.start.take();
        let verdict = search.run(start, began);
        let dual_bound = match verdict {
            Verdict::Optimal => search.best.as_ref().map(|best| best.objective),
            Verdict::Limit(_) | Verdict::BoundReached | Verdict::TargetReached => search.bound(),
            _ => None,
        };
        let statistics =
            SolveStatistics { wall_time: began.elapsed(), nodes: Some(search.nodes), iterations: None };
        let is_linear = verdict == Verdict::Optimal && self.model.integer_count() == 0;
        let row_duals = if is_linear { row_duals(&self.model) } else { None };
        let (incumbent, raw_status) = (search.best, "done".to_owned());
        Ok(Outcome { verdict, incumbent, dual_bound, row_duals, statistics, raw_status })
    }
}

impl HonestSession {
    /// The best of the models without indicators and sets of which this one is the union.
    fn best_piece(&mut self, limits: &Limits) -> Result<Outcome, SolverError> {
        self.start = None;
        let nothing = Outcome {
            verdict: Verdict::Infeasible,
            incumbent: None,
            dual_bound: None,
            row_duals: None,
            statistics: SolveStatistics::default(),
            raw_status: "no piece".to_owned(),
        };
        let objective =
            |outcome: &Outcome| outcome.incumbent.as_ref().map_or(f64::INFINITY, |point| point.objective);
        pieces(&self.model).into_iter().try_fold(nothing, |best, model| {
            let outcome = HonestSession { model, start: None }.solve(limits)?;
            let outcome = Outcome { row_duals: None, ..outcome };
            Ok(if objective(&outcome) < objective(&best) { outcome } else { best })
        })
    }
}

struct Node {
    bounds: Vec<(f64, f64)>,
    /// That of the node it came from.
    bound: f64,
}

struct Search<'a> {
    model: &'a Model,
    limits: &'a Limits,
    best: Option<Point>,
    open: Vec<Node>,
    nodes: u64,
}

impl Search<'_> {
    fn run(&mut self, start: Option<Vec<f64>>, began: Instant) -> Verdict {
        let interrupted = |search: &Self| {
            let limits = search.limits;
            match () {
                () if limits.cancellation.is_cancelled() => Some(Verdict::Limit(LimitKind::Cancelled)),
                () if limits.time.is_some_and(|time| began.elapsed() >= time) => {
                    Some(Verdict::Limit(LimitKind::Time))
                }
                () if search.target_is_met() => Some(Verdict::TargetReached),
                () if search.bound().zip(limits.bound_stop).is_some_and(|(bound, stop)| bound >= stop) => {
                    Some(Verdict::BoundReached)
                }
                () if limits.nodes.is_some_and(|nodes| search.nodes >= nodes) => {
                    Some(Verdict::Limit(LimitKind::Nodes))
                }
                () if limits.time.is_none() && search.nodes >= PATIENCE => Some(Verdict::Numerical),
                () => None,
            }
        };
        if let Some(limit @ Verdict::Limit(LimitKind::Time | LimitKind::Cancelled)) = interrupted(self) {
            return limit;
        }
        if let Some(start) =
            start.filter(|start| check_point(self.model, start).is_feasible(&Tolerances::default()))
        {
            self.offer(start);
        }
        let bounds = self.model.columns().iter().map(|column| column.solver_bounds(1e-6)).collect();
        self.open.push(Node { bounds, bound: f64::NEG_INFINITY });
        loop {
            if let Some(verdict) = interrupted(self) {
                return verdict;
            }
            let Some(node) = self.open.pop() else { break };
            self.nodes += 1;
            if self.expand(&node) {
                return Verdict::Unbounded;
            }
        }
        match (&self.best, self.limits.cutoff) {
            _ if self.target_is_met() => Verdict::TargetReached,
            (Some(_), _) => Verdict::Optimal,
            (None, Some(_)) => Verdict::NoneBetterThanCutoff,
            (None, None) => Verdict::Infeasible,
        }
    }

    /// Solves the relaxation, rounds it, branches; true where it is unbounded.
    fn expand(&mut self, node: &Node) -> bool {
        let values = match minimise(self.model, &node.bounds) {
            LinearAnswer::Infeasible => return false,
            LinearAnswer::Unbounded => return true,
            LinearAnswer::Optimum(values) => values,
        };
        let bound = self.model.objective_value(&values);
        if bound >= self.ceiling() - 1e-9 {
            return false;
        }
        let is_whole = |index: usize| self.model.columns()[index].kind == ColumnKind::Integer;
        let mut rounded = node.bounds.clone();
        for (index, value) in values.iter().enumerate().filter(|(index, _)| is_whole(*index)) {
            rounded[index] = (value.round(), value.round());
        }
        let fractional = (0..values.len())
            .filter(|index| is_whole(*index))
            .find(|index| (values[*index] - values[*index].round()).abs() > WHOLE);
        if let LinearAnswer::Optimum(values) = minimise(self.model, &rounded) {
            self.offer(values);
        }
        let Some(index) = fractional else { return false };
        let (lower, upper) = node.bounds[index];
        for side in [(values[index].ceil(), upper), (lower, values[index].floor())] {
            let mut bounds = node.bounds.clone();
            bounds[index] = side;
            self.open.push(Node { bounds, bound });
        }
        false
    }

    fn offer(&mut self, values: Vec<f64>) {
        let objective = self.model.objective_value(&values);
        if objective < self.ceiling() - 1e-9 {
            self.best = Some(Point { values, objective });
        }
    }

    /// Only what is below matters.
    fn ceiling(&self) -> f64 {
        let cutoff = self.limits.cutoff.unwrap_or(f64::INFINITY);
        self.best.as_ref().map_or(cutoff, |best| best.objective.min(cutoff))
    }

    fn target_is_met(&self) -> bool {
        self.best.as_ref().zip(self.limits.target).is_some_and(|(best, target)| best.objective <= target)
    }

    fn bound(&self) -> Option<f64> {
        let ceiling = self.ceiling();
        let bound = self.open.iter().map(|node| node.bound).fold(ceiling, f64::min);
        bound.is_finite().then_some(bound)
    }
}
