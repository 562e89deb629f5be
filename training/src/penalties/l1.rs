use ndarray::Zip;
use nn_core::{Network, ParameterRole};

use crate::error::check_not_negative;
use crate::{BatchGradient, Examples, Moment, Penalty, TrainingError};

/// `weight * sum |w|` over all weights (not biases): many of them become small, so that neurons depend on few inputs and
/// bounds get tight. Source: Xiao et al., "Training for faster adversarial robustness verification via inducing ReLU
/// stability", 2019.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L1 {
    /// The factor of the sum; at least 0.
    pub weight: f64,
}

impl Penalty for L1 {
    #[allow(clippy::cast_possible_truncation)]
    fn add(
        &self,
        network: &Network<f32>,
        _batch: Examples<'_>,
        _moment: &Moment,
        found: &mut BatchGradient,
    ) -> Result<(), TrainingError> {
        check_not_negative("the weight of the l1 penalty", self.weight)?;
        let weight = self.weight as f32;
        let mut sum = 0.0;
        for ((id, values), gradient) in network.parameters().into_iter().zip(&mut found.parameters) {
            if id.role == ParameterRole::Weight {
                sum += values.iter().map(|value| f64::from(value.abs())).sum::<f64>();
                Zip::from(gradient).and(&values).for_each(|slope, &value| {
                    *slope += if value == 0.0 { 0.0 } else { weight.copysign(value) };
                });
            }
        }
        found.loss.mean += self.weight * sum;
        Ok(())
    }
}
