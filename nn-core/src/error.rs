use thiserror::Error;

/// Why nodes do not form a network.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NetworkError {
    /// An operator does not fit the shapes of its inputs.
    #[error("node `{node}` ({op}): {reason}")]
    Shape {
        /// The node's name.
        node: String,
        /// The operator's name.
        op: &'static str,
        /// What does not fit, with the shapes.
        reason: String,
    },
    /// A parameter is NaN or infinite.
    #[error("node `{node}` ({op}): {parameter} holds {value} at flat index {index}, which is not finite")]
    NonFinite {
        /// The node's name.
        node: String,
        /// The operator's name.
        op: &'static str,
        /// Which parameter.
        parameter: &'static str,
        /// The value as printed.
        value: String,
        /// Where it stands, in row-major order.
        index: usize,
    },
    /// A node refers to one that does not exist yet.
    #[error("node `{node}`: input {input} is not a node that was added before it")]
    UnknownInput {
        /// The node's name.
        node: String,
        /// The position that it asked for.
        input: usize,
    },
}
