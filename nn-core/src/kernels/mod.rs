//! What every operator computes, on batches of flattened samples.
//!
//! Each file holds one family of operators. This one says which belongs to which: a new operator is a line in
//! [`apply`], one in [`pullback`] (if it is affine) or [`vector_jacobian`], and one in [`parameter_gradients`] if it has
//! parameters.

mod activation;
mod add;
mod affine;
mod concat;
mod conv2d;
mod elementwise;
mod patches;
mod pool;
mod rearrange;
mod transpose;
mod windows;

use ndarray::{Array2, ArrayD, ArrayRef2, ArrayView2, CowArray, Ix2};

use crate::{Network, NodeId, Op, Scalar};

/// A batch of flattened samples, (batch, element count), in row-major order; owned where its memory may be reused.
pub(crate) type Batch<'a, T> = CowArray<'a, T, Ix2>;

/// Which part of an operator is applied; those other than the whole exist for affine operators only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The operator itself.
    Whole,
    /// Without the constant.
    Linear,
    /// Without the constant and with the absolute value of every coefficient.
    Absolute,
}

/// A part of a node's operator on the values of its inputs.
pub(crate) fn apply<T: Scalar>(
    network: &Network<T>,
    node: NodeId,
    part: Part,
    inputs: Vec<Batch<'_, T>>,
) -> Array2<T> {
    match network.node(node).op() {
        Op::Affine(affine) => affine::apply(affine, part, &only(inputs)),
        Op::Conv2d(conv) => conv2d::apply(conv, image(network, node), part, &only(inputs)),
        Op::AveragePool(pool) => pool::average(pool, image(network, node), &only(inputs)),
        Op::MaxPool(pool) => pool::maximum(pool, image(network, node), &only(inputs)),
        Op::Relu => activation::relu(only(inputs)),
        Op::LeakyRelu { slope } => activation::leaky_relu(*slope, only(inputs)),
        Op::Sigmoid => activation::sigmoid(only(inputs)),
        Op::Tanh => activation::tanh(only(inputs)),
        Op::Constant { kind, value } => elementwise::apply(*kind, value, part, only(inputs)),
        Op::Reshape => only(inputs).into_owned(),
        Op::Rearrange(rearrange) => rearrange::apply(rearrange, part, &only(inputs)),
        Op::Concat { axis } => concat::apply(network.node(node).shape(), *axis, &inputs),
        Op::Add => add::apply(inputs),
        Op::Input => panic!("the network's input computes nothing"),
    }
}

/// The transposed linear map of an affine operator, or that of its absolute part: one cotangent for every input of the
/// node.
pub(crate) fn pullback<T: Scalar>(
    network: &Network<T>,
    node: NodeId,
    part: Part,
    cotangent: Batch<'_, T>,
) -> Vec<Array2<T>> {
    let input = match network.node(node).op() {
        Op::Affine(affine) => affine::pullback(affine, part, &cotangent),
        Op::Conv2d(conv) => conv2d::pullback(conv, image(network, node), part, &cotangent),
        Op::AveragePool(pool) => pool::average_pullback(pool, image(network, node), &cotangent),
        Op::Constant { kind, value } => elementwise::pullback(*kind, value, part, cotangent),
        Op::Reshape => cotangent.into_owned(),
        Op::Rearrange(rearrange) => rearrange::pullback(rearrange, input_count(network, node), &cotangent),
        Op::Concat { axis } => {
            let parts = network.node(node).inputs().iter().map(|input| network.node(*input).shape());
            return concat::pullback(network.node(node).shape(), *axis, parts, &cotangent);
        }
        Op::Add => return add::pullback(network.node(node).inputs().len(), cotangent),
        op @ (Op::Input | Op::MaxPool(_) | Op::Relu | Op::LeakyRelu { .. } | Op::Sigmoid | Op::Tanh) => {
            panic!("{} is not affine and has no pullback without a point", op.name())
        }
    };
    vec![input]
}

/// The transposed Jacobian of any operator at a point, given by the values of the node's inputs and its own.
pub(crate) fn vector_jacobian<T: Scalar>(
    network: &Network<T>,
    node: NodeId,
    inputs: &[ArrayView2<'_, T>],
    output: &ArrayRef2<T>,
    cotangent: Batch<'_, T>,
) -> Vec<Array2<T>> {
    let input = match network.node(node).op() {
        Op::MaxPool(pool) => pool::maximum_pullback(pool, image(network, node), &inputs[0], &cotangent),
        Op::Relu => activation::relu_pullback(&inputs[0], cotangent),
        Op::LeakyRelu { slope } => activation::leaky_relu_pullback(*slope, &inputs[0], cotangent),
        Op::Sigmoid => activation::sigmoid_pullback(output, cotangent),
        Op::Tanh => activation::tanh_pullback(output, cotangent),
        _ => return pullback(network, node, Part::Linear, cotangent),
    };
    vec![input]
}

/// The gradients of an operator's parameters, summed over the batch, in the order of `Network::parameters`.
pub(crate) fn parameter_gradients<T: Scalar>(
    network: &Network<T>,
    node: NodeId,
    inputs: &[ArrayView2<'_, T>],
    cotangent: &Batch<'_, T>,
) -> Vec<ArrayD<T>> {
    match network.node(node).op() {
        Op::Affine(_) => affine::parameter_gradients(&inputs[0], cotangent).into(),
        Op::Conv2d(conv) => {
            conv2d::parameter_gradients(conv, image(network, node), &inputs[0], cotangent).into()
        }
        _ => Vec::new(),
    }
}

/// The input of an operator that has one.
fn only<T: Scalar>(mut inputs: Vec<Batch<'_, T>>) -> Batch<'_, T> {
    inputs.pop().expect("the builder gives every operator its inputs")
}

/// Channels, height and width of a node's first input.
fn image<T: Scalar>(network: &Network<T>, node: NodeId) -> [usize; 3] {
    let input = network.node(node).inputs()[0];
    network.node(input).shape().as_image().expect("the builder admits no window over anything but an image")
}

fn input_count<T: Scalar>(network: &Network<T>, node: NodeId) -> usize {
    network.node(network.node(node).inputs()[0]).element_count()
}

/// The samples of a batch, each a slice; a batch of empty samples has none to visit.
fn samples<'a, T: Scalar>(batch: &'a Batch<'_, T>) -> impl Iterator<Item = &'a [T]> {
    let values = batch.as_slice().expect("a batch lies in row-major order");
    values.chunks_exact(batch.ncols().max(1))
}

/// The samples of a result, each a slice to be written.
fn samples_mut<T: Scalar>(batch: &mut Array2<T>) -> impl Iterator<Item = &mut [T]> {
    let width = batch.ncols().max(1);
    batch.as_slice_mut().expect("a fresh array lies in row-major order").chunks_exact_mut(width)
}
