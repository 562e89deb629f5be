//! A small problem: three bands of the unit square.

use ndarray::Array2;
use nn_core::Network;
use training::{
    Adam, Architecture, CleanCrossEntropy, Examples, Initialization, Optimizer, Problem, TrainingConfig,
};

pub(crate) struct Bands {
    inputs: Array2<f32>,
    labels: Vec<u8>,
}

impl Bands {
    pub(crate) fn new() -> Self {
        let inputs = Array2::from_shape_fn((225, 2), |(i, axis)| [i % 15, i / 15][axis] as f32 / 14.0);
        let band = |sum: f32| if sum < 0.7 { 0 } else { 1 + u8::from(sum > 1.3) };
        let labels = inputs.rows().into_iter().map(|point| band(point.sum())).collect();
        Self { inputs, labels }
    }

    pub(crate) fn examples(&self) -> Examples<'_> {
        Examples { inputs: self.inputs.view(), labels: &self.labels }
    }

    /// To learn the bands, and to be judged on the same points.
    pub(crate) fn problem(&self) -> Problem<'_> {
        let examples = self.examples();
        Problem { training: examples, validation: Some(examples), objective: &CleanCrossEntropy, masks: None }
    }
}

pub(crate) fn network(seed: u64) -> Network<f32> {
    let architecture: Architecture = "2-12-3".parse().expect("well formed");
    architecture.build([2], Initialization::KaimingUniform, seed).expect("fits")
}

pub(crate) fn config(optimizer: Optimizer) -> TrainingConfig {
    TrainingConfig { epochs: 60, batch_size: 16, optimizer, ..TrainingConfig::default() }
}

pub(crate) fn adam(learning_rate: f64) -> Optimizer {
    Optimizer::Adam(Adam { learning_rate, ..Adam::default() })
}

pub(crate) fn bits(network: &Network<f32>) -> Vec<u32> {
    network.parameters().iter().flat_map(|(_, values)| values.mapv(f32::to_bits)).collect()
}
