use nn_core::Scalar;

use super::elements::Elements;
use crate::TrainingError;
use crate::error::{check_decay, check_not_negative, check_positive};

/// Adam (Kingma and Ba, 2015), as PyTorch's `Adam`. In step `t`, with the gradient `g` of a parameter `p`:
///
/// ```text
/// g <- g + weight_decay p
/// m <- beta1 m + (1 - beta1) g
/// v <- beta2 v + (1 - beta2) g^2
/// p <- p - learning_rate / (1 - beta1^t) * m / (sqrt(v / (1 - beta2^t)) + epsilon)
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    /// About the length of a step.
    pub learning_rate: f64,
    /// How much of the mean gradient is kept in each step.
    pub beta1: f64,
    /// How much of the mean square is kept in each step.
    pub beta2: f64,
    /// Keeps the quotient finite.
    pub epsilon: f64,
    /// The factor of the parameter that is added to its gradient.
    pub weight_decay: f64,
}

impl Default for Adam {
    fn default() -> Self {
        Self { learning_rate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 }
    }
}

impl Adam {
    pub(super) fn check(&self) -> Result<(), TrainingError> {
        check_positive("the learning rate", self.learning_rate)?;
        check_decay("beta1", self.beta1)?;
        check_decay("beta2", self.beta2)?;
        check_not_negative("epsilon", self.epsilon)?;
        check_not_negative("the weight decay", self.weight_decay)
    }

    pub(super) fn update<T: Scalar>(&self, learning_rate: f64, step: i32, elements: Elements<'_, T>) {
        let rate = T::from_f64(learning_rate / (1.0 - self.beta1.powi(step)));
        let root_correction = T::from_f64((1.0 - self.beta2.powi(step)).sqrt());
        let (beta1, rest1) = (T::from_f64(self.beta1), T::from_f64(1.0 - self.beta1));
        let (beta2, rest2) = (T::from_f64(self.beta2), T::from_f64(1.0 - self.beta2));
        let (epsilon, weight_decay) = (T::from_f64(self.epsilon), T::from_f64(self.weight_decay));
        elements.update(|p, g, m, v| {
            let g = g + weight_decay * *p;
            *m = beta1 * *m + rest1 * g;
            *v = beta2 * *v + rest2 * (g * g);
            *p -= rate * *m / (v.sqrt() / root_correction + epsilon);
        });
    }
}
