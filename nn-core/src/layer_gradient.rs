use ndarray::{Array2, ArrayD, ArrayView2, Zip};

use crate::kernels;
use crate::{Network, NodeId, Scalar};

/// Gradients through a single node, for those who carry something other than one value a neuron through a network:
/// an interval, of which the centre goes through `A x + b` and the radius through `|A| r`.
impl<T: Scalar> Network<T> {
    /// The transposed Jacobian of any operator, at the values of the node's inputs and its own:
    /// (batch, element count of the node) to (batch, element count of the input), one result for every input.
    /// At a kink it is the derivative that [`Network::backward`] takes.
    ///
    /// # Panics
    /// Where inputs, output or cotangent do not fit the node, and for [`NodeId::INPUT`].
    pub fn pullback_at(
        &self,
        node: NodeId,
        inputs: &[ArrayView2<'_, T>],
        output: ArrayView2<'_, T>,
        cotangent: ArrayView2<'_, T>,
    ) -> Vec<Array2<T>> {
        self.assert_are_inputs(node, inputs);
        self.assert_fits(node, &output, "the output");
        self.assert_fits(node, &cotangent, "the cotangent");
        kernels::vector_jacobian(self, node, inputs, &output, cotangent.as_standard_layout())
    }

    /// The gradients of `<y, A x + b>`, summed over the batch, with respect to the node's parameters: weight and bias,
    /// or nothing for a node without parameters. `y` is the cotangent, (batch, element count of the node).
    ///
    /// # Panics
    /// As [`Network::pullback_at`].
    pub fn layer_gradients(
        &self,
        node: NodeId,
        inputs: &[ArrayView2<'_, T>],
        cotangent: ArrayView2<'_, T>,
    ) -> Vec<ArrayD<T>> {
        self.assert_are_inputs(node, inputs);
        self.assert_fits(node, &cotangent, "the cotangent");
        kernels::parameter_gradients(self, node, inputs, &cotangent.as_standard_layout())
    }

    /// The gradients of `<y, |A| r>`, as [`Network::layer_gradients`]: `sign(A)` times those of `<y, A r>` for the
    /// weight, with `sign(0) = 0`, and zeros for the bias.
    ///
    /// # Panics
    /// As [`Network::layer_gradients`].
    pub fn layer_gradients_absolute(
        &self,
        node: NodeId,
        radii: &[ArrayView2<'_, T>],
        cotangent: ArrayView2<'_, T>,
    ) -> Vec<ArrayD<T>> {
        let mut gradients = self.layer_gradients(node, radii, cotangent);
        if let ([weight, bias], Some([coefficients, _])) =
            (gradients.as_mut_slice(), self.weight_and_bias(node))
        {
            bias.fill(T::zero());
            Zip::from(weight).and(coefficients).for_each(|slope, &coefficient| {
                *slope = if coefficient.is_zero() { T::zero() } else { *slope * coefficient.signum() };
            });
        }
        gradients
    }
}
