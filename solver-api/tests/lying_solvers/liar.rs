//! The honest solver with one lie.

use solver_api::{
    Capabilities, Capability, ColumnId, Limits, Model, ModelError, Options, Outcome, Point, Session,
    SolveStatistics, Solver, SolverError, Verdict,
};

use crate::honest::Honest;

/// One way to be wrong; the rest is honest.
#[derive(Clone, Copy)]
pub(crate) struct Lie {
    pub(crate) name: &'static str,
    /// The model that is solved in place of the real one.
    pub(crate) model: fn(&Model) -> Model,
    /// The options that are used in place of the real ones.
    pub(crate) options: fn(&Options) -> Options,
    /// The limits that are used in place of the real ones.
    pub(crate) limits: fn(&Limits) -> Limits,
    /// What is told.
    pub(crate) outcome: fn(&Model, &Limits, Outcome) -> Outcome,
    pub(crate) ignores: Option<Call>,
    /// What is not claimed, and taken all the same.
    pub(crate) denies: Option<Capability>,
}

/// A call of a session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    SetBounds,
    SetObjective,
    AddRow,
    /// The limits of the second solve: those of the first stay.
    NewLimits,
    /// The check of a start: it is told as the optimum.
    CheckStart,
}

pub(crate) const HONEST: Lie = Lie {
    name: "nothing",
    model: Clone::clone,
    options: Clone::clone,
    limits: Clone::clone,
    outcome: |_, _, outcome| outcome,
    ignores: None,
    denies: None,
};

struct LyingSession {
    lie: Lie,
    options: Options,
    model: Model,
    /// The model as the solver knows it.
    told: Model,
    start: Option<Vec<f64>>,
    first_limits: Option<Limits>,
}

impl Solver for Lie {
    fn name(&self) -> &str {
        "liar"
    }

    fn version(&self) -> Result<String, SolverError> {
        Honest.version()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new(Honest.capabilities().iter().filter(|capability| Some(*capability) != self.denies))
    }

    fn open(&self, model: &Model, options: &Options) -> Result<Box<dyn Session>, SolverError> {
        let options = (self.options)(options);
        Honest.open(model, &options)?;
        Ok(Box::new(LyingSession {
            lie: *self,
            options,
            model: model.clone(),
            told: model.clone(),
            start: None,
            first_limits: None,
        }))
    }
}

impl LyingSession {
    fn change(
        &mut self,
        call: Call,
        change: impl Fn(&mut Model) -> Result<(), ModelError>,
    ) -> Result<(), SolverError> {
        change(&mut self.model)?;
        if self.lie.ignores != Some(call) {
            change(&mut self.told)?;
        }
        Ok(())
    }
}

impl Session for LyingSession {
    fn model(&self) -> &Model {
        &self.model
    }

    fn set_bounds(&mut self, column: ColumnId, lower: f64, upper: f64) -> Result<(), SolverError> {
        self.change(Call::SetBounds, |model| model.set_bounds(column, lower, upper))
    }

    fn set_objective(&mut self, offset: f64, terms: &[(ColumnId, f64)]) -> Result<(), SolverError> {
        self.change(Call::SetObjective, |model| model.set_objective(offset, terms.iter().copied()))
    }

    fn add_row(
        &mut self,
        name: &str,
        lower: f64,
        upper: f64,
        terms: &[(ColumnId, f64)],
    ) -> Result<(), SolverError> {
        self.change(Call::AddRow, |model| {
            model.add_row(name, lower, upper, terms.iter().copied()).map(|_| ())
        })
    }

    fn set_start(&mut self, point: &[f64]) -> Result<(), SolverError> {
        Honest.open(&self.model, &self.options)?.set_start(point)?;
        self.start = Some(point.to_vec());
        Ok(())
    }

    fn solve(&mut self, limits: &Limits) -> Result<Outcome, SolverError> {
        let mut used = (self.lie.limits)(limits);
        if self.lie.ignores == Some(Call::NewLimits) {
            used = self.first_limits.get_or_insert(used).clone();
        }
        let mut session = Honest.open(&(self.lie.model)(&self.told), &self.options)?;
        if let Some(start) = self.start.take() {
            if self.lie.ignores == Some(Call::CheckStart) {
                let objective = self.model.objective_value(&start);
                let incumbent = Some(Point { values: start, objective });
                let (verdict, dual_bound) = (Verdict::Optimal, Some(objective));
                let (row_duals, raw_status) = (None, "optimal".to_owned());
                let statistics = SolveStatistics::default();
                return Ok(Outcome { verdict, incumbent, dual_bound, row_duals, statistics, raw_status });
            }
            session.set_start(&start)?;
        }
        let outcome = session.solve(&used)?;
        Ok((self.lie.outcome)(&self.model, limits, outcome))
    }
}
