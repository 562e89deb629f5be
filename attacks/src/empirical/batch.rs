use ndarray::ArrayView2;
use nn_core::Network;

use crate::{AttackError, Target};

/// Inputs that are attacked side by side; one row, label, target and stream each.
#[derive(Clone, Copy, Debug)]
pub struct AttackBatch<'a> {
    /// The unchanged inputs, (batch, input count).
    pub inputs: ArrayView2<'a, f32>,
    /// The class whose output is to be pushed below another one's.
    pub labels: &'a [u8],
    /// Which output shall reach the label's.
    pub targets: &'a [Target],
    /// Names each row's random numbers, so that its answer does not depend on the other rows.
    pub streams: &'a [u64],
}

impl<'a> AttackBatch<'a> {
    /// Some of the rows.
    fn rows(&self, rows: std::ops::Range<usize>) -> AttackBatch<'a> {
        AttackBatch {
            inputs: self.inputs.slice_move(ndarray::s![rows.clone(), ..]),
            labels: &self.labels[rows.clone()],
            targets: &self.targets[rows.clone()],
            streams: &self.streams[rows],
        }
    }

    /// The batch in blocks of this many rows.
    pub(super) fn blocks(&self, size: usize) -> impl Iterator<Item = AttackBatch<'a>> {
        let count = self.inputs.nrows();
        (0..count).step_by(size).map(move |first| self.rows(first..(first + size).min(count)))
    }

    /// Refuses what does not fit the network or itself.
    pub(super) fn check(&self, network: &Network<f32>) -> Result<(), AttackError> {
        let rows = self.inputs.nrows();
        let lengths = [self.labels.len(), self.targets.len(), self.streams.len()];
        if let Some(found) = lengths.into_iter().find(|length| *length != rows) {
            return Err(AttackError::BatchLengths { rows, found });
        }
        check_width(network, self.inputs)?;
        let classes = network.output_count();
        for (row, (label, target)) in self.labels.iter().zip(self.targets).enumerate() {
            let label = usize::from(*label);
            match *target {
                Target::Class(class) if class == label => {
                    return Err(AttackError::TargetIsLabel { row, class });
                }
                Target::Class(class) if class >= classes => {
                    return Err(AttackError::Class { class, classes });
                }
                _ if label >= classes => return Err(AttackError::Class { class: label, classes }),
                Target::Any if classes < 2 => return Err(AttackError::Class { class: 1, classes }),
                _ => (),
            }
        }
        Ok(())
    }
}

/// Refuses inputs of another size than the network's.
pub(super) fn check_width(network: &Network<f32>, inputs: ArrayView2<'_, f32>) -> Result<(), AttackError> {
    if inputs.ncols() == network.input_count() {
        return Ok(());
    }
    Err(AttackError::ImageSize {
        pixels: inputs.ncols(),
        inputs: network.input_count(),
        shape: network.input_shape().to_string(),
    })
}

/// The least margin of a label over its target's classes, `y[label] - y[target]`; NaN where an output is NaN.
pub(super) fn least_margin<T: nn_core::Scalar>(outputs: &[T], label: u8, target: Target) -> T {
    let label = usize::from(label);
    let margin = |class: usize| outputs[label] - outputs[class];
    match target {
        Target::Class(class) => margin(class),
        Target::Any => {
            let others = (0..outputs.len()).filter(|class| *class != label);
            let lower = |least: T, margin: T| if margin < least || margin.is_nan() { margin } else { least };
            others.map(margin).fold(T::infinity(), lower)
        }
    }
}
