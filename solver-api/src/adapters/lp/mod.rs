//! Solvers that are programs: a model file in, a solution file out.

mod answer;
mod cbc;
mod cplex;
mod engine;
mod glpsol;
#[cfg(test)]
mod golden_tests;
mod gurobi;
mod highs;
mod process;
mod program;
mod scip;

use std::fmt;
use std::path::PathBuf;

use engine::CommandLineEngine;
use program::Program;

use super::fresh::FreshSession;
use crate::{Capabilities, Model, Options, Session, Solver, SolverError};

/// A solver that is called as a program, through model and solution files in a private temporary folder; Unix only.
///
/// What its answers mean, beyond [`crate::Outcome`]:
/// - The program is the one that the PATH leads to, or the one given to [`CommandLine::at`]. It gets an MPS file of
///   ours (cbc: LP) with every bit of every number, and is started anew for each solve.
/// - What it prints is trusted no further than the point checker goes: the objective is computed from the model, whole
///   numbers within their tolerance are made whole, and a point that still violates the model makes "optimal"
///   [`crate::Verdict::Numerical`]. A solution file that is missing, cut off or not understood is an error, never a
///   verdict.
/// - "Optimal" proves the objective less the gaps asked for, or the bound that the program prints if that is higher.
/// - Every program is told the time limit and, a second later, ended with whatever it started, as on a cancellation and
///   when the session's caller panics. Then nothing of its search is known. `glpsol` counts whole seconds, so that its
///   limit is rounded up.
/// - cbc prints eight digits of a value, the others fifteen or all: what that rounds away may be too much for a row.
/// - Coefficients of 1e15 and more and finite bounds of 1e20 and more (1e15 for integer columns) are refused.
/// - A cutoff of an LP is held against its optimum. "Infeasible or unbounded" is called infeasible where the columns'
///   bounds keep the objective from falling without limit.
/// - Raw options are the program's own: `("name", "value")` becomes `-name value` for cbc and `--name value` for glpsol
///   (an empty value is left out), a line of the options file for highs, of the settings file for scip, `name=value` for
///   gurobi_cl and the command `set name value` for cplex. [`Solver::open`] tries each once, and the one that the
///   program refuses is an error.
/// - cbc, highs and scip get the preset of the solver that can be linked in, and what keeps that one right: highs solves
///   MIPs without presolve, cbc without preprocessing and probing cuts. For the others both presets are their defaults.
/// - None takes indicators or special ordered sets: cbc 2.10.8 reads sets and then ends itself by assertions over some of
///   them, glpsol's and highs's files have neither, and the others' were never tried.
/// - What a program's command line cannot express or its output does not report is not among its capabilities.
///   gurobi_cl and cplex were written from their documentation and never ran here.
#[derive(Clone)]
pub struct CommandLine {
    program: &'static Program,
    path: PathBuf,
}

impl CommandLine {
    /// CBC, `lp:cbc`.
    pub fn cbc() -> Self {
        Self::of(&cbc::CBC)
    }

    /// GLPK, `lp:glpsol`.
    pub fn glpsol() -> Self {
        Self::of(&glpsol::GLPSOL)
    }

    /// HiGHS, `lp:highs`.
    pub fn highs() -> Self {
        Self::of(&highs::HIGHS)
    }

    /// SCIP, `lp:scip`.
    pub fn scip() -> Self {
        Self::of(&scip::SCIP)
    }

    /// Gurobi, `lp:gurobi_cl`.
    pub fn gurobi_cl() -> Self {
        Self::of(&gurobi::GUROBI)
    }

    /// CPLEX, `lp:cplex`.
    pub fn cplex() -> Self {
        Self::of(&cplex::CPLEX)
    }

    /// The same kind of program at another place; a path without a slash is looked for in the PATH.
    #[must_use]
    pub fn at(self, path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), ..self }
    }

    fn of(program: &'static Program) -> Self {
        Self { program, path: program.executable.into() }
    }

    fn engine(&self) -> CommandLineEngine {
        CommandLineEngine { program: self.program, path: self.path.clone() }
    }
}

impl fmt::Debug for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandLine").field("name", &self.program.name).field("path", &self.path).finish()
    }
}

impl Solver for CommandLine {
    fn name(&self) -> &str {
        self.program.name
    }

    fn version(&self) -> Result<String, SolverError> {
        self.engine().version()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new(self.program.capabilities.iter().copied())
    }

    fn open(&self, model: &Model, options: &Options) -> Result<Box<dyn Session>, SolverError> {
        let session = FreshSession::open(self.engine(), model, options)?;
        let engine = self.engine();
        engine.require_installed()?;
        engine.require_known_options(options)?;
        Ok(Box::new(session))
    }
}
