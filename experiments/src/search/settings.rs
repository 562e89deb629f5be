use std::fmt;

use attacks::empirical::{EmpiricalAttack, Fgsm, LossKind, Pgd};
use milp_encode::MarginGoal;
use serde::{Deserialize, Serialize};

use super::names::value_name;
use super::{BeginName, LossName, SearchName};

/// A search and how it goes; what the method does not know is `None`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct SearchSettings {
    pub(crate) method: SearchName,
    pub(crate) loss: Option<LossName>,
    pub(crate) steps: Option<usize>,
    pub(crate) restarts: Option<usize>,
    /// In the norm; where `None`, it follows from the radius.
    pub(crate) step_size: Option<f64>,
    pub(crate) momentum: Option<f64>,
    pub(crate) begin: Option<BeginName>,
    pub(crate) seed: u64,
}

impl SearchSettings {
    /// These settings with the method's own where it knows one and none is given.
    pub(crate) fn completed(self) -> Self {
        let usual = Pgd::default();
        match self.method {
            SearchName::Fgsm => Self { loss: self.loss.or(Some(Fgsm::default().loss.into())), ..self },
            SearchName::Pgd => Self {
                loss: self.loss.or(Some(usual.loss.into())),
                steps: self.steps.or(Some(usual.steps)),
                restarts: self.restarts.or(Some(usual.restarts)),
                momentum: self.momentum.or(Some(usual.momentum)),
                begin: self.begin.or(Some(usual.start.into())),
                ..self
            },
        }
    }

    /// The search with these settings.
    pub(crate) fn attack(&self, goal: MarginGoal) -> Box<dyn EmpiricalAttack> {
        let usual = Pgd::default();
        let loss = self.loss.map_or(usual.loss, LossKind::from);
        match self.method {
            SearchName::Fgsm => Box::new(Fgsm { loss }),
            SearchName::Pgd => Box::new(Pgd {
                steps: self.steps.unwrap_or(usual.steps),
                step_size: self.step_size,
                restarts: self.restarts.unwrap_or(usual.restarts),
                momentum: self.momentum.unwrap_or(usual.momentum),
                loss,
                start: self.begin.map_or(usual.start, BeginName::into),
                goal,
            }),
        }
    }
}

/// As an evaluation names it: `pgd (ce, 40 steps)`.
impl fmt::Display for SearchSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loss = self.loss.map(value_name);
        let steps = self.steps.map(|steps| format!("{steps} steps"));
        let restarts =
            self.restarts.filter(|restarts| *restarts > 1).map(|restarts| format!("{restarts} restarts"));
        let details: Vec<String> = [loss, steps, restarts].into_iter().flatten().collect();
        write!(f, "{} ({})", value_name(self.method), details.join(", "))
    }
}
