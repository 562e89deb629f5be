use nn_core::{NetworkError, Shape};
use thiserror::Error;

/// Why a network cannot be made, trained or judged.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TrainingError {
    /// A text is not an architecture.
    #[error(
        "`{text}` is not an architecture: {reason}; write the widths of all layers, input first, as in 784-50-20-10"
    )]
    ArchitectureSyntax {
        /// What was written.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// An architecture does not take the inputs that it is made for.
    #[error("architecture {architecture} takes {width} inputs, but an input of shape {shape} has {}", shape.element_count())]
    ArchitectureInput {
        /// The architecture.
        architecture: String,
        /// The width of its first layer.
        width: usize,
        /// The shape of the inputs.
        shape: Shape,
    },
    /// A network could not be built.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A setting is outside its range.
    #[error("{setting} is {value}, but must be {expected}")]
    Setting {
        /// Which one.
        setting: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        expected: &'static str,
    },
    /// Inputs, labels and network do not fit each other.
    #[error("{examples}: {reason}")]
    Examples {
        /// Which examples.
        examples: &'static str,
        /// What does not fit.
        reason: String,
    },
    /// Numbers left the finite range.
    #[error(
        "training diverged in epoch {epoch}, batch {batch}: {what} is not finite; \
         lower the learning rate (it was {learning_rate})"
    )]
    Diverged {
        /// The epoch, counted from 0.
        epoch: usize,
        /// The batch in it, counted from 0.
        batch: usize,
        /// What is NaN or infinite.
        what: &'static str,
        /// The learning rate in that epoch.
        learning_rate: f64,
    },
}
