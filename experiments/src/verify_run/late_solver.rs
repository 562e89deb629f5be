//! A solver that is looked for when it is first needed.

use std::sync::OnceLock;

use anyhow::{Context, ensure};
use solver_api::{Capabilities, Model, Options, Session, Solver, SolverError, solver_by_name, solver_names};

use super::{EngineName, VerifySettings};
use crate::settings::fastest_solver;

/// A solver by its name, or the fastest that works here: to find that out takes time that most questions do not need.
pub(super) struct LateSolver {
    solver: OnceLock<Box<dyn Solver>>,
}

impl LateSolver {
    /// The solver that may be asked, if there is one.
    ///
    /// # Errors
    /// Where the name is none, or the engine needs a solver and the build has none.
    pub(super) fn find(settings: &VerifySettings) -> anyhow::Result<Option<Self>> {
        let solver = OnceLock::new();
        let has_any = !solver_names().is_empty();
        match (&settings.solver, settings.engine) {
            (_, engine) if !matches!(engine, EngineName::Auto | EngineName::Milp) => return Ok(None),
            (Some(name), _) => {
                let _ = solver.set(solver_by_name(name).context("--solver")?);
            }
            (None, EngineName::Milp) => {
                ensure!(
                    has_any,
                    "this build has no solver; build with `--features highs`, or choose --engine bab"
                );
            }
            (None, _) if !has_any => return Ok(None),
            (None, _) => {}
        }
        Ok(Some(Self { solver }))
    }

    fn get(&self) -> &dyn Solver {
        let fastest = || solver_by_name(fastest_solver()).or_else(|_| solver_by_name(solver_names()[0]));
        self.solver.get_or_init(|| fastest().expect("the build has a solver")).as_ref()
    }
}

impl Solver for LateSolver {
    fn name(&self) -> &str {
        self.get().name()
    }

    fn version(&self) -> Result<String, SolverError> {
        self.get().version()
    }

    fn capabilities(&self) -> Capabilities {
        self.get().capabilities()
    }

    fn open(&self, model: &Model, options: &Options) -> Result<Box<dyn Session>, SolverError> {
        self.get().open(model, options)
    }
}
