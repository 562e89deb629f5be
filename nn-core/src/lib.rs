//! Feed-forward networks as graphs: evaluation, gradients, shapes and files.
//!
//! A trained network is a function `f: R^n -> R^m`, put together from a few operators: affine maps (fully connected
//! layers, convolutions, mean pooling, residual sums, permutations), ReLU and maxima, sigmoid and tanh. This crate holds
//! such a function as a graph whose shapes and parameters have been checked, and answers what bounds, attacks,
//! training and pruning ask of it:
//!
//! | question | method |
//! |---|---|
//! | the value `f(x)`, of the output or of every node | [`Network::forward`], [`Network::trace`] |
//! | of one affine node `A x + b`: its value, `A x`, `\|A\| r`, `A^T y` | [`Network::apply`], [`Network::apply_linear`], [`Network::apply_absolute`], [`Network::pullback`] |
//! | of one node, as a part of a gradient: its transposed Jacobian, its parameters' gradients | [`Network::pullback_at`], [`Network::layer_gradients`], [`Network::layer_gradients_absolute`] |
//! | the gradient of `<c, f(x)>` with respect to `x` and to every parameter | [`Network::input_gradient`], [`Network::backward`] |
//! | the parameters, to read and to change | [`Network::parameters`], [`Network::parameters_mut`] |
//! | the same network in single or double precision | [`Network::cast`] |
//! | a network from a file, and back | [`read_onnx`], [`write_onnx`], [`read_nnet`], [`read_npz_weights`], [`write_npz_weights`] |
//! | which weights stay, from a file, and back | [`read_npz_masks`], [`write_npz_masks`] |
//!
//! A [`Network`] is a list of [`Node`]s in topological order, each an operator ([`Op`]) with its inputs and the
//! [`Shape`] of its value per sample; a [`NetworkBuilder`] makes one. Tensors that go in and come out are batches of
//! flattened samples, (batch, element count), in row-major order, over `f32` or `f64` ([`Scalar`]).
//!
//! Arguments of another width than the network's panic, as indexing does: who holds the network knows its shapes. What
//! comes from outside, such as parameters, is checked once and gives a [`NetworkError`].
//!
//! ```
//! use ndarray::array;
//! use nn_core::{Affine, NetworkBuilder, NodeId, Op};
//!
//! // f(x) = (|x1|, x1 + x2), where |t| = max(t, 0) + max(-t, 0)
//! let hidden = Affine { weight: array![[1.0, 0.0], [-1.0, 0.0], [1.0, 1.0]], bias: array![0.0, 0.0, 3.0] };
//! let output = Affine { weight: array![[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]], bias: array![0.0, -3.0] };
//! let mut builder = NetworkBuilder::<f64>::new([2]);
//! let hidden = builder.add("hidden", Op::Affine(hidden), &[NodeId::INPUT])?;
//! let relu = builder.add("relu", Op::Relu, &[hidden])?;
//! let logits = builder.add("logits", Op::Affine(output), &[relu])?;
//! let network = builder.finish(logits);
//!
//! let inputs = array![[-2.0, 1.0], [0.5, 1.0]];
//! assert_eq!(network.forward(inputs.view()), array![[2.0, -1.0], [0.5, 1.5]]);
//!
//! // the gradient of the margin f1 - f2 at both inputs
//! let trace = network.trace(inputs.view());
//! let margin = array![[1.0, -1.0], [1.0, -1.0]];
//! let gradient = network.input_gradient(&trace, margin.view());
//! assert_eq!(gradient, array![[-2.0, -1.0], [0.0, -1.0]]);
//! # Ok::<(), nn_core::NetworkError>(())
//! ```

mod cast;
mod error;
mod evaluation;
mod gradient;
mod kernels;
mod layer_gradient;
mod network;
mod nnet;
mod npz;
mod onnx;
mod op;
mod parameters;
mod prediction;
mod product;
mod scalar;
mod shape;
mod shape_inference;

pub use error::NetworkError;
pub use evaluation::Trace;
pub use gradient::Gradients;
pub use network::{Network, NetworkBuilder, Node, NodeId};
pub use nnet::{NnetError, NnetUnits, read_nnet};
pub use npz::{
    NpzError, read_npz_fully_connected, read_npz_masks, read_npz_weights, write_npz_masks, write_npz_weights,
};
pub use onnx::{ONNX_OPSETS, OnnxError, OnnxNames, onnx_operators, read_onnx, read_onnx_names, write_onnx};
pub use op::{Affine, ConstantOp, Conv2d, Op, Pool, Rearrange, Source, Window};
pub use parameters::{ParameterId, ParameterRole};
pub use prediction::predicted_class;
pub use product::{add_product, write_product};
pub use scalar::Scalar;
pub use shape::Shape;
