//! What a network really computes from an input that a solver names.

use ndarray::{Array1, ArrayView1};
use nn_core::Network;

use crate::property::{InputBox, InputSet, LinearFunction};

/// A network in both precisions, to run what a solver claims through it.
pub struct Replayer<'a> {
    exact: &'a Network<f64>,
    single: Network<f32>,
}

/// An input with `f32` elements inside a box, and the network's outputs on it in both precisions.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// The input; it lies in the box to the last bit.
    pub input: Array1<f32>,
    /// The output computed in f64.
    pub output: Array1<f64>,
    /// The output computed in f32, as a deployed network computes it.
    pub output_f32: Array1<f32>,
}

impl<'a> Replayer<'a> {
    /// Prepares a network for replays.
    pub fn new(network: &'a Network<f64>) -> Self {
        Self { exact: network, single: network.cast() }
    }

    /// The network with the parameters that its file holds, in f64.
    pub fn exact(&self) -> &Network<f64> {
        self.exact
    }

    /// The network as it is deployed, in f32.
    pub fn single(&self) -> &Network<f32> {
        &self.single
    }

    /// The network's outputs on the `f32` point of the box that is nearest to `point`.
    ///
    /// `None` where some side of the box is so narrow that it holds no `f32` value.
    ///
    /// # Panics
    /// Where the point, the box and the network differ in their number of inputs.
    pub fn replay(&self, input: &InputBox, point: ArrayView1<'_, f64>) -> Option<Witness> {
        let input = input.project_to_f32(point)?;
        let output = self.exact.forward_one(input.mapv(f64::from).view());
        let output_f32 = self.single.forward_one(input.view());
        Some(Witness { input, output, output_f32 })
    }

    /// As [`Replayer::replay`] for a set; `None` too where the `f32` point misses a constraint by more than
    /// [`InputSet::contains`] tolerates.
    ///
    /// # Panics
    /// As [`Replayer::replay`].
    pub fn replay_in_set(&self, input: &InputSet, point: ArrayView1<'_, f64>) -> Option<Witness> {
        let witness = self.replay(input.sides(), point)?;
        input.contains(witness.input.mapv(f64::from).view()).then_some(witness)
    }
}

impl Witness {
    /// A function's values on the outputs: computed in f64, computed in f32.
    pub fn values(&self, function: &LinearFunction) -> (f64, f64) {
        (function.value(self.output.view()), function.value(self.output_f32.mapv(f64::from).view()))
    }

    /// Whether the function is at most 0 in both precisions.
    pub fn confirms(&self, function: &LinearFunction) -> bool {
        let (double, single) = self.values(function);
        double <= 0.0 && single <= 0.0
    }
}
