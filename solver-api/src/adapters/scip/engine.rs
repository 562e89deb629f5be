use std::ffi::CStr;
use std::time::Instant;

use super::answer::{self, Facts};
use super::instance::Instance;
use super::library::{self, Functions};
use super::limits::{self, BaseLimits};
use super::separation::Separation;
use super::watch::Watch;
use super::{NAME, options, rows};
use crate::adapters::fresh::{Engine, NumberLimits, Question};
use crate::{
    Cancellation, Capabilities, Limits, Options, Outcome, Solver, SolverError, Tolerances, check_point,
};

const FEASIBILITY_TOLERANCE: &CStr = c"numerics/feastol";

/// Solves each model in a SCIP instance of its own, so that nothing of one solve is left in the next.
pub(super) struct ScipEngine {
    functions: &'static Functions,
    base: BaseLimits,
    /// By how much a start may miss constraints.
    start_tolerances: Tolerances,
}

impl ScipEngine {
    /// Opens the library, and tries out the options at once instead of when it comes to solving.
    pub(super) fn new(options: &Options) -> Result<Self, SolverError> {
        let functions = library::functions()?;
        let watch = Watch::new(functions, Cancellation::default(), None);
        let mut instance = Instance::new(&watch)?;
        options::apply(options, &mut instance)?;
        let tolerance = instance.real(FEASIBILITY_TOLERANCE)?;
        let start_tolerances = Tolerances { feasibility: tolerance, integrality: tolerance };
        Ok(Self { functions, base: BaseLimits::of(&instance)?, start_tolerances })
    }

    fn run(
        &self,
        watch: &Watch,
        separation: Option<&Separation<'_>>,
        question: &Question<'_>,
        limits: &Limits,
    ) -> Result<Facts, SolverError> {
        let started = Instant::now();
        let mut instance = Instance::new(watch)?;
        options::apply(question.options, &mut instance)?;
        instance.pass_model(question.model, options::tolerance(question.options))?;
        if question.model.indicators().len() > 0 {
            // An indicator's row may miss by the tolerance, and its slack, which is to be zero, by as much again.
            instance.set_real(FEASIBILITY_TOLERANCE, instance.real(FEASIBILITY_TOLERANCE)? / 2.0)?;
        }
        if let Some(separation) = separation {
            instance.ask(separation)?;
        }
        // Of an infeasible start SCIP says at length why it is none, and may then try to mend it.
        let accepts = |point: &&[f64]| check_point(question.model, point).is_feasible(&self.start_tolerances);
        if let Some(point) = question.start.filter(accepts) {
            instance.offer_start(point)?;
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
}

impl Engine for ScipEngine {
    fn name(&self) -> &str {
        NAME
    }

    fn capabilities(&self) -> Capabilities {
        super::Scip.capabilities()
    }

    fn number_limits(&self) -> NumberLimits {
        rows::NUMBER_LIMITS
    }

    fn solve(&mut self, question: &Question<'_>) -> Result<Outcome, SolverError> {
        let limits = self.base.combined_with(question.limits);
        let log = question.options.log.clone();
        let watch = Watch::new(self.functions, limits.cancellation.clone(), log);
        let separation = question.separator.map(|separator| {
            Separation::new(self.functions, question.model, separator, options::tolerance(question.options))
        });
        let facts = self.run(&watch, separation.as_ref(), question, &limits);
        // Before an error, since a panic of the log sink or the separator is what the caller is to see.
        watch.finish();
        separation.map_or(Ok(()), Separation::finish)?;
        Ok(answer::outcome(question.model, &limits, facts?))
    }
}
