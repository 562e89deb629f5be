use std::time::{Duration, Instant};

use highs::HighsModelStatus as Status;

use super::answer::{self, Facts, Proof};
use super::instance::Instance;
use super::watch::Watch;
use super::{failed, rejected, unsupported};
use crate::{
    ColumnId, LimitKind, Limits, Model, Options, Outcome, Point, Row, Session, SolveStatistics, SolverError,
    Tolerances, Verdict, check_point,
};

/// HiGHS takes an objective coefficient from here on for infinite.
const INFINITE_COST: f64 = 1e20;
/// HiGHS refuses to solve with a coefficient from here on.
const LARGEST_COEFFICIENT: f64 = 1e15;
/// The least threshold below which HiGHS lets itself be told to drop coefficients; its default is 1e-9.
const SMALLEST_COEFFICIENT: f64 = 1e-12;

/// A model inside a live HiGHS instance.
pub(super) struct HighsSession {
    instance: Instance,
    model: Model,
    options: Options,
    base: BaseLimits,
    /// The point offered for the next solve.
    start: Option<Vec<f64>>,
    /// The incumbent of the last solve.
    last_incumbent: Option<Vec<f64>>,
}

/// The limits that hold for every solve: HiGHS's own, or those among the raw options.
struct BaseLimits {
    seconds: f64,
    nodes: i32,
    cutoff: f64,
    target: f64,
}

impl HighsSession {
    pub(super) fn open(model: &Model, options: &Options) -> Result<Self, SolverError> {
        let mut instance = Instance::new()?;
        apply(options, &mut instance)?;
        require_sane_numbers(model)?;
        instance.pass_model(model)?;
        let base = BaseLimits::of(&instance)?;
        let (model, options) = (model.clone(), options.clone());
        Ok(Self { instance, model, options, base, start: None, last_incumbent: None })
    }

    fn is_mip(&self) -> bool {
        self.model.integer_count() > 0
    }

    /// Runs HiGHS on a model with columns.
    fn run(&mut self, limits: &Limits, start: Option<Vec<f64>>) -> Result<Outcome, SolverError> {
        if self.is_mip() {
            // HiGHS would take its last solution for a start, feasible or not; an infeasible start can stop it at a
            // target that no point reaches.
            self.instance.forget_solution()?;
            if let Some(point) =
                start.or_else(|| self.last_incumbent.take()).filter(|point| self.accepts(point))
            {
                self.instance.set_start(&point)?;
            }
        }
        let watch = Watch::new(limits, self.options.log.clone());
        let started = Instant::now();
        let ran = self.instance.run(&watch, self.options.threads);
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
            iterations: u64::try_from(self.instance.integer_info(c"simplex_iteration_count")?).ok(),
            wall_time,
        };
        let outcome = answer::outcome(&self.model, limits, facts);
        self.last_incumbent = outcome.incumbent.as_ref().map(|point| point.values.clone());
        Ok(outcome)
    }

    fn accepts(&self, point: &[f64]) -> bool {
        check_point(&self.model, point).is_feasible(&Tolerances::from(&self.options))
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

    fn set_limits(&mut self, limits: &Limits) -> Result<(), SolverError> {
        let seconds = limits.time.map_or(f64::INFINITY, |time| time.as_secs_f64());
        let nodes = limits.nodes.map_or(i32::MAX, |nodes| i32::try_from(nodes).unwrap_or(i32::MAX));
        self.instance.set_option("time_limit", seconds)?;
        self.instance.set_option("mip_max_nodes", nodes)?;
        self.instance.set_option("objective_bound", limits.cutoff.unwrap_or(f64::INFINITY))?;
        // HiGHS stops strictly below its target.
        self.instance.set_option("objective_target", limits.target.map_or(f64::NEG_INFINITY, f64::next_up))
    }
}

impl Session for HighsSession {
    fn model(&self) -> &Model {
        &self.model
    }

    fn set_bounds(&mut self, column: ColumnId, lower: f64, upper: f64) -> Result<(), SolverError> {
        self.model.set_bounds(column, lower, upper)?;
        self.instance.set_bounds(column, lower, upper)
    }

    fn set_objective(&mut self, offset: f64, terms: &[(ColumnId, f64)]) -> Result<(), SolverError> {
        self.model.set_objective(offset, terms.iter().copied())?;
        require_finite_costs(&self.model)?;
        let costs: Vec<f64> = self.model.columns().iter().map(|column| column.objective).collect();
        self.instance.set_objective(offset, &costs)
    }

    fn add_row(
        &mut self,
        name: &str,
        lower: f64,
        upper: f64,
        terms: &[(ColumnId, f64)],
    ) -> Result<(), SolverError> {
        let id = self.model.add_row(name, lower, upper, terms.iter().copied())?;
        let row = self.model.row(id);
        require_solvable_row(&self.model, &row)?;
        self.instance.add_row(&row)
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
            return Ok(nothing_done(LimitKind::Cancelled));
        }
        if limits.time.is_some_and(|time| time.is_zero()) {
            return Ok(nothing_done(LimitKind::Time));
        }
        if self.model.column_count() == 0 {
            return Ok(without_columns(&self.model, &limits, &self.options));
        }
        self.set_limits(&limits)?;
        self.run(&limits, start)
    }
}

impl BaseLimits {
    fn of(instance: &Instance) -> Result<Self, SolverError> {
        Ok(Self {
            seconds: instance.float_option(c"time_limit")?,
            nodes: instance.integer_option(c"mip_max_nodes")?,
            cutoff: instance.float_option(c"objective_bound")?,
            target: instance.float_option(c"objective_target")?,
        })
    }

    /// The stricter of both for every limit; a cutoff or target that limits nothing is none.
    fn combined_with(&self, limits: &Limits) -> Result<Limits, SolverError> {
        for (name, value) in
            [("cutoff", limits.cutoff), ("target", limits.target), ("bound_stop", limits.bound_stop)]
        {
            if let Some(value) = value.filter(|value| value.is_nan()) {
                return Err(rejected(name, &value));
            }
        }
        let base_time = Duration::try_from_secs_f64(self.seconds).ok();
        let base_nodes = u64::try_from(self.nodes).ok().filter(|_| self.nodes != i32::MAX);
        let cutoff = limits.cutoff.unwrap_or(f64::INFINITY).min(self.cutoff);
        let target = limits.target.unwrap_or(f64::NEG_INFINITY).max(self.target);
        Ok(Limits {
            time: limits.time.into_iter().chain(base_time).min(),
            nodes: limits.nodes.into_iter().chain(base_nodes).min(),
            cutoff: (cutoff < f64::INFINITY).then_some(cutoff),
            target: (target > f64::NEG_INFINITY).then_some(target),
            bound_stop: limits.bound_stop,
            cancellation: limits.cancellation.clone(),
        })
    }
}

fn apply(options: &Options, instance: &mut Instance) -> Result<(), SolverError> {
    if options.threads == 0 {
        return Err(rejected("threads", &options.threads));
    }
    let threads = i32::try_from(options.threads).map_err(|_| rejected("threads", &options.threads))?;
    // HiGHS's seeds have 31 bits.
    let seed = i32::try_from(options.seed & 0x7fff_ffff).expect("31 bits fit");
    // For a MIP, HiGHS judges rows and bounds by the tolerance for integrality too.
    let mip_tolerance = options.integrality_tolerance.min(options.feasibility_tolerance);
    instance.set_option("log_to_console", false)?;
    instance.set_option("output_flag", options.log.is_some())?;
    instance.set_option("threads", threads)?;
    instance.set_option("random_seed", seed)?;
    for (name, value) in [
        ("small_matrix_value", SMALLEST_COEFFICIENT),
        ("primal_feasibility_tolerance", options.feasibility_tolerance),
        ("mip_feasibility_tolerance", mip_tolerance),
        ("mip_abs_gap", options.absolute_gap),
        ("mip_rel_gap", options.relative_gap),
    ] {
        if value.is_nan() {
            return Err(rejected(name, &value));
        }
        instance.set_option(name, value)?;
    }
    options.raw.iter().try_for_each(|(name, value)| instance.set_option_from_text(name, value))
}

fn require_sane_numbers(model: &Model) -> Result<(), SolverError> {
    require_finite_costs(model)?;
    model.rows().try_for_each(|row| require_solvable_row(model, &row))
}

fn require_finite_costs(model: &Model) -> Result<(), SolverError> {
    match model.columns().iter().find(|column| column.objective.abs() >= INFINITE_COST) {
        None => Ok(()),
        Some(column) => Err(unsupported(format!(
            "objective coefficient {:e} of column `{}` (it must be less than {INFINITE_COST:e})",
            column.objective, column.name
        ))),
    }
}

fn require_solvable_row(model: &Model, row: &Row<'_>) -> Result<(), SolverError> {
    match row.columns.iter().zip(row.coefficients).find(|(_, value)| value.abs() >= LARGEST_COEFFICIENT) {
        None => Ok(()),
        Some((column, value)) => Err(unsupported(format!(
            "coefficient {value:e} of column `{}` in row `{}` (it must be less than {LARGEST_COEFFICIENT:e})",
            model.column(*column).name,
            row.name
        ))),
    }
}

fn nothing_done(limit: LimitKind) -> Outcome {
    Outcome {
        verdict: Verdict::Limit(limit),
        incumbent: None,
        dual_bound: None,
        statistics: SolveStatistics::default(),
        raw_status: "not started".to_owned(),
    }
}

/// The answer for a model without columns, of which HiGHS says no more than that it is empty.
fn without_columns(model: &Model, limits: &Limits, options: &Options) -> Outcome {
    let objective = model.offset();
    let feasible = check_point(model, &[]).is_feasible(&Tolerances::from(options));
    let incumbent = feasible.then(|| Point { values: Vec::new(), objective });
    let (verdict, dual_bound) = match (feasible, limits.cutoff) {
        (true, Some(cutoff)) if objective >= cutoff => (Verdict::NoneBetterThanCutoff, Some(objective)),
        (true, _) => (Verdict::Optimal, Some(objective)),
        (false, Some(cutoff)) => (Verdict::NoneBetterThanCutoff, cutoff.is_finite().then_some(cutoff)),
        (false, None) => (Verdict::Infeasible, None),
    };
    Outcome {
        verdict,
        incumbent,
        dual_bound,
        statistics: SolveStatistics::default(),
        raw_status: format!("{:?}", Status::ModelEmpty),
    }
}
