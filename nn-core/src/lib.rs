//! Feed-forward networks as graphs: evaluation, gradients, shapes and files.

mod error;
mod network;
mod op;
mod scalar;
mod shape;
mod shape_inference;

pub use error::NetworkError;
pub use network::{Network, NetworkBuilder, Node, NodeId};
pub use op::{Affine, ConstantOp, Conv2d, Op, Pool, Rearrange, Source, Window};
pub use scalar::Scalar;
pub use shape::Shape;
