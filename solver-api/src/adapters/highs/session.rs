use std::time::Instant;

use highs::HighsModelStatus as Status;

use super::answer::{self, Facts, Proof};
use super::instance::Instance;
use super::limits::{self, BaseLimits};
use super::options::{self, Settings};
use super::watch::Watch;
use super::{NAME, failed, unsupported};
use crate::adapters::common;
use crate::{
    ColumnId, LimitKind, Limits, Model, Options, Outcome, Separator, Session, Solver, SolverError,
    check_point,
};

/// A model inside a live HiGHS instance.
pub(super) struct HighsSession {
    instance: Instance,
    model: Model,
    options: Options,
    base: BaseLimits,
    settings: Settings,
    /// The point offered for the next solve.
    start: Option<Vec<f64>>,
    /// The incumbent of the last solve.
    last_incumbent: Option<Vec<f64>>,
}

impl HighsSession {
    pub(super) fn open(model: &Model, options: &Options) -> Result<Self, SolverError> {
        common::require_expressible(NAME, &super::Highs.capabilities(), model)?;
        let mut instance = Instance::new()?;
        options::apply(options, model, &mut instance)?;
        options::NUMBER_LIMITS.require_all(NAME, model)?;
        options::require_values(model)?;
        instance.pass_model(model, options::mip_tolerance(options))?;
        let (base, settings) = (BaseLimits::of(&instance)?, Settings::of(&instance)?);
        let (model, options) = (model.clone(), options.clone());
        Ok(Self { instance, model, options, base, settings, start: None, last_incumbent: None })
    }

    fn is_mip(&self) -> bool {
        self.model.integer_count() > 0
    }

    /// Runs HiGHS on a model with columns.
    fn run(&mut self, limits: &Limits, start: Option<Vec<f64>>) -> Result<Outcome, SolverError> {
        if self.is_mip() {
            // HiGHS completes an infeasible start, be it its own last solution, by a MIP with part of the columns fixed,
            // and calls back with the dual bound of that one; so it gets feasible starts only.
            self.instance.forget_solution()?;
            let offered = start.filter(|point| self.accepts(point));
            let last = self.last_incumbent.take();
            if let Some(point) = offered.or_else(|| last.filter(|point| self.accepts(point))) {
                self.instance.set_start(&point)?;
            }
        }
        let watch = Watch::new(limits, self.options.log.clone());
        let started = Instant::now();
        let ran = self.instance.run(&watch, self.settings.threads);
        let wall_time = started.elapsed();
        let interrupted_by = watch.finish();
        let answered = ran?;
        let status = self.instance.status()?;
        if !answered && matches!(status, Status::NotSet | Status::LoadError | Status::ModelError) {
            return Err(failed(format!("Highs_run reports an error with model status {status:?}")));
        }
        let facts = Facts {
            status,
            interrupted_by,
            feasible_values: self.instance.feasible_values()?,
            proof: self.proof()?,
            row_duals: if self.is_mip() { None } else { self.instance.feasible_row_duals()? },
            iterations: u64::try_from(self.instance.integer_info(c"simplex_iteration_count")?).ok(),
            wall_time,
        };
        let outcome = answer::outcome(&self.model, limits, facts);
        self.last_incumbent = outcome.incumbent.as_ref().map(|point| point.values.clone());
        Ok(outcome)
    }

    fn accepts(&self, point: &[f64]) -> bool {
        check_point(&self.model, point).is_feasible(&self.settings.start_tolerances)
    }

    fn proof(&self) -> Result<Proof, SolverError> {
        // Only a branch and bound counts nodes.
        Ok(match u64::try_from(self.instance.long_info(c"mip_node_count")?) {
            Ok(nodes) if self.is_mip() => {
                Proof::Tree { dual_bound: self.instance.float_info(c"mip_dual_bound")?, nodes }
            }
            _ => Proof::Linear {
                objective: self.instance.float_info(c"objective_function_value")?,
                duals_are_feasible: self.instance.duals_are_feasible()?,
            },
        })
    }
}

impl Session for HighsSession {
    fn model(&self) -> &Model {
        &self.model
    }

    fn set_bounds(&mut self, column: ColumnId, lower: f64, upper: f64) -> Result<(), SolverError> {
        options::require_values_between("a column", lower, upper)?;
        self.model.set_bounds(column, lower, upper)?;
        let tolerance = options::mip_tolerance(&self.options);
        let (lower, upper) = self.model.column(column).solver_bounds(tolerance);
        self.instance.set_bounds(column, lower, upper)
    }

    fn set_objective(&mut self, offset: f64, terms: &[(ColumnId, f64)]) -> Result<(), SolverError> {
        let summed = self.model.summed_terms(&|| "objective".to_owned(), terms.iter().copied())?;
        options::NUMBER_LIMITS.require_costs(NAME, &self.model, &summed)?;
        self.model.set_objective(offset, summed)?;
        let costs: Vec<f64> = self.model.columns().iter().map(|column| column.objective).collect();
        self.instance.set_objective(self.model.offset(), &costs)
    }

    fn add_row(
        &mut self,
        name: &str,
        lower: f64,
        upper: f64,
        terms: &[(ColumnId, f64)],
    ) -> Result<(), SolverError> {
        let summed = self.model.summed_terms(&|| format!("row `{name}`"), terms.iter().copied())?;
        options::NUMBER_LIMITS.require_row(NAME, &self.model, name, (lower, upper), &summed)?;
        options::require_values_between(&format!("row `{name}`"), lower, upper)?;
        let id = self.model.add_row(name, lower, upper, summed)?;
        self.instance.add_row(&self.model.row(id))
    }

    fn set_start(&mut self, point: &[f64]) -> Result<(), SolverError> {
        common::require_fitting_start(&self.model, point)?;
        self.start = Some(point.to_vec());
        Ok(())
    }

    fn set_separator(&mut self, _: Box<dyn Separator>) -> Result<(), SolverError> {
        Err(unsupported("a separator".to_owned()))
    }

    fn solve(&mut self, limits: &Limits) -> Result<Outcome, SolverError> {
        let start = self.start.take();
        let limits = self.base.combined_with(limits)?;
        if limits.cancellation.is_cancelled() {
            return Ok(common::nothing_done(LimitKind::Cancelled));
        }
        if limits.time.is_some_and(|time| time.is_zero()) {
            return Ok(common::nothing_done(LimitKind::Time));
        }
        if self.model.column_count() == 0 {
            return Ok(common::without_columns(&self.model, &limits, &self.options));
        }
        limits::set(&limits, &mut self.instance)?;
        self.run(&limits, start)
    }
}
