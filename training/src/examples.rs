use ndarray::ArrayView2;
use nn_core::Network;

use crate::TrainingError;

/// Inputs with their labels.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a> {
    /// One flattened input a row: (count, input count).
    pub inputs: ArrayView2<'a, f32>,
    /// The class of every input, counted from 0.
    pub labels: &'a [u8],
}

impl Examples<'_> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Checks that there are examples and that they fit a network; `which` is for the message.
    pub(crate) fn check(&self, network: &Network<f32>, which: &'static str) -> Result<(), TrainingError> {
        match self.misfit(network) {
            None => Ok(()),
            Some(reason) => Err(TrainingError::Examples { examples: which, reason }),
        }
    }

    fn misfit(&self, network: &Network<f32>) -> Option<String> {
        let (count, width) = self.inputs.dim();
        let classes = network.output_count();
        if self.is_empty() {
            return Some("there are none".into());
        }
        if count != self.len() {
            return Some(format!("{count} inputs, but {} labels", self.len()));
        }
        if width != network.input_count() {
            return Some(format!(
                "inputs of {width} values, but the network takes {}",
                network.input_shape()
            ));
        }
        let index = self.labels.iter().position(|label| usize::from(*label) >= classes)?;
        let label = self.labels[index];
        Some(format!("input {index} has label {label}, but the network has {classes} outputs"))
    }
}
