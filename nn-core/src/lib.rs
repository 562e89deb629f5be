//! Feed-forward networks as graphs: evaluation, gradients, shapes and files.

mod cast;
mod error;
mod evaluation;
mod gradient;
mod kernels;
mod network;
mod onnx;
mod op;
mod parameters;
mod scalar;
mod shape;
mod shape_inference;

pub use error::NetworkError;
pub use evaluation::Trace;
pub use gradient::Gradients;
pub use network::{Network, NetworkBuilder, Node, NodeId};
pub use onnx::{OnnxError, read_onnx};
pub use op::{Affine, ConstantOp, Conv2d, Op, Pool, Rearrange, Source, Window};
pub use parameters::{ParameterId, ParameterRole};
pub use scalar::Scalar;
pub use shape::Shape;
