use nn_core::Scalar;

use super::elements::Elements;
use crate::TrainingError;
use crate::error::{check_decay, check_not_negative, check_positive};

/// RMSprop (Tieleman and Hinton, 2012), as PyTorch's `RMSprop`. With the gradient `g` of a parameter `p`:
///
/// ```text
/// g <- g + weight_decay p
/// s <- alpha s + (1 - alpha) g^2
/// v <- momentum v + g / (sqrt(s) + epsilon)
/// p <- p - learning_rate v
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsProp {
    /// About the length of a step.
    pub learning_rate: f64,
    /// How much of the mean square is kept in each step.
    pub alpha: f64,
    /// Keeps the quotient finite.
    pub epsilon: f64,
    /// The factor of earlier steps that is kept.
    pub momentum: f64,
    /// The factor of the parameter that is added to its gradient.
    pub weight_decay: f64,
}

impl Default for RmsProp {
    fn default() -> Self {
        Self { learning_rate: 1e-2, alpha: 0.99, epsilon: 1e-8, momentum: 0.0, weight_decay: 0.0 }
    }
}

impl RmsProp {
    pub(super) fn check(&self) -> Result<(), TrainingError> {
        check_positive("the learning rate", self.learning_rate)?;
        check_decay("alpha", self.alpha)?;
        check_not_negative("epsilon", self.epsilon)?;
        check_not_negative("the momentum", self.momentum)?;
        check_not_negative("the weight decay", self.weight_decay)
    }

    pub(super) fn update<T: Scalar>(&self, learning_rate: f64, elements: Elements<'_, T>) {
        let (alpha, rest) = (T::from_f64(self.alpha), T::from_f64(1.0 - self.alpha));
        let (rate, momentum) = (T::from_f64(learning_rate), T::from_f64(self.momentum));
        let (epsilon, weight_decay) = (T::from_f64(self.epsilon), T::from_f64(self.weight_decay));
        elements.update(|p, g, s, v| {
            let g = g + weight_decay * *p;
            *s = alpha * *s + rest * (g * g);
            *v = momentum * *v + g / (s.sqrt() + epsilon);
            *p -= rate * *v;
        });
    }
}
