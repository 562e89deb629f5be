//! Optimisers: one file each, with PyTorch's formulas and defaults.

mod adam;
mod elements;
mod rms_prop;
mod sgd;

use ndarray::{ArrayD, ArrayViewD};
use nn_core::{Network, Scalar};
use serde::{Deserialize, Serialize};

use crate::TrainingError;
use crate::checkpoint::take;
use elements::Elements;

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

/// The memory as one list: both arrays of the first parameter, then those of the second, and so on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OptimizerMemory {
    steps: i32,
    numbers: Vec<f32>,
}

impl OptimizerMemory {
    /// How many numbers are remembered: two a parameter.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }
}

impl OptimizerState<f32> {
    pub(crate) fn memory(&self) -> OptimizerMemory {
        let mut numbers =
            Vec::with_capacity(2 * self.memory.iter().map(|[first, _]| first.len()).sum::<usize>());
        self.memory.iter().flatten().for_each(|array| numbers.extend(array.iter()));
        OptimizerMemory { steps: self.steps, numbers }
    }

    /// Takes up the memory of a state of the same network.
    pub(crate) fn restore(&mut self, memory: &OptimizerMemory) {
        self.steps = memory.steps;
        let mut rest = memory.numbers.as_slice();
        self.memory.iter_mut().flatten().for_each(|array| take(&mut rest, array.view_mut()));
    }
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
            let elements = Elements { parameter, gradient, first, second };
            match &self.optimizer {
                Optimizer::Sgd(sgd) => sgd.update(learning_rate, elements),
                Optimizer::Adam(adam) => adam.update(learning_rate, self.steps, elements),
                Optimizer::RmsProp(rms_prop) => rms_prop.update(learning_rate, elements),
            }
        }
    }
}
