use ndarray::{Array1, Array2, ArrayView2};

use super::{AttackLoss, by_rows};
use crate::Target;

/// The cross-entropy of the label, untargeted, or the negative one of the target's class.
#[derive(Clone, Copy, Debug)]
pub struct CrossEntropyLoss<'a> {
    /// The label of each row.
    pub labels: &'a [u8],
    /// The target of each row.
    pub targets: &'a [Target],
}

impl AttackLoss for CrossEntropyLoss<'_> {
    fn evaluate(&self, logits: ArrayView2<'_, f32>) -> (Array1<f32>, Array2<f32>) {
        by_rows(logits, self.labels, self.targets, |label, target, logits, gradient| {
            let (class, sign) = match target {
                Target::Any => (label, 1.0),
                Target::Class(class) => (class, -1.0),
            };
            let greatest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let mut sum = 0.0;
            for (slope, logit) in gradient.iter_mut().zip(logits) {
                *slope = (logit - greatest).exp();
                sum += *slope;
            }
            gradient.iter_mut().for_each(|slope| *slope *= sign / sum);
            gradient[class] -= sign;
            sign * (sum.ln() - (logits[class] - greatest))
        })
    }
}
