//! Reading and writing ONNX files.

mod context;
mod draft;
mod error;
mod operators;
mod proto;
mod read;
mod shapes;
mod tensor;

pub use error::OnnxError;
pub use read::read_onnx;
