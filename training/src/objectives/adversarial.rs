use attacks::Target;
use attacks::empirical::{CrossEntropyLoss, Pgd, Start, ThreatModel};
use ndarray::Array2;
use nn_core::Network;

use super::CleanCrossEntropy;
use crate::{BatchGradient, BatchLoss, Examples, Moment, Objective, Ramp, TrainingError};

/// Adversarial training: the cross-entropy at inputs that an attack finds inside the ball,
///
/// ```text
/// minimise over theta   mean_i  max over |x' - x_i| <= epsilon of  CE(f(x'), y_i)
/// ```
///
/// with some steps of projected gradient ascent from a random start for the inner maximum. Source: Madry et al., "Towards
/// deep learning models resistant to adversarial attacks", 2018; with a single step, Wong, Rice and Kolter, "Fast is better
/// than free", 2020. Examples count as right where the attack did not change the class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adversarial {
    /// What the attack may do when the ramp is at its end.
    pub threat: ThreatModel,
    /// How the radius gets there.
    pub ramp: Ramp,
    /// Gradient steps of the attack.
    pub steps: usize,
    /// How far a step goes, in units of the radius.
    pub step_share: f64,
}

impl Adversarial {
    /// One step of 1.25 radii from a random start.
    pub fn fgsm(threat: ThreatModel, ramp: Ramp) -> Self {
        Self { threat, ramp, steps: 1, step_share: 1.25 }
    }

    /// So many steps, together 2.5 radii long.
    pub fn pgd(threat: ThreatModel, ramp: Ramp, steps: usize) -> Self {
        Self { threat, ramp, steps, step_share: 2.5 / steps.max(1) as f64 }
    }

    fn perturb(
        &self,
        network: &Network<f32>,
        batch: Examples<'_>,
        moment: &Moment,
    ) -> Result<Array2<f32>, TrainingError> {
        let targets = vec![Target::Any; batch.len()];
        let loss = CrossEntropyLoss { labels: batch.labels, targets: &targets };
        let (threat, attack) = inner_attack(&self.threat, &self.ramp, self.steps, self.step_share, moment)?;
        let attack = Pgd { start: Start::Random, ..attack };
        let streams = moment.row_streams(batch.len());
        Ok(attack.perturb(network, batch.inputs, &loss, &threat, &streams, moment.seed)?)
    }
}

/// The threat at a moment, and the attack whose steps fit it.
pub(super) fn inner_attack(
    threat: &ThreatModel,
    ramp: &Ramp,
    steps: usize,
    step_share: f64,
    moment: &Moment,
) -> Result<(ThreatModel, Pgd), TrainingError> {
    ramp.check()?;
    let epsilon = threat.epsilon * ramp.share(moment);
    let attack = Pgd { steps, step_size: Some(step_share * epsilon), ..Pgd::default() };
    Ok((ThreatModel { epsilon, ..*threat }, attack))
}

impl Objective for Adversarial {
    fn gradient(
        &self,
        network: &Network<f32>,
        batch: Examples<'_>,
        moment: &Moment,
    ) -> Result<BatchGradient, TrainingError> {
        let inputs = self.perturb(network, batch, moment)?;
        CleanCrossEntropy.gradient(network, Examples { inputs: inputs.view(), ..batch }, moment)
    }

    fn loss(
        &self,
        network: &Network<f32>,
        batch: Examples<'_>,
        moment: &Moment,
    ) -> Result<BatchLoss, TrainingError> {
        let inputs = self.perturb(network, batch, moment)?;
        CleanCrossEntropy.loss(network, Examples { inputs: inputs.view(), ..batch }, moment)
    }
}
