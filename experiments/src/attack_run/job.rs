use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::bound_methods::BoundMethods;
use crate::settings::{
    FormulationName, GoalName, MethodName, NormName, SolverSettings, SplitName, UntargetedName,
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
    pub(crate) method: MethodName,
    pub(crate) goal: GoalName,
    pub(crate) norm: NormName,
    pub(crate) untargeted: UntargetedName,
    pub(crate) formulation: FormulationName,
    pub(crate) bounds: BoundMethods,
    /// For the bounds of an image, all methods behind the first together.
    pub(crate) bounds_time_limit: Option<Duration>,
    pub(crate) solver: SolverSettings,
}

/// One image and radius, if there is one, and the classes to aim at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ImageTask {
    pub(crate) image: usize,
    pub(crate) epsilon: Option<f64>,
    /// A class, or any other than the label.
    pub(crate) targets: Vec<Option<usize>>,
}
