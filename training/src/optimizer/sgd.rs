use nn_core::Scalar;

use super::elements::Elements;
use crate::TrainingError;
use crate::error::{check_not_negative, check_positive};

/// Stochastic gradient descent, as PyTorch's `SGD`. With the gradient `g` of a parameter `p`:
///
/// ```text
/// g <- g + weight_decay p
/// v <- momentum v + g
/// p <- p - learning_rate v                    (Nesterov: g + momentum v instead of v)
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    /// The length of a step, relative to the gradient.
    pub learning_rate: f64,
    /// How much of earlier steps is kept.
    pub momentum: Momentum,
    /// The factor of the parameter that is added to its gradient.
    pub weight_decay: f64,
}

/// The momentum of [`Sgd`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Momentum {
    /// Steps do not depend on earlier ones.
    None,
    /// The velocity, a decaying sum of gradients with this factor, is followed.
    Classical(f64),
    /// The velocity as it will be is followed (Sutskever et al., 2013, in PyTorch's form).
    Nesterov(f64),
}

impl Default for Sgd {
    fn default() -> Self {
        Self { learning_rate: 1e-3, momentum: Momentum::None, weight_decay: 0.0 }
    }
}

impl Sgd {
    pub(super) fn check(&self) -> Result<(), TrainingError> {
        check_positive("the learning rate", self.learning_rate)?;
        check_not_negative("the weight decay", self.weight_decay)?;
        match self.momentum {
            Momentum::None => Ok(()),
            Momentum::Classical(factor) | Momentum::Nesterov(factor) => {
                check_not_negative("the momentum", factor)
            }
        }
    }

    pub(super) fn update<T: Scalar>(&self, learning_rate: f64, elements: Elements<'_, T>) {
        let rate = T::from_f64(learning_rate);
        let weight_decay = T::from_f64(self.weight_decay);
        match self.momentum {
            Momentum::None => elements.update(|p, g, _, _| *p -= rate * (g + weight_decay * *p)),
            Momentum::Classical(momentum) => {
                let momentum = T::from_f64(momentum);
                elements.update(|p, g, v, _| {
                    *v = momentum * *v + (g + weight_decay * *p);
                    *p -= rate * *v;
                });
            }
            Momentum::Nesterov(momentum) => {
                let momentum = T::from_f64(momentum);
                elements.update(|p, g, v, _| {
                    let g = g + weight_decay * *p;
                    *v = momentum * *v + g;
                    *p -= rate * (g + momentum * *v);
                });
            }
        }
    }
}
