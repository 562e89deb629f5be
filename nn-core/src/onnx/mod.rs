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
pub use read::read_onnx;
pub use write::write_onnx;
