use milp_encode::{MarginGoal, Replayer};
use solver_api::Budget;

use super::pgd::{Pgd, Start};
use super::{AttackBatch, EmpiricalAnswer, EmpiricalAttack, LossKind, ThreatModel};
use crate::AttackError;

/// The fast gradient sign method: one step from the input to where the linear approximation of the loss is greatest.
///
/// In l-infinity that is the corner `x + epsilon sign(gradient)`, cut to the range; in l2 the step along the gradient, and
/// in l1 the elements with the greatest slopes at the ends of the range. Source: Goodfellow, Shlens and Szegedy, "Explaining
/// and harnessing adversarial examples", 2015.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fgsm {
    /// What is ascended.
    pub loss: LossKind,
}

impl EmpiricalAttack for Fgsm {
    fn name(&self) -> &'static str {
        "fgsm"
    }

    fn run(
        &self,
        networks: &Replayer<'_>,
        batch: &AttackBatch<'_>,
        threat: &ThreatModel,
        seed: u64,
        budget: &Budget,
    ) -> Result<Vec<EmpiricalAnswer>, AttackError> {
        let one_step = Pgd {
            steps: 1,
            step_size: Some(threat.epsilon),
            restarts: 1,
            momentum: 0.0,
            loss: self.loss,
            start: Start::Clean,
            goal: MarginGoal::Minimum,
        };
        one_step.run(networks, batch, threat, seed, budget)
    }
}
