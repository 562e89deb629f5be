use attacks::AttackError;
use nn_core::{NetworkError, Shape};
use thiserror::Error;

/// Why a network cannot be made, trained or judged.
#[derive(Debug, Error)]
pub enum TrainingError {
    /// A text is not an architecture.
    #[error(
        "`{text}` is not an architecture: {reason}; write layers from first to last, as in 784-50-20-10 or \
         conv16k4s2-100-10"
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
    /// An architecture asks for more memory than there is.
    #[error("architecture {architecture} has more than {limit} parameters")]
    ArchitectureSize {
        /// The architecture.
        architecture: String,
        /// How many a network may have.
        limit: usize,
    },
    /// A network could not be built.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The attack inside an adversarial objective cannot be made.
    #[error(transparent)]
    Attack(#[from] AttackError),
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
    /// A checkpoint is not one of this training.
    #[error("the checkpoint does not belong to this training: {reason}")]
    Checkpoint {
        /// What does not fit.
        reason: String,
    },
    /// A mask is not one of the network.
    #[error("mask of parameter {parameter}: shape {mask:?}, but the parameter's is {shape:?}")]
    Mask {
        /// The parameter's position in [`nn_core::Network::parameters`].
        parameter: usize,
        /// The mask's shape.
        mask: Vec<usize>,
        /// The parameter's.
        shape: Vec<usize>,
    },
    /// Examples cannot be parted as asked.
    #[error("cannot set {wanted} of {count} examples aside for validation: {reason}")]
    Split {
        /// How many were asked for.
        wanted: String,
        /// How many there are.
        count: usize,
        /// Why not.
        reason: &'static str,
    },
}

pub(crate) fn check_setting(
    setting: &'static str,
    value: f64,
    expected: &'static str,
    fits: impl Fn(f64) -> bool,
) -> Result<(), TrainingError> {
    if fits(value) { Ok(()) } else { Err(TrainingError::Setting { setting, value, expected }) }
}

pub(crate) fn check_positive(setting: &'static str, value: f64) -> Result<(), TrainingError> {
    check_setting(setting, value, "above 0 and finite", |value| value > 0.0 && value.is_finite())
}

pub(crate) fn check_not_negative(setting: &'static str, value: f64) -> Result<(), TrainingError> {
    check_setting(setting, value, "at least 0 and finite", |value| value >= 0.0 && value.is_finite())
}

pub(crate) fn check_radius(value: f64) -> Result<(), TrainingError> {
    check_not_negative("epsilon", value)
}

/// A share that may be all.
pub(crate) fn check_share(setting: &'static str, value: f64) -> Result<(), TrainingError> {
    check_setting(setting, value, "in [0, 1]", |value| (0.0..=1.0).contains(&value))
}

/// A share of memory that is kept in each step, which cannot be all.
pub(crate) fn check_decay(setting: &'static str, value: f64) -> Result<(), TrainingError> {
    check_setting(setting, value, "in [0, 1)", |value| (0.0..1.0).contains(&value))
}
