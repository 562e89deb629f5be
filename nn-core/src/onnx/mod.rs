//! Reading and writing ONNX files.

mod context;
mod draft;
mod error;
mod graph_writer;
mod operators;
mod proto;
mod read;
mod shapes;
mod tensor;
mod write;
mod write_operators;

pub use error::OnnxError;
pub use operators::onnx_operators;
pub use read::{OnnxNames, read_onnx, read_onnx_names};
pub use write::write_onnx;

/// The operator sets that [`read_onnx`] was written for, the oldest and the newest; newer ones are read as well, and an
/// operator that changed its meaning would be misread.
pub const ONNX_OPSETS: (i64, i64) = (read::OLDEST_OPSET, 22);
