//! A session for solvers that get the whole model anew for every solve.

use std::cell::RefCell;

pub(super) use super::common::{rejected, unsupported};
pub(super) use super::numbers::NumberLimits;

use super::common::{nothing_done, require_expressible, require_fitting_start, without_columns};
use crate::{
    Capabilities, Capability, ColumnId, LimitKind, Limits, Model, Options, Outcome, Separator, Session,
    SolverError,
};

/// What solves one model once.
pub(super) trait Engine {
    /// The solver's name.
    fn name(&self) -> &str;

    /// What the solver can express; everything else is refused before [`Engine::solve`] is asked.
    fn capabilities(&self) -> Capabilities;

    /// The numbers that the solver takes for what they are.
    fn number_limits(&self) -> NumberLimits;

    /// Solves a model with columns under limits that the capabilities allow; the time is not zero, and no number is NaN.
    fn solve(&mut self, question: &Question<'_>) -> Result<Outcome, SolverError>;
}

/// What one solve is about.
pub(super) struct Question<'a> {
    pub(super) model: &'a Model,
    pub(super) options: &'a Options,
    pub(super) limits: &'a Limits,
    #[cfg_attr(feature = "lp", allow(dead_code, reason = "the programs take no start"))]
    pub(super) start: Option<&'a [f64]>,
    /// What to ask for cuts, where the capabilities allow it.
    #[cfg_attr(not(feature = "scip"), allow(dead_code, reason = "only SCIP asks"))]
    pub(super) separator: Option<&'a RefCell<Box<dyn Separator>>>,
}

/// A model, and the engine that solves it from nothing each time.
pub(super) struct FreshSession<E> {
    engine: E,
    model: Model,
    options: Options,
    /// The point offered for the next solve.
    start: Option<Vec<f64>>,
    separator: Option<RefCell<Box<dyn Separator>>>,
}

impl<E: Engine> FreshSession<E> {
    pub(super) fn open(engine: E, model: &Model, options: &Options) -> Result<Self, SolverError> {
        require_valid(&engine, options)?;
        require_expressible(engine.name(), &engine.capabilities(), model)?;
        engine.number_limits().require_all(engine.name(), model)?;
        let (model, options) = (model.clone(), options.clone());
        Ok(Self { engine, model, options, start: None, separator: None })
    }
}

impl<E: Engine> Session for FreshSession<E> {
    fn model(&self) -> &Model {
        &self.model
    }

    fn set_bounds(&mut self, column: ColumnId, lower: f64, upper: f64) -> Result<(), SolverError> {
        if let Some(known) = self.model.columns().get(column.index()) {
            self.engine.number_limits().require_bounds(self.engine.name(), known, lower, upper)?;
        }
        Ok(self.model.set_bounds(column, lower, upper)?)
    }

    fn set_objective(&mut self, offset: f64, terms: &[(ColumnId, f64)]) -> Result<(), SolverError> {
        let summed = self.model.summed_terms(&|| "objective".to_owned(), terms.iter().copied())?;
        self.engine.number_limits().require_costs(self.engine.name(), &self.model, &summed)?;
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
        self.engine.number_limits().require_row(
            self.engine.name(),
            &self.model,
            name,
            (lower, upper),
            &summed,
        )?;
        self.model.add_row(name, lower, upper, summed)?;
        Ok(())
    }

    fn set_start(&mut self, point: &[f64]) -> Result<(), SolverError> {
        if !self.engine.capabilities().has(Capability::Start) {
            return Err(unsupported(self.engine.name(), "a start point"));
        }
        require_fitting_start(&self.model, point)?;
        self.start = Some(point.to_vec());
        Ok(())
    }

    fn set_separator(&mut self, separator: Box<dyn Separator>) -> Result<(), SolverError> {
        if !self.engine.capabilities().has(Capability::Separation) {
            return Err(unsupported(self.engine.name(), "a separator"));
        }
        self.separator = Some(RefCell::new(separator));
        Ok(())
    }

    fn solve(&mut self, limits: &Limits) -> Result<Outcome, SolverError> {
        let start = self.start.take();
        let limits = expressible(&self.engine, limits)?;
        if limits.cancellation.is_cancelled() {
            return Ok(nothing_done(LimitKind::Cancelled));
        }
        if limits.time.is_some_and(|time| time.is_zero()) {
            return Ok(nothing_done(LimitKind::Time));
        }
        if self.model.column_count() == 0 {
            return Ok(without_columns(&self.model, &limits, &self.options));
        }
        let (model, options) = (&self.model, &self.options);
        let (start, separator) = (start.as_deref(), self.separator.as_ref());
        self.engine.solve(&Question { model, options, limits: &limits, start, separator })
    }
}

/// Holds options against what the solver can express; raw ones are the engine's own matter.
fn require_valid(engine: &impl Engine, options: &Options) -> Result<(), SolverError> {
    let (name, capabilities) = (engine.name(), engine.capabilities());
    for (option, value) in [
        ("feasibility_tolerance", options.feasibility_tolerance),
        ("integrality_tolerance", options.integrality_tolerance),
        ("absolute_gap", options.absolute_gap),
        ("relative_gap", options.relative_gap),
    ] {
        // Also NaN.
        if !(0.0..f64::INFINITY).contains(&value) {
            return Err(rejected(name, option, &value));
        }
    }
    if options.threads == 0 {
        return Err(rejected(name, "threads", &0));
    }
    for (asked, capability, what) in [
        (options.threads > 1, Capability::Threads, "more than one thread"),
        (options.seed != Options::default().seed, Capability::Seed, "a seed"),
        (options.log.is_some(), Capability::Log, "a log"),
    ] {
        if asked && !capabilities.has(capability) {
            return Err(unsupported(name, what));
        }
    }
    Ok(())
}

/// The limits without those that limit nothing.
fn expressible(engine: &impl Engine, limits: &Limits) -> Result<Limits, SolverError> {
    let (name, capabilities) = (engine.name(), engine.capabilities());
    let limit = |what: &str, value: Option<f64>, nothing: f64, capability: Capability| match value {
        Some(value) if value.is_nan() => Err(rejected(name, what, &value)),
        Some(value) if value != nothing && !capabilities.has(capability) => {
            Err(unsupported(name, format!("a {what}")))
        }
        value => Ok(value.filter(|value| *value != nothing)),
    };
    if limits.nodes.is_some() && !capabilities.has(Capability::NodeLimit) {
        return Err(unsupported(name, "a node limit"));
    }
    Ok(Limits {
        time: limits.time,
        nodes: limits.nodes,
        cutoff: limit("cutoff", limits.cutoff, f64::INFINITY, Capability::Cutoff)?,
        target: limit("target", limits.target, f64::NEG_INFINITY, Capability::Target)?,
        bound_stop: limit("bound stop", limits.bound_stop, f64::INFINITY, Capability::BoundStop)?,
        cancellation: limits.cancellation.clone(),
    })
}
