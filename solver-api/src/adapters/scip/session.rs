use std::time::Instant;

use super::answer::{self, Facts};
use super::instance::Instance;
use super::library::{self, Functions};
use super::limits::{self, BaseLimits};
use super::watch::Watch;
use super::{options, rows};
use crate::{
    Cancellation, ColumnId, LimitKind, Limits, Model, Options, Outcome, Row, Session, SolverError,
    Tolerances, check_point,
};

/// A model and how to solve it; each solve has a SCIP instance of its own, so that nothing of one is left in the next.
pub(super) struct ScipSession {
    functions: &'static Functions,
    model: Model,
    options: Options,
    base: BaseLimits,
    /// By how much a start may miss constraints.
    start_tolerances: Tolerances,
    /// The point offered for the next solve.
    start: Option<Vec<f64>>,
}

impl ScipSession {
    pub(super) fn open(model: &Model, options: &Options) -> Result<Self, SolverError> {
        let functions = library::functions()?;
        rows::require_supported_numbers(model)?;
        // The options are tried out at once, not only when it comes to solving.
        let watch = Watch::new(functions, Cancellation::default(), None);
        let mut instance = Instance::new(&watch)?;
        options::apply(options, &mut instance)?;
        let tolerance = instance.real(c"numerics/feastol")?;
        Ok(Self {
            functions,
            base: BaseLimits::of(&instance)?,
            start_tolerances: Tolerances { feasibility: tolerance, integrality: tolerance },
            model: model.clone(),
            options: options.clone(),
            start: None,
        })
    }

    fn run(&self, limits: &Limits, start: Option<Vec<f64>>) -> Result<Outcome, SolverError> {
        let watch = Watch::new(self.functions, limits.cancellation.clone(), self.options.log.clone());
        let facts = self.run_under(&watch, limits, start);
        // Before an error, since a panic of the log sink is what the caller is to see.
        watch.finish();
        Ok(answer::outcome(&self.model, limits, facts?))
    }

    fn run_under(
        &self,
        watch: &Watch,
        limits: &Limits,
        start: Option<Vec<f64>>,
    ) -> Result<Facts, SolverError> {
        let started = Instant::now();
        let mut instance = Instance::new(watch)?;
        options::apply(&self.options, &mut instance)?;
        instance.pass_model(&self.model, options::tolerance(&self.options))?;
        // SCIP would take an infeasible start for what it is, but say so at length and try to mend it.
        if let Some(point) = start.filter(|point| self.accepts(point)) {
            instance.offer_start(&point)?;
        }
        limits::set(limits, started.elapsed(), &mut instance)?;
        instance.solve()?;
        Ok(Facts {
            status: instance.status()?,
            was_cancelled: watch.was_cancelled(),
            values: instance.best_values()?,
            dual_bound: instance.dual_bound(),
            nodes: instance.node_count(),
            iterations: instance.iteration_count(),
            wall_time: started.elapsed(),
        })
    }

    fn accepts(&self, point: &[f64]) -> bool {
        check_point(&self.model, point).is_feasible(&self.start_tolerances)
    }
}

impl Session for ScipSession {
    fn model(&self) -> &Model {
        &self.model
    }

    fn set_bounds(&mut self, column: ColumnId, lower: f64, upper: f64) -> Result<(), SolverError> {
        // A column that is not there is for the model to refuse.
        if let Some(column) = self.model.columns().get(column.index()) {
            rows::require_bounds(&rows::place_of_column(&column.name), lower, upper)?;
        }
        Ok(self.model.set_bounds(column, lower, upper)?)
    }

    fn set_objective(&mut self, offset: f64, terms: &[(ColumnId, f64)]) -> Result<(), SolverError> {
        let summed = self.model.summed_terms(&|| "objective".to_owned(), terms.iter().copied())?;
        rows::require_objective(&self.model, offset, &summed)?;
        Ok(self.model.set_objective(offset, summed)?)
    }

    fn add_row(
        &mut self,
        name: &str,
        lower: f64,
        upper: f64,
        terms: &[(ColumnId, f64)],
    ) -> Result<(), SolverError> {
        let summed = self.model.summed_terms(&|| format!("row `{name}`"), terms.iter().copied())?;
        let (columns, coefficients): (Vec<ColumnId>, Vec<f64>) = summed.iter().copied().unzip();
        let row = Row { name, lower, upper, columns: &columns, coefficients: &coefficients };
        rows::require_row(&self.model, &row)?;
        self.model.add_row(name, lower, upper, summed)?;
        Ok(())
    }

    fn set_start(&mut self, point: &[f64]) -> Result<(), SolverError> {
        let columns = self.model.column_count();
        if point.len() != columns {
            let reason = format!("it has {} values, the model {columns} columns", point.len());
            return Err(SolverError::Start { reason });
        }
        if let Some(index) = point.iter().position(|value| !value.is_finite()) {
            let name = &self.model.columns()[index].name;
            return Err(SolverError::Start { reason: format!("the value of `{name}` is {}", point[index]) });
        }
        self.start = Some(point.to_vec());
        Ok(())
    }

    fn solve(&mut self, limits: &Limits) -> Result<Outcome, SolverError> {
        let start = self.start.take();
        let limits = self.base.combined_with(limits)?;
        if limits.cancellation.is_cancelled() {
            return Ok(answer::nothing_done(LimitKind::Cancelled));
        }
        if limits.time.is_some_and(|time| time.is_zero()) {
            return Ok(answer::nothing_done(LimitKind::Time));
        }
        self.run(&limits, start)
    }
}
