//! The best input known.

use milp_encode::Incumbent;
use milp_encode::property::LinearFunction;
use ndarray::{Array1, ArrayView1};
use nn_core::Network;

/// The input at which the least of some functions is lowest, of all that were met.
#[derive(Debug)]
pub(super) struct Best<'a> {
    network: &'a Network<f64>,
    functions: &'a [LinearFunction],
    incumbent: Option<Incumbent>,
}

impl<'a> Best<'a> {
    pub(super) fn nothing(network: &'a Network<f64>, functions: &'a [LinearFunction]) -> Self {
        Self { network, functions, incumbent: None }
    }

    /// The network that inputs are run through.
    pub(super) fn network(&self) -> &'a Network<f64> {
        self.network
    }

    /// Runs the network on an input of the box; tells whether that is a better one than all before.
    pub(super) fn try_input(&mut self, input: &Array1<f64>) -> bool {
        let output = self.network.forward_one(input.view());
        self.meet(input, output.view())
    }

    /// Takes note of an input of the box and the network's output there.
    pub(super) fn meet(&mut self, input: &Array1<f64>, output: ArrayView1<'_, f64>) -> bool {
        let values = self.functions.iter().map(|function| function.value(output));
        let value = values.fold(f64::INFINITY, f64::min);
        let is_better = value < self.value();
        if is_better {
            self.incumbent = Some(Incumbent { input: input.clone(), value });
        }
        is_better
    }

    /// The lowest value; infinite where no input was met.
    pub(super) fn value(&self) -> f64 {
        self.incumbent.as_ref().map_or(f64::INFINITY, |incumbent| incumbent.value)
    }

    pub(super) fn into_incumbent(self) -> Option<Incumbent> {
        self.incumbent
    }
}
