use milp_encode::MarginError;
use milp_encode::property::{InputBoxError, Norm};
use thiserror::Error;

/// Why an attack has no answer.
#[derive(Debug, Error)]
pub enum AttackError {
    /// The ball around the image is no box.
    #[error(transparent)]
    Input(#[from] InputBoxError),
    /// The engine failed.
    #[error(transparent)]
    Margin(#[from] MarginError),
    /// Label or target is not one of the network's outputs.
    #[error("class {class} does not exist: the network has {classes} outputs")]
    Class {
        /// The class asked for.
        class: usize,
        /// How many there are.
        classes: usize,
    },
    /// Nothing bounds a search for the least distortion.
    #[error("neither the data's range nor a greatest distortion bounds the search; give one of them")]
    Unlimited,
    /// The image has another size than the network's input.
    #[error("the image has {pixels} values, but the network takes {inputs} inputs {shape}")]
    ImageSize {
        /// Values of the image.
        pixels: usize,
        /// Elements of the network's input.
        inputs: usize,
        /// The input's shape.
        shape: String,
    },
    /// The ball around one row of a batch is no box.
    #[error("row {row}: {reason}")]
    Row {
        /// Which row of the batch.
        row: usize,
        /// Why not.
        reason: InputBoxError,
    },
    /// A batch has not one label, target and stream for each input.
    #[error("the batch has {rows} inputs, but {found} labels, targets or streams")]
    BatchLengths {
        /// Inputs of the batch.
        rows: usize,
        /// How many of the others there are.
        found: usize,
    },
    /// An attack aims at the label itself.
    #[error("row {row}: the target {class} is the label; choose another class")]
    TargetIsLabel {
        /// Which row of the batch.
        row: usize,
        /// The class.
        class: usize,
    },
    /// The loss needs more classes than the network has.
    #[error(
        "the dlr loss needs {needed} classes for these targets, but the network has {classes}; take ce or margin"
    )]
    TooFewClasses {
        /// Classes that the loss needs.
        needed: usize,
        /// The network's.
        classes: usize,
    },
    /// No point of the data's range lies in the ball.
    #[error("row {row}: no point of the data's range is within {epsilon}")]
    OutOfReach {
        /// Which row of the batch.
        row: usize,
        /// The radius.
        epsilon: f64,
    },
    /// The attack knows no step in this norm.
    #[error("{attack} knows no steps in {}; {mend}", .norm.name())]
    Norm {
        /// The attack.
        attack: &'static str,
        /// The norm asked for.
        norm: Norm,
        /// What to do instead.
        mend: &'static str,
    },
    /// A setting of an attack is no number that makes sense.
    #[error("{setting} is {value}, but must be {needed}")]
    Setting {
        /// Which one.
        setting: &'static str,
        /// Its value.
        value: f64,
        /// What it may be.
        needed: &'static str,
    },
}
