use ndarray::{Array2, ArrayD, ArrayRef2, ArrayView2};

use crate::kernels::{self, Batch};
use crate::{Network, NodeId, Op, Scalar, Trace};

/// What [`Network::backward`] finds.
#[derive(Clone, Debug, PartialEq)]
pub struct Gradients<T> {
    /// The gradient of each sample's input, (batch, input count).
    pub input: Array2<T>,
    /// The gradients of all parameters, summed over the batch, in the order and shapes of [`Network::parameters`].
    pub parameters: Vec<ArrayD<T>>,
}

/// Gradients by reverse accumulation. Given the gradient `c` of a scalar loss with respect to the outputs, these are
/// its gradients with respect to inputs and parameters.
///
/// Where an operator has a kink, one of its generalised derivatives is taken: ReLU's derivative at 0 is 0 and leaky
/// ReLU's is its slope; a maximum's goes to the first (in row-major order) of equal elements.
impl<T: Scalar> Network<T> {
    /// The gradients of inputs and parameters, from the values of a forward pass and the gradient of the outputs,
    /// (batch, output count).
    ///
    /// # Panics
    /// Where the cotangent does not fit the trace's output, or the trace is that of another network.
    pub fn backward(&self, trace: &Trace<T>, output_cotangent: ArrayView2<'_, T>) -> Gradients<T> {
        let everywhere = vec![true; self.nodes().len()];
        let mut parameters = Vec::new();
        let input = self.sweep(trace, &output_cotangent, &everywhere, |id, cotangent| {
            let inputs = trace.values_of(self.node(id).inputs());
            parameters.push(kernels::parameter_gradients(self, id, &inputs, cotangent));
        });
        Gradients { input, parameters: in_forward_order(parameters) }
    }

    /// The gradients of the inputs alone, (batch, input count).
    ///
    /// # Panics
    /// As [`Network::backward`].
    pub fn input_gradient(&self, trace: &Trace<T>, output_cotangent: ArrayView2<'_, T>) -> Array2<T> {
        self.sweep(trace, &output_cotangent, &vec![true; self.nodes().len()], |_, _| ())
    }

    /// The gradients of the parameters alone, as [`Gradients::parameters`]; nothing is carried further back than to
    /// the first layer that has some.
    ///
    /// # Panics
    /// As [`Network::backward`].
    pub fn parameter_gradients(
        &self,
        trace: &Trace<T>,
        output_cotangent: ArrayView2<'_, T>,
    ) -> Vec<ArrayD<T>> {
        let mut needed = vec![false; self.nodes().len()];
        for id in self.node_ids() {
            let node = self.node(id);
            needed[id.index()] = matches!(node.op(), Op::Affine(_) | Op::Conv2d(_))
                || node.inputs().iter().any(|input| needed[input.index()]);
        }
        let mut parameters = Vec::new();
        self.sweep(trace, &output_cotangent, &needed, |id, cotangent| {
            let inputs = trace.values_of(self.node(id).inputs());
            parameters.push(kernels::parameter_gradients(self, id, &inputs, cotangent));
        });
        in_forward_order(parameters)
    }

    /// Carries a cotangent from the output to the nodes where it is needed, shows each its own, last nodes first, and
    /// returns the input's (zeros where it is not needed).
    fn sweep(
        &self,
        trace: &Trace<T>,
        output_cotangent: &ArrayRef2<T>,
        needed: &[bool],
        mut visit: impl FnMut(NodeId, &Batch<'_, T>),
    ) -> Array2<T> {
        self.assert_is_of(trace, output_cotangent);
        let mut cotangents: Vec<Option<Batch<'_, T>>> = self.nodes().iter().map(|_| None).collect();
        cotangents[self.output().index()] = Some(output_cotangent.as_standard_layout());
        for id in self.node_ids().skip(1).rev() {
            let Some(cotangent) = cotangents[id.index()].take() else { continue };
            visit(id, &cotangent);
            let node = self.node(id);
            if !node.inputs().iter().any(|input| needed[input.index()]) {
                continue;
            }
            let values = trace.values_of(node.inputs());
            let results = kernels::vector_jacobian(self, id, &values, &trace.value(id), cotangent);
            for (input, result) in node.inputs().iter().zip(results) {
                match &mut cotangents[input.index()] {
                    Some(sum) => *sum += &result,
                    empty if needed[input.index()] => *empty = Some(result.into()),
                    _ => (),
                }
            }
        }
        match cotangents[0].take() {
            Some(cotangent) => cotangent.into_owned(),
            None => Array2::zeros((trace.batch_size(), self.input_count())),
        }
    }

    fn assert_is_of(&self, trace: &Trace<T>, output_cotangent: &ArrayRef2<T>) {
        for id in self.node_ids() {
            self.assert_fits(id, &trace.value(id), "the trace");
        }
        self.assert_fits(self.output(), output_cotangent, "the cotangent");
        let (rows, batch) = (output_cotangent.nrows(), trace.batch_size());
        assert!(rows == batch, "the cotangent has {rows} rows, but the trace has {batch} samples");
    }
}

fn in_forward_order<T>(nodes_backwards: Vec<Vec<ArrayD<T>>>) -> Vec<ArrayD<T>> {
    nodes_backwards.into_iter().rev().flatten().collect()
}
