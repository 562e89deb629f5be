use thiserror::Error;

use crate::NetworkError;

/// Why an ONNX file is not read as a network.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum OnnxError {
    /// The bytes are no protobuf message of ONNX's form: another format, or a truncated file.
    #[error("not an ONNX model, or a truncated one: {0}")]
    Malformed(#[from] prost::DecodeError),
    /// The model as a whole cannot be a network with one input and one output.
    #[error("{reason}")]
    Model {
        /// What is wrong, and what would mend it.
        reason: String,
    },
    /// A stored tensor cannot be read.
    #[error("tensor `{tensor}`: {reason}")]
    Tensor {
        /// The tensor's name.
        tensor: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A supported operator is used in an unsupported or invalid way.
    #[error("node `{node}` ({operator}): {reason}")]
    Node {
        /// The node's name, or its first output's where it has none.
        node: String,
        /// The ONNX operator.
        operator: String,
        /// What does not fit, with the shapes.
        reason: String,
    },
    /// An operator that this crate does not know.
    #[error("node `{node}`: operator {operator} is not supported; {advice}")]
    UnsupportedOperator {
        /// The node's name, or its first output's where it has none.
        node: String,
        /// The ONNX operator, with its domain where that is not ONNX's own.
        operator: String,
        /// What to do about it.
        advice: String,
    },
    /// The nodes do not form a network.
    #[error(transparent)]
    Network(#[from] NetworkError),
}
