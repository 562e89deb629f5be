use milp_encode::property::DataRange;
use nn_core::{Network, Scalar};

use super::CleanCrossEntropy;
use crate::error::{check_radius, check_share};
use crate::interval::{ball, bounded_cross_entropy};
use crate::{BatchGradient, Examples, Moment, Objective, Ramp, TrainingError};

/// Interval-bound training: cross-entropy of the worst logits that interval arithmetic cannot rule out in the l-infinity
/// ball, mixed with that of the unchanged input,
///
/// ```text
/// kappa CE(f(x), y) + (1 - kappa) CE(m, y)       m[k] >= f(x')[k] - f(x')[y] for all |x' - x| <= epsilon in the range
/// ```
///
/// so that a network's robustness gets easy to prove. The last fully connected layer is bounded together with the
/// difference of classes. Examples count as right where the bounds prove it. Source: Gowal et al., "On the effectiveness
/// of interval bound propagation for training verifiably robust models", 2018.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IntervalBound {
    /// The radius of the ball when the ramp is at its end.
    pub epsilon: f64,
    /// The weight `kappa` of the unchanged input when the ramp is at its end, in `[0, 1]`; it begins at 1.
    pub clean_share: f64,
    /// How radius and weight get there. Without a ramp training seldom finds anything.
    pub ramp: Ramp,
    /// What the ball is cut to.
    pub range: Option<DataRange>,
}

impl IntervalBound {
    fn check(&self) -> Result<(), TrainingError> {
        check_radius(self.epsilon)?;
        check_share("the share of the clean loss", self.clean_share)?;
        self.ramp.check()
    }
}

impl Objective for IntervalBound {
    fn gradient(
        &self,
        network: &Network<f32>,
        batch: Examples<'_>,
        moment: &Moment,
    ) -> Result<BatchGradient, TrainingError> {
        self.check()?;
        let share = self.ramp.share(moment);
        let kappa = 1.0 + share * (self.clean_share - 1.0);
        let ball = ball(batch.inputs, share * self.epsilon, self.range);
        let mut found = bounded_cross_entropy(network, ball, batch.labels);
        if kappa > 0.0 {
            let clean = CleanCrossEntropy.gradient(network, batch, moment)?;
            found.loss.mean = kappa * clean.loss.mean + (1.0 - kappa) * found.loss.mean;
            for (bounded, clean) in found.parameters.iter_mut().zip(&clean.parameters) {
                *bounded *= f32::from_f64(1.0 - kappa);
                bounded.scaled_add(f32::from_f64(kappa), clean);
            }
        }
        Ok(found)
    }
}
