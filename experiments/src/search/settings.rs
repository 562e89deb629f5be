use std::fmt;

use attacks::empirical::{Apgd, DeepFool, EmpiricalAttack, Fgsm, LossKind, Pgd, Square};
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
    /// These settings with the method's own where none is given, and without those that it does not know.
    pub(crate) fn completed(self) -> Self {
        let Self { method, seed, .. } = self;
        let (loss, steps) = (None, None);
        let bare =
            Self { method, loss, steps, restarts: None, step_size: None, momentum: None, begin: None, seed };
        match method {
            SearchName::Fgsm => {
                let Fgsm { loss } = Fgsm::default();
                Self { loss: self.loss.or(Some(loss.into())), ..bare }
            }
            SearchName::Pgd => {
                let Pgd { steps, restarts, momentum, loss, start, .. } = Pgd::default();
                Self {
                    loss: self.loss.or(Some(loss.into())),
                    steps: self.steps.or(Some(steps)),
                    restarts: self.restarts.or(Some(restarts)),
                    step_size: self.step_size,
                    momentum: self.momentum.or(Some(momentum)),
                    begin: self.begin.or(Some(start.into())),
                    ..bare
                }
            }
            SearchName::Apgd => {
                let Apgd { steps, restarts, loss, start, .. } = Apgd::default();
                Self {
                    loss: self.loss.or(Some(loss.into())),
                    steps: self.steps.or(Some(steps)),
                    restarts: self.restarts.or(Some(restarts)),
                    begin: self.begin.or(Some(start.into())),
                    ..bare
                }
            }
            SearchName::Deepfool => Self { steps: self.steps.or(Some(DeepFool::default().steps)), ..bare },
            SearchName::Square => {
                let Square { queries, restarts, .. } = Square::default();
                Self {
                    steps: self.steps.or(Some(queries)),
                    restarts: self.restarts.or(Some(restarts)),
                    ..bare
                }
            }
        }
    }

    /// The search with these settings; `goal` matters to those that look for small margins.
    pub(crate) fn attack(&self, goal: MarginGoal) -> Box<dyn EmpiricalAttack> {
        match self.method {
            SearchName::Fgsm => Box::new(Fgsm { loss: self.loss(Fgsm::default().loss) }),
            SearchName::Pgd => {
                let usual = Pgd::default();
                Box::new(Pgd {
                    steps: self.steps.unwrap_or(usual.steps),
                    step_size: self.step_size,
                    restarts: self.restarts.unwrap_or(usual.restarts),
                    momentum: self.momentum.unwrap_or(usual.momentum),
                    loss: self.loss(usual.loss),
                    start: self.begin.map_or(usual.start, BeginName::into),
                    goal,
                })
            }
            SearchName::Apgd => {
                let usual = Apgd::default();
                Box::new(Apgd {
                    steps: self.steps.unwrap_or(usual.steps),
                    restarts: self.restarts.unwrap_or(usual.restarts),
                    loss: self.loss(usual.loss),
                    start: self.begin.map_or(usual.start, BeginName::into),
                    goal,
                })
            }
            SearchName::Deepfool => {
                let usual = DeepFool::default();
                Box::new(DeepFool { steps: self.steps.unwrap_or(usual.steps), ..usual })
            }
            SearchName::Square => {
                let usual = Square::default();
                Box::new(Square {
                    queries: self.steps.unwrap_or(usual.queries),
                    restarts: self.restarts.unwrap_or(usual.restarts),
                    goal,
                    ..usual
                })
            }
        }
    }

    fn loss(&self, usual: LossKind) -> LossKind {
        self.loss.map_or(usual, LossKind::from)
    }
}

/// As an evaluation names it: `pgd (ce, 40 steps)`.
impl fmt::Display for SearchSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loss = self.loss.map(value_name);
        let unit = if self.method == SearchName::Square { "queries" } else { "steps" };
        let steps = self.steps.map(|steps| format!("{steps} {unit}"));
        let restarts =
            self.restarts.filter(|restarts| *restarts > 1).map(|restarts| format!("{restarts} restarts"));
        let details: Vec<String> = [loss, steps, restarts].into_iter().flatten().collect();
        write!(f, "{} ({})", value_name(self.method), details.join(", "))
    }
}
