use ndarray::{ArrayD, Zip};
use nn_core::Network;

use crate::TrainingError;

/// Which parameters stay in a network; the others are exactly 0 through all of a training, whatever the optimiser and its
/// momentum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightMasks {
    /// One for each parameter, in order; `None` where all of it stays.
    kept: Vec<Option<ArrayD<bool>>>,
}

impl WeightMasks {
    /// Masks in the order of [`Network::parameters`], true where a number stays; `None` where all of a parameter does.
    ///
    /// # Errors
    /// [`TrainingError::Mask`] where a mask has another shape than its parameter, or there are more or fewer masks than
    /// parameters.
    pub fn new(network: &Network<f32>, kept: Vec<Option<ArrayD<bool>>>) -> Result<Self, TrainingError> {
        let masks = Self { kept };
        masks.check(network)?;
        Ok(masks)
    }

    /// Keeps what is not 0 in a network.
    pub fn of_zeros(network: &Network<f32>) -> Self {
        let kept = |(_, values): (_, ndarray::ArrayViewD<'_, f32>)| Some(values.mapv(|value| value != 0.0));
        Self { kept: network.parameters().into_iter().map(kept).collect() }
    }

    /// How many numbers are held at 0.
    pub fn removed_count(&self) -> usize {
        self.kept.iter().flatten().map(|mask| mask.iter().filter(|kept| !**kept).count()).sum()
    }

    /// Sets what does not stay to 0.
    pub fn project(&self, network: &mut Network<f32>) {
        for ((_, parameter), mask) in network.parameters_mut().into_iter().zip(&self.kept) {
            if let Some(mask) = mask {
                Zip::from(parameter).and(mask).for_each(clear);
            }
        }
    }

    /// Takes what does not stay out of a gradient, so that no memory of an optimiser grows from it.
    pub(crate) fn silence(&self, gradient: &mut [ArrayD<f32>]) {
        for (gradient, mask) in gradient.iter_mut().zip(&self.kept) {
            if let Some(mask) = mask {
                Zip::from(gradient).and(mask).for_each(clear);
            }
        }
    }

    pub(crate) fn check(&self, network: &Network<f32>) -> Result<(), TrainingError> {
        let parameters = network.parameters();
        for index in 0..parameters.len().max(self.kept.len()) {
            let mask = match self.kept.get(index) {
                Some(None) => continue,
                Some(Some(mask)) => mask.shape(),
                None => &[],
            };
            let shape = parameters.get(index).map_or(&[][..], |(_, values)| values.shape());
            if mask != shape || self.kept.len() != parameters.len() {
                let (mask, shape) = (mask.to_vec(), shape.to_vec());
                return Err(TrainingError::Mask { parameter: index, mask, shape });
            }
        }
        Ok(())
    }
}

fn clear(value: &mut f32, kept: &bool) {
    if !*kept {
        *value = 0.0;
    }
}
