use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bound_methods::BoundMethods;
use crate::search::{BeginName, LossName};
use crate::settings::{FormulationName, GoalName, MethodName, SplitName, StartName, UntargetedName};

/// What all rows of a run have in common, beside their data: the ways of attacking that a folder must not mix.
///
/// What the method does not know is null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RunSettings {
    pub(crate) norm: String,
    pub(crate) method: MethodName,
    pub(crate) solver: Option<String>,
    pub(crate) clip: bool,
    pub(crate) goal: GoalName,
    pub(crate) untargeted: Option<UntargetedName>,
    pub(crate) formulation: Option<FormulationName>,
    pub(crate) bounds: Option<BoundMethods>,
    /// Null, too, where the solver gets no start.
    pub(crate) start: Option<StartName>,
    pub(crate) loss: Option<LossName>,
    pub(crate) steps: Option<usize>,
    pub(crate) restarts: Option<usize>,
    /// Null, too, where it follows from the radius.
    pub(crate) step_size: Option<f64>,
    pub(crate) momentum: Option<f64>,
    pub(crate) begin: Option<BeginName>,
    /// Of a search; solvers have theirs.
    pub(crate) seed: Option<u64>,
    pub(crate) data: String,
    pub(crate) split: SplitName,
    /// SHA-256 of the network's file.
    pub(crate) network: String,
}

impl RunSettings {
    /// What differs in another run, as its command line calls it.
    pub(super) fn difference(&self, other: &RunSettings) -> Option<String> {
        if self == other {
            return None;
        }
        let (Ok(Value::Object(ours)), Ok(Value::Object(theirs))) =
            (serde_json::to_value(self), serde_json::to_value(other))
        else {
            return Some("a setting".into());
        };
        let differs = |key: &&str| ours.get(*key) != theirs.get(*key);
        // What decides over others comes first.
        let keys = ["network", "data", "split", "method"].into_iter().chain(ours.keys().map(String::as_str));
        Some(match keys.into_iter().find(differs)? {
            "network" => "the network".into(),
            "clip" => "--no-clip".into(),
            "goal" => "--goal or --minimal".into(),
            flag => format!("--{}", flag.replace('_', "-")),
        })
    }
}
