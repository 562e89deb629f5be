//! The engines by the names of the command line.

use clap::ValueEnum;
use milp_encode::bounds::BoundChain;
use milp_encode::{AGREEMENT_TOLERANCE, Alternatives, Formulation, MilpOracle};
use solver_api::Options;
use verify::{BranchAndBound, Engine, InputSplit, MarginEngine, ReluSplit};

use super::late_solver::LateSolver;
use crate::settings::StartName;

/// The name in results of the engine behind which a solver stands.
pub(super) const MILP: &str = "milp";

/// Who may decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "kebab-case")]
pub(crate) enum EngineName {
    /// All engines, chosen for each input set by evidence
    Auto,
    /// All engines of our own, without any solver
    Bab,
    /// Splits of the input box, for networks of few inputs
    InputSplit,
    /// Splits on the signs of neurons, for networks of any size
    ReluSplit,
    /// Branch and bound on linear programs, for networks with some hundred open neurons
    LpBab,
    /// A mixed-integer program for any solver
    Milp,
}

impl std::fmt::Display for EngineName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.to_possible_value().expect("no name is skipped").get_name())
    }
}

impl EngineName {
    /// The engines that it stands for; `solver` is for those that need one.
    pub(super) fn engines<'s>(
        self,
        solver: Option<&'s LateSolver>,
        options: &Options,
    ) -> Vec<Box<dyn Engine + 's>> {
        let has = |name| matches!(self, EngineName::Auto) || self == name;
        let own = |name| has(name) || self == EngineName::Bab;
        let mut engines: Vec<Box<dyn Engine + 's>> = Vec::new();
        if own(EngineName::InputSplit) {
            engines.push(Box::new(InputSplit::default()));
        }
        if own(EngineName::ReluSplit) {
            engines.push(Box::new(ReluSplit::default()));
        }
        if own(EngineName::LpBab) {
            let oracle = BranchAndBound::default();
            engines.push(Box::new(MarginEngine { oracle, name: "lp-bab", positive_above: 0.0 }));
        }
        if let Some(solver) = solver
            && has(EngineName::Milp)
        {
            let oracle = MilpOracle {
                solver,
                options: options.clone(),
                bounds: BoundChain::crown(),
                formulation: Formulation::BigM,
                alternatives: Alternatives::InTurn,
                start: StartName::None.into(),
            };
            let positive_above = AGREEMENT_TOLERANCE;
            engines.push(Box::new(MarginEngine { oracle, name: MILP, positive_above }));
        }
        engines
    }
}
