use attacks::empirical::{AttackLoss, Pgd, Start, ThreatModel};
use ndarray::{Array1, Array2, ArrayView2};
use nn_core::{Network, Scalar};

use super::adversarial::inner_attack;
use crate::divergence::{divergence, log_softmax};
use crate::error::check_not_negative;
use crate::objective::count_correct;
use crate::{BatchGradient, BatchLoss, Examples, Moment, Objective, Ramp, TrainingError, cross_entropy};

/// TRADES: the cross-entropy of the unchanged inputs, and how far an attack can move the predicted distribution,
///
/// ```text
/// minimise over theta   mean_i  CE(f(x_i), y_i) + beta max over |x' - x_i| <= epsilon of KL(p(x_i) || p(x'))
/// ```
///
/// with `p` the softmax of the network's outputs; the gradient goes through both of its arguments. Source: Zhang et al.,
/// "Theoretically principled trade-off between robustness and accuracy", 2019. Examples count as right where the attack
/// did not lead to a wrong class.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trades {
    /// What the attack may do when the ramp is at its end.
    pub threat: ThreatModel,
    /// How the radius gets there.
    pub ramp: Ramp,
    /// The weight of the divergence.
    pub beta: f64,
    /// Gradient steps of the attack.
    pub steps: usize,
    /// How far a step goes, in units of the radius.
    pub step_share: f64,
}

impl Objective for Trades {
    fn gradient(
        &self,
        network: &Network<f32>,
        batch: Examples<'_>,
        moment: &Moment,
    ) -> Result<BatchGradient, TrainingError> {
        check_not_negative("beta", self.beta)?;
        let clean = network.trace(batch.inputs);
        let (threat, attack) = inner_attack(&self.threat, &self.ramp, self.steps, self.step_share, moment)?;
        // The divergence has no slope where both inputs are the same.
        let attack = Pgd { start: Start::Near, ..attack };
        let loss = DivergenceLoss { from: log_softmax(clean.output()) };
        let streams = moment.row_streams(batch.len());
        let moved = attack.perturb(network, batch.inputs, &loss, &threat, &streams, moment.seed)?;
        let moved = network.trace(moved.view());

        let mut found = cross_entropy(clean.output(), batch.labels);
        let apart = divergence(loss.from.view(), log_softmax(moved.output()).view());
        let share = f32::from_f64(self.beta / batch.len() as f64);
        found.cotangent.scaled_add(share, &apart.to_first);
        let mut parameters = network.parameter_gradients(&clean, found.cotangent.view());
        let to_moved = apart.to_second.mapv(|slope| share * slope);
        let through_moved = network.parameter_gradients(&moved, to_moved.view());
        parameters.iter_mut().zip(&through_moved).for_each(|(sum, gradient)| *sum += gradient);
        let mean = found.loss + self.beta * apart.values.mapv(f64::from).mean().unwrap_or(0.0);
        Ok(BatchGradient {
            loss: BatchLoss { mean, correct: count_correct(moved.output(), batch.labels) },
            parameters,
        })
    }
}

/// The divergence from fixed distributions, given by their logarithms.
struct DivergenceLoss {
    from: Array2<f32>,
}

impl AttackLoss for DivergenceLoss {
    fn evaluate(&self, logits: ArrayView2<'_, f32>) -> (Array1<f32>, Array2<f32>) {
        let apart = divergence(self.from.view(), log_softmax(logits).view());
        (apart.values, apart.to_second)
    }
}
