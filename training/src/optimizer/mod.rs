//! Optimisers: one file each, with PyTorch's formulas and defaults.

mod adam;
mod rms_prop;
mod sgd;

use ndarray::{ArrayD, ArrayViewD};
use nn_core::{Network, Scalar};

use crate::TrainingError;
pub use adam::Adam;
pub use rms_prop::RmsProp;
pub use sgd::{Momentum, Sgd};

/// How a step follows from a gradient.
#[derive(Clone, Debug, PartialEq)]
pub enum Optimizer {
    /// Stochastic gradient descent.
    Sgd(Sgd),
    /// Adam.
    Adam(Adam),
    /// RMSprop.
    RmsProp(RmsProp),
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::Adam(Adam::default())
    }
}

impl Optimizer {
    /// The learning rate before any schedule.
    pub fn learning_rate(&self) -> f64 {
        match self {
            Self::Sgd(sgd) => sgd.learning_rate,
            Self::Adam(adam) => adam.learning_rate,
            Self::RmsProp(rms_prop) => rms_prop.learning_rate,
        }
    }

    /// Checks that every setting is in its range.
    pub(crate) fn check(&self) -> Result<(), TrainingError> {
        match self {
            Self::Sgd(sgd) => sgd.check(),
            Self::Adam(adam) => adam.check(),
            Self::RmsProp(rms_prop) => rms_prop.check(),
        }
    }
}

/// What an optimiser remembers between steps: two arrays a parameter (moments or velocities, as the optimiser has
/// them), and how many steps it has taken.
#[derive(Clone, Debug, PartialEq)]
pub struct OptimizerState<T> {
    optimizer: Optimizer,
    steps: i32,
    memory: Vec<[ArrayD<T>; 2]>,
}

impl<T: Scalar> OptimizerState<T> {
    /// The state before the first step on a network.
    pub fn new(optimizer: Optimizer, network: &Network<T>) -> Self {
        let zeros = |values: ArrayViewD<'_, T>| [(); 2].map(|()| ArrayD::zeros(values.raw_dim()));
        let memory = network.parameters().into_iter().map(|(_, values)| zeros(values)).collect();
        Self { optimizer, steps: 0, memory }
    }

    /// Takes one step with a gradient in the order and shapes of [`Network::parameters`].
    ///
    /// # Panics
    /// Where the gradient or the network have other shapes than the network that this state was made for.
    pub fn step(&mut self, network: &mut Network<T>, gradient: &[ArrayD<T>], learning_rate: f64) {
        let parameters = network.parameters_mut();
        assert!(
            parameters.len() == gradient.len() && parameters.len() == self.memory.len(),
            "{} gradients and {} memories for {} parameters",
            gradient.len(),
            self.memory.len(),
            parameters.len()
        );
        self.steps = self.steps.saturating_add(1);
        for (((_, parameter), gradient), [first, second]) in
            parameters.into_iter().zip(gradient).zip(&mut self.memory)
        {
            match &self.optimizer {
                Optimizer::Sgd(sgd) => sgd.update(learning_rate, parameter, gradient, first),
                Optimizer::Adam(adam) => {
                    adam.update(learning_rate, self.steps, parameter, gradient, first, second);
                }
                Optimizer::RmsProp(rms_prop) => {
                    rms_prop.update(learning_rate, parameter, gradient, first, second);
                }
            }
        }
    }
}

fn check_setting(
    setting: &'static str,
    value: f64,
    expected: &'static str,
    fits: impl Fn(f64) -> bool,
) -> Result<(), TrainingError> {
    if fits(value) { Ok(()) } else { Err(TrainingError::Setting { setting, value, expected }) }
}

fn check_learning_rate(value: f64) -> Result<(), TrainingError> {
    check_setting("the learning rate", value, "above 0 and finite", |value| value > 0.0 && value.is_finite())
}

fn check_not_negative(setting: &'static str, value: f64) -> Result<(), TrainingError> {
    check_setting(setting, value, "at least 0 and finite", |value| value >= 0.0 && value.is_finite())
}

fn check_decay(setting: &'static str, value: f64) -> Result<(), TrainingError> {
    check_setting(setting, value, "in [0, 1)", |value| (0.0..1.0).contains(&value))
}
