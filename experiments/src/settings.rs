//! Choices as the command line, the workers' jobs and the result rows name them.

use std::str::FromStr;
use std::time::Duration;

use clap::ValueEnum;
use milp_encode::property::Norm;
use milp_encode::{Alternatives, Formulation, MarginGoal, SolverStart, UnknownFormulation};
use serde::{Deserialize, Serialize};
use solver_api::{solver_by_name, solver_names};

use crate::data::Split;

/// The part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SplitName {
    Train,
    Test,
}

/// How an adversarial example is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum MethodName {
    /// Exactly, as a mixed-integer program
    Milp,
    /// Exactly, by branch and bound of our own on linear programs; needs no solver
    Bab,
    /// One step along the gradient
    Fgsm,
    /// Projected gradient descent from random starts
    Pgd,
    /// Projected gradient descent that halves its own steps
    Apgd,
    /// The nearest example that linear approximations lead to
    Deepfool,
    /// Random squares, without gradients
    Square,
}

/// The point that a solver starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StartName {
    /// None
    None,
    /// The best point of the short descents that come before every solve
    Descent,
    /// The same, after projected gradient descent
    Pgd,
}

/// When a search may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum GoalName {
    /// With the least margin, proven
    Minimum,
    /// As soon as it is known whether an adversarial example exists
    Sign,
    /// With the least distortion, proven; asked for by --minimal
    #[value(skip)]
    Distortion,
}

/// How distortion is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NormName {
    /// The greatest change of any pixel
    Linf,
    /// The Euclidean length of the change
    L2,
    /// The sum of the changes of all pixels
    L1,
}

/// How the least of all margins is searched for where no target is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum UntargetedName {
    /// One model a class that the bounds leave open, the most promising first
    Loop,
    /// One model that chooses among those classes
    OneModel,
}

/// How ReLUs become rows, by the formulation's own name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct FormulationName(pub(crate) Formulation);

/// What a solver's own options start from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PresetName {
    /// Options that were measured to suit models of ReLU networks
    #[default]
    Relu,
    /// The solver's defaults, but for what keeps its answers right
    Solver,
}

/// A solver and how it works.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SolverSettings {
    pub(crate) name: String,
    pub(crate) threads: u32,
    pub(crate) seed: u32,
    /// For each solve.
    pub(crate) time_limit: Option<Duration>,
    pub(crate) preset: PresetName,
    /// Options by the solver's own names.
    pub(crate) options: Vec<(String, String)>,
}

/// The name of the fastest solver that works here: SCIP where its library is found (docs/benchmarks.md).
pub(crate) fn fastest_solver() -> &'static str {
    let works = |name: &&str| solver_by_name(name).is_ok_and(|solver| solver.version().is_ok());
    let names = solver_names();
    let fastest_first = names.iter().find(|name| **name == "scip").into_iter().chain(&names);
    fastest_first.copied().find(works).unwrap_or("highs")
}

impl SolverSettings {
    /// The options that a solver session is opened with.
    pub(crate) fn to_options(&self) -> solver_api::Options {
        solver_api::Options {
            threads: self.threads,
            seed: self.seed,
            preset: self.preset.into(),
            raw: self.options.clone(),
            ..solver_api::Options::default()
        }
    }
}

impl From<SplitName> for Split {
    fn from(split: SplitName) -> Self {
        match split {
            SplitName::Train => Split::Train,
            SplitName::Test => Split::Test,
        }
    }
}

impl GoalName {
    /// When a search for a margin may end; `None` where distortion is minimised.
    pub(crate) fn margin_goal(self) -> Option<MarginGoal> {
        match self {
            GoalName::Minimum => Some(MarginGoal::Minimum),
            GoalName::Sign => Some(MarginGoal::Sign),
            GoalName::Distortion => None,
        }
    }
}

impl From<NormName> for Norm {
    fn from(norm: NormName) -> Self {
        match norm {
            NormName::Linf => Norm::LInf,
            NormName::L2 => Norm::L2,
            NormName::L1 => Norm::L1,
        }
    }
}

impl StartName {
    /// What was measured to suit a solver: HiGHS gains a third by a start, SCIP loses a twentieth (docs/benchmarks.md).
    pub(crate) fn suiting(solver: &str) -> Self {
        if solver == "highs" { Self::Descent } else { Self::None }
    }
}

impl From<StartName> for SolverStart {
    fn from(start: StartName) -> Self {
        match start {
            StartName::None => SolverStart::None,
            StartName::Descent | StartName::Pgd => SolverStart::BestKnown,
        }
    }
}

impl From<UntargetedName> for Alternatives {
    fn from(untargeted: UntargetedName) -> Self {
        match untargeted {
            UntargetedName::Loop => Alternatives::InTurn,
            UntargetedName::OneModel => Alternatives::OneModel,
        }
    }
}

impl From<PresetName> for solver_api::Preset {
    fn from(preset: PresetName) -> Self {
        match preset {
            PresetName::Relu => solver_api::Preset::ReluModels,
            PresetName::Solver => solver_api::Preset::SolverDefaults,
        }
    }
}

impl From<FormulationName> for Formulation {
    fn from(formulation: FormulationName) -> Self {
        formulation.0
    }
}

impl From<FormulationName> for String {
    fn from(formulation: FormulationName) -> Self {
        formulation.0.to_string()
    }
}

impl TryFrom<String> for FormulationName {
    type Error = UnknownFormulation;

    fn try_from(name: String) -> Result<Self, UnknownFormulation> {
        name.parse()
    }
}

impl FromStr for FormulationName {
    type Err = UnknownFormulation;

    fn from_str(name: &str) -> Result<Self, UnknownFormulation> {
        name.parse().map(Self)
    }
}
