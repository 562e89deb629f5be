use std::time::Instant;

use microlp::SolveOptions;

use super::problem::Translated;
use super::search::{Deadlines, Found, run};
use super::{Microlp, NAME, problem, whole_box};
use crate::adapters::fresh::{Engine, NumberLimits, Question};
use crate::{
    Capabilities, ColumnId, Model, Outcome, Point, SolveStatistics, Solver, SolverError, Tolerances, Verdict,
    check_point,
};

/// microlp under fixed options.
pub(super) struct MicrolpEngine {
    pub(super) settings: SolveOptions,
}

impl Engine for MicrolpEngine {
    fn name(&self) -> &str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        Microlp.capabilities()
    }

    fn number_limits(&self) -> NumberLimits {
        NumberLimits {
            cost: 1e15,
            coefficient: 1e15,
            row_bound: f64::INFINITY,
            bound: 2.0_f64.powi(52),
            integer_bound: 2.0_f64.powi(31) - 1.0,
        }
    }

    fn solve(&mut self, question: &Question<'_>) -> Result<Outcome, SolverError> {
        let Question { model, options, limits, start, .. } = *question;
        let deadlines = Deadlines {
            started: Instant::now(),
            time: limits.time,
            nodes: limits.nodes,
            cancellation: &limits.cancellation,
        };
        let tolerances = Tolerances::from(options);
        let boxed = whole_box::boxed(model);
        let mut answer = match problem::problem(model, options.integrality_tolerance) {
            None => Answer::bare(Verdict::Infeasible, "no whole number between the bounds of a column"),
            Some(_) if self.relaxation_is_unbounded(model, &boxed, &deadlines)? => {
                Answer::bare(Verdict::InfeasibleOrUnbounded, "the relaxation is unbounded")
            }
            Some(Translated { problem, variables }) => {
                let start = start.filter(|point| is_feasible(model, point, &tolerances));
                let hint = start.map(|point| variables.into_iter().zip(point.iter().copied()).collect());
                let mut settings = self.settings.clone();
                settings.warm_start = hint;
                Answer::of(model, run(&problem, &settings, &deadlines)?)
            }
        };
        answer.reject_wrong_points(model, &tolerances);
        if !boxed.is_empty() {
            self.hold_beyond_the_box(&mut answer, model, &boxed, &deadlines)?;
        }
        let statistics =
            SolveStatistics { wall_time: deadlines.started.elapsed(), ..answer.statistics(model) };
        Ok(answer.outcome(statistics))
    }
}

impl MicrolpEngine {
    /// A column held to 32 bits hides that the objective falls without limit.
    fn relaxation_is_unbounded(
        &self,
        model: &Model,
        boxed: &[ColumnId],
        deadlines: &Deadlines<'_>,
    ) -> Result<bool, SolverError> {
        if boxed.is_empty() {
            return Ok(false);
        }
        let Some(relaxation) = problem::problem(&model.relaxation(), 0.0) else { return Ok(false) };
        Ok(matches!(run(&relaxation.problem, &self.settings, deadlines)?, Found::Unbounded))
    }

    /// Withdraws what was proven for columns of 32 bits alone.
    fn hold_beyond_the_box(
        &self,
        answer: &mut Answer,
        model: &Model,
        boxed: &[ColumnId],
        deadlines: &Deadlines<'_>,
    ) -> Result<(), SolverError> {
        let incumbent = match answer.verdict {
            Verdict::Optimal => answer.point.as_ref().map(|point| point.objective),
            Verdict::Infeasible => None,
            _ => {
                answer.bound = None;
                return Ok(());
            }
        };
        if !whole_box::loses_nothing(model, boxed, incumbent, &self.settings, deadlines)? {
            answer.withdraw("integer columns without bounds may go beyond 32 bits");
        }
        Ok(())
    }
}

/// What is known, while it is being checked.
struct Answer {
    verdict: Verdict,
    point: Option<Point>,
    bound: Option<f64>,
    nodes: Option<u64>,
    iterations: Option<u64>,
    words: String,
}

impl Answer {
    fn bare(verdict: Verdict, words: &str) -> Self {
        Self { verdict, point: None, bound: None, nodes: None, iterations: None, words: words.to_owned() }
    }

    fn of(model: &Model, found: Found) -> Self {
        let point = |values: Vec<f64>| {
            // Else the checker rejects it.
            let objective =
                if values.len() == model.column_count() { model.objective_value(&values) } else { f64::NAN };
            Point { values, objective }
        };
        let with = |verdict, point: Option<Point>, bound: Option<f64>, stats: microlp::Stats, words: &str| {
            let bound = bound.filter(|bound| bound.is_finite()).map(|bound| bound + model.offset());
            let objective = point.as_ref().map_or(f64::INFINITY, |point| point.objective);
            Self {
                verdict,
                // What the sums' rounding leaves between the two is no proof of anything.
                bound: bound.map(|bound| bound.min(objective)),
                point,
                nodes: Some(stats.nodes_solved),
                iterations: Some(stats.lp_iterations),
                words: words.to_owned(),
            }
        };
        match found {
            Found::Optimal { values, stats } => {
                with(Verdict::Optimal, Some(point(values)), stats.best_bound, stats, "ProvenOptimal")
            }
            Found::Stopped { by, values, stats } => {
                // An LP's "bound" is the objective of a point.
                let bound = stats.best_bound.filter(|_| model.integer_count() > 0);
                with(Verdict::Limit(by), values.map(point), bound, stats, &format!("{by:?} limit"))
            }
            Found::Infeasible => Self::bare(Verdict::Infeasible, "Infeasible"),
            Found::Unbounded if model.integer_count() > 0 => {
                Self::bare(Verdict::InfeasibleOrUnbounded, "Unbounded")
            }
            Found::Unbounded => Self::bare(Verdict::Unbounded, "Unbounded"),
            Found::Failed(reason) => Self::bare(Verdict::Numerical, &reason),
        }
    }

    fn reject_wrong_points(&mut self, model: &Model, tolerances: &Tolerances) {
        if self.point.as_ref().is_some_and(|point| !is_feasible(model, &point.values, tolerances)) {
            self.point = None;
            self.withdraw("its point violates the model");
        }
    }

    fn withdraw(&mut self, why: &str) {
        self.verdict = Verdict::Numerical;
        self.bound = None;
        self.words = format!("{}, but {why}", self.words);
    }

    fn statistics(&self, model: &Model) -> SolveStatistics {
        let nodes = self.nodes.filter(|_| model.integer_count() > 0);
        SolveStatistics { nodes, iterations: self.iterations, ..SolveStatistics::default() }
    }

    fn outcome(self, statistics: SolveStatistics) -> Outcome {
        Outcome {
            verdict: self.verdict,
            incumbent: self.point,
            dual_bound: self.bound,
            row_duals: None,
            statistics,
            raw_status: self.words,
        }
    }
}

fn is_feasible(model: &Model, point: &[f64], tolerances: &Tolerances) -> bool {
    check_point(model, point).is_feasible(tolerances)
}
