use milp_encode::property::DataRange;
use nn_core::Network;

use crate::error::{check_not_negative, check_radius};
use crate::interval::{ball, instability};
use crate::{BatchGradient, Examples, Moment, Penalty, Ramp, TrainingError};

/// `weight * sum -tanh(1 + l u)` over all ReLUs, on average over the batch, with the interval bounds `l` and `u` of the
/// neuron in an l-infinity ball around the input: fewer neurons change their sign in the ball, which is what makes exact
/// verification slow. Source: Xiao et al., "Training for faster adversarial robustness verification via inducing ReLU
/// stability", 2019.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReluStability {
    /// The factor of the sum; at least 0.
    pub weight: f64,
    /// The radius of the ball when the ramp is at its end.
    pub epsilon: f64,
    /// How the radius gets there.
    pub ramp: Ramp,
    /// What the ball is cut to.
    pub range: Option<DataRange>,
}

impl Penalty for ReluStability {
    #[allow(clippy::cast_possible_truncation)]
    fn add(
        &self,
        network: &Network<f32>,
        batch: Examples<'_>,
        moment: &Moment,
        found: &mut BatchGradient,
    ) -> Result<(), TrainingError> {
        check_not_negative("the weight of the ReLU stability loss", self.weight)?;
        check_radius(self.epsilon)?;
        self.ramp.check()?;
        let epsilon = self.epsilon * self.ramp.share(moment);
        let (loss, gradients) = instability(network, ball(batch.inputs, epsilon, self.range));
        found.loss.mean += self.weight * loss;
        for (sum, gradient) in found.parameters.iter_mut().zip(&gradients) {
            sum.scaled_add(self.weight as f32, gradient);
        }
        Ok(())
    }
}
