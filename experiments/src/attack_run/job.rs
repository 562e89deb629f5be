use std::path::PathBuf;
use std::time::Duration;

use milp_encode::property::{DataRange, Norm};
use serde::{Deserialize, Serialize};

use super::RunSettings;
use crate::bound_methods::BoundMethods;
use crate::search::SearchSettings;
use crate::settings::{
    FormulationName, GoalName, MethodName, NormName, SolverSettings, SplitName, StartName, UntargetedName,
};

/// What all images of a run have in common; a worker gets it first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AttackJob {
    pub(crate) network: PathBuf,
    pub(crate) data: String,
    pub(crate) split: SplitName,
    pub(crate) data_dir: Option<PathBuf>,
    /// Whether the box is cut to the data's range.
    pub(crate) clip: bool,
    pub(crate) goal: GoalName,
    pub(crate) norm: NormName,
    /// Whether rows hold the loss of every iterate of a search.
    pub(crate) loss_trace: bool,
    pub(crate) engine: Engine,
}

/// Who answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Engine {
    /// A solver, with proof.
    Exact(ExactSettings),
    /// Branch and bound of our own, with proof.
    BranchAndBound(BabSettings),
    /// A search that proves nothing.
    Search(SearchSettings),
}

/// How a solver answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ExactSettings {
    pub(crate) untargeted: UntargetedName,
    pub(crate) formulation: FormulationName,
    pub(crate) bounds: BoundMethods,
    /// For the bounds of an image, all methods behind the first together.
    pub(crate) bounds_time_limit: Option<Duration>,
    pub(crate) start: StartName,
    pub(crate) solver: SolverSettings,
}

/// How branch and bound of our own answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct BabSettings {
    pub(crate) bounds: BoundMethods,
    /// As for a solver.
    pub(crate) bounds_time_limit: Option<Duration>,
    /// For each search.
    pub(crate) time_limit: Option<Duration>,
}

/// One image and radius, if there is one, and the classes to aim at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ImageTask {
    pub(crate) image: usize,
    pub(crate) epsilon: Option<f64>,
    /// A class, or any other than the label.
    pub(crate) targets: Vec<Option<usize>>,
}

impl AttackJob {
    /// The range that inputs keep to.
    pub(crate) fn range(&self) -> Option<DataRange> {
        self.clip.then_some(DataRange::UNIT)
    }

    /// For each solve.
    pub(super) fn time_limit(&self) -> Option<Duration> {
        match &self.engine {
            Engine::Exact(exact) => exact.solver.time_limit,
            Engine::BranchAndBound(bab) => bab.time_limit,
            Engine::Search(_) => None,
        }
    }

    /// What rows tell of this job on a network with this checksum.
    pub(crate) fn settings(&self, network_sha256: &str) -> RunSettings {
        let common = RunSettings {
            norm: Norm::from(self.norm).name().into(),
            method: MethodName::Milp,
            solver: None,
            clip: self.clip,
            goal: self.goal,
            untargeted: None,
            formulation: None,
            bounds: None,
            start: None,
            loss: None,
            steps: None,
            restarts: None,
            step_size: None,
            momentum: None,
            begin: None,
            seed: None,
            data: self.data.clone(),
            split: self.split,
            network: network_sha256.into(),
        };
        match &self.engine {
            Engine::Exact(exact) => RunSettings {
                solver: Some(exact.solver.name.clone()),
                untargeted: Some(exact.untargeted),
                formulation: Some(exact.formulation),
                bounds: Some(exact.bounds.clone()),
                start: (exact.start != StartName::None).then_some(exact.start),
                ..common
            },
            Engine::BranchAndBound(bab) => RunSettings {
                method: MethodName::Bab,
                solver: Some("bab".into()),
                bounds: Some(bab.bounds.clone()),
                ..common
            },
            Engine::Search(search) => RunSettings {
                method: search.method.into(),
                loss: search.loss,
                steps: search.steps,
                restarts: search.restarts,
                step_size: search.step_size,
                momentum: search.momentum,
                begin: search.begin,
                seed: Some(search.seed),
                ..common
            },
        }
    }
}
