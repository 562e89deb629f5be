//! What attacks ascend: functions of the logits that grow as the target's output reaches the label's.

mod cross_entropy;
mod dlr;
mod margin;

use ndarray::{Array1, Array2, ArrayView2};

use crate::{AttackError, Target};

pub use cross_entropy::CrossEntropyLoss;
pub use dlr::DlrLoss;
pub use margin::MarginLoss;

/// A function of the logits of a batch that an attack ascends.
pub trait AttackLoss {
    /// The loss of every row of the logits, (batch, classes), and the gradient of their sum with respect to them.
    fn evaluate(&self, logits: ArrayView2<'_, f32>) -> (Array1<f32>, Array2<f32>);
}

/// The losses that attacks know by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LossKind {
    /// [`CrossEntropyLoss`].
    #[default]
    CrossEntropy,
    /// [`MarginLoss`].
    Margin,
    /// [`DlrLoss`].
    Dlr,
}

impl LossKind {
    /// The name in results: `ce`, `margin` or `dlr`.
    pub fn name(self) -> &'static str {
        match self {
            LossKind::CrossEntropy => "ce",
            LossKind::Margin => "margin",
            LossKind::Dlr => "dlr",
        }
    }

    /// The loss for these rows.
    pub(super) fn on<'a>(self, labels: &'a [u8], targets: &'a [Target]) -> Box<dyn AttackLoss + 'a> {
        match self {
            LossKind::CrossEntropy => Box::new(CrossEntropyLoss { labels, targets }),
            LossKind::Margin => Box::new(MarginLoss { labels, targets }),
            LossKind::Dlr => Box::new(DlrLoss { labels, targets }),
        }
    }

    /// Refuses networks with too few classes.
    pub(super) fn check(self, targets: &[Target], classes: usize) -> Result<(), AttackError> {
        let needed = targets.iter().map(|target| DlrLoss::classes_needed(*target)).max().unwrap_or(0);
        match self {
            LossKind::Dlr if needed > classes => Err(AttackError::TooFewClasses { needed, classes }),
            _ => Ok(()),
        }
    }
}

/// Evaluates a loss row by row; `row` gets label, target, logits and the gradient to be written, which is 0.
fn by_rows(
    logits: ArrayView2<'_, f32>,
    labels: &[u8],
    targets: &[Target],
    row: impl Fn(usize, Target, &[f32], &mut [f32]) -> f32,
) -> (Array1<f32>, Array2<f32>) {
    assert!(labels.len() == logits.nrows() && targets.len() == logits.nrows(), "one label and target a row");
    let logits = logits.as_standard_layout();
    let mut gradient = Array2::zeros(logits.raw_dim());
    let width = logits.ncols().max(1);
    let values = logits.as_slice().expect("standard layout").chunks_exact(width);
    let slopes = gradient.as_slice_mut().expect("a fresh array").chunks_exact_mut(width);
    let losses = values.zip(slopes).zip(labels.iter().zip(targets));
    let losses =
        losses.map(|((logits, slopes), (label, target))| row(usize::from(*label), *target, logits, slopes));
    (losses.collect(), gradient)
}

/// The class of the greatest logit among those that are not left out; the first of equal ones.
fn greatest_but(logits: &[f32], left_out: &[usize]) -> usize {
    let candidates = (0..logits.len()).filter(|class| !left_out.contains(class));
    candidates
        .reduce(|best, class| if logits[class] > logits[best] { class } else { best })
        .expect("the network has more classes than are left out")
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    const TARGETS: [Target; 3] = [Target::Any, Target::Class(0), Target::Class(3)];

    /// Logits without ties, so that every loss is smooth around them.
    fn logits() -> Array2<f32> {
        array![[1.5, -0.25, 0.75, 0.5, -2.0], [0.1, 2.0, -1.0, 0.6, 0.3], [3.0, 1.0, -4.0, 2.0, 0.0]]
    }

    #[test]
    fn gradients_are_those_of_differences() {
        for kind in [LossKind::CrossEntropy, LossKind::Margin, LossKind::Dlr] {
            for labels in [[0_u8, 1, 2], [2, 3, 0], [4, 2, 1]] {
                let loss = kind.on(&labels, &TARGETS);
                let (_, gradient) = loss.evaluate(logits().view());
                for ((row, class), slope) in gradient.indexed_iter() {
                    let at = |step: f32| {
                        let mut moved = logits();
                        moved[(row, class)] += step;
                        f64::from(loss.evaluate(moved.view()).0[row])
                    };
                    let step = 1.0 / 256.0;
                    let difference = (at(step) - at(-step)) / (2.0 * f64::from(step));
                    let context = format!("{} of {labels:?} at ({row}, {class})", kind.name());
                    assert!(
                        (difference - f64::from(*slope)).abs() < 1e-3,
                        "{context}: {difference} is not {slope}"
                    );
                }
            }
        }
    }

    #[test]
    fn known_values() {
        let logits = array![[2.0_f32, 1.0, 0.0, -2.0]];
        for (kind, target, expected) in [
            (LossKind::Margin, Target::Any, -1.0),
            (LossKind::Margin, Target::Class(3), -4.0),
            // -(2 - 1) / (2 - 0)
            (LossKind::Dlr, Target::Any, -0.5),
            // -(2 + 2) / (2 - (0 - 2) / 2)
            (LossKind::Dlr, Target::Class(3), -4.0 / 3.0),
            (LossKind::CrossEntropy, Target::Any, 0.419_717),
            (LossKind::CrossEntropy, Target::Class(1), -1.419_717),
        ] {
            let (loss, _) = kind.on(&[0], &[target]).evaluate(logits.view());
            assert!((loss[0] - expected).abs() < 1e-5, "{} {target:?}: {}", kind.name(), loss[0]);
        }
    }

    #[test]
    fn great_logits_do_not_overflow() {
        let logits = array![[3e38_f32, -3e38, 0.0, 1.0]];
        let (loss, gradient) = LossKind::CrossEntropy.on(&[1], &[Target::Any]).evaluate(logits.view());
        assert!(loss[0] > 1e38);
        assert_eq!(gradient, array![[1.0, -1.0, 0.0, 0.0]]);
    }
}
