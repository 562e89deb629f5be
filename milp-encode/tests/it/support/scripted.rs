//! A solver that says what it is told to say.

use std::sync::{Arc, Mutex};

use solver_api::{
    Capabilities, Capability, ColumnId, LimitKind, Limits, Model, Options, Outcome, Point, Session,
    SolveStatistics, Solver, SolverError, Verdict,
};

pub(crate) struct Scripted<F> {
    pub(crate) capabilities: Vec<Capability>,
    pub(crate) answer: F,
    /// The starts that its sessions were given.
    pub(crate) starts: Arc<Mutex<Vec<Vec<f64>>>>,
}

/// A solver with all stops, and one answer.
pub(crate) fn scripted<F>(answer: F) -> Scripted<F>
where
    F: Fn(&Model, &Limits) -> Outcome,
{
    let capabilities = vec![Capability::Target, Capability::BoundStop];
    Scripted { capabilities, answer, starts: Arc::default() }
}

/// An outcome with or without a point and a bound.
pub(crate) fn outcome(verdict: Verdict, point: Option<Vec<f64>>, dual_bound: Option<f64>) -> Outcome {
    Outcome {
        verdict,
        incumbent: point.map(|values| Point { values, objective: f64::NAN }),
        dual_bound,
        row_duals: None,
        statistics: SolveStatistics::default(),
        raw_status: "scripted".into(),
    }
}

pub(crate) fn nothing() -> Outcome {
    outcome(Verdict::Limit(LimitKind::Time), None, None)
}

impl<F> Solver for Scripted<F>
where
    F: Fn(&Model, &Limits) -> Outcome + Clone + Send + Sync + 'static,
{
    fn name(&self) -> &str {
        "scripted"
    }

    fn version(&self) -> Result<String, SolverError> {
        Ok("1".into())
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new(self.capabilities.iter().copied())
    }

    fn open(&self, model: &Model, _: &Options) -> Result<Box<dyn Session>, SolverError> {
        Ok(Box::new(ScriptedSession {
            model: model.clone(),
            answer: self.answer.clone(),
            starts: self.starts.clone(),
        }))
    }
}

struct ScriptedSession<F> {
    model: Model,
    answer: F,
    starts: Arc<Mutex<Vec<Vec<f64>>>>,
}

impl<F: Fn(&Model, &Limits) -> Outcome> Session for ScriptedSession<F> {
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

    fn set_start(&mut self, start: &[f64]) -> Result<(), SolverError> {
        self.starts.lock().expect("no test panicked with it").push(start.to_vec());
        Ok(())
    }

    fn solve(&mut self, limits: &Limits) -> Result<Outcome, SolverError> {
        Ok((self.answer)(&self.model, limits))
    }
}
