use ndarray::{Array1, Array2, ArrayView2};

use super::{AttackLoss, by_rows, greatest_but};
use crate::Target;

/// `y[target] - y[label]`, with the greatest other output as the target where any class will do.
///
/// Source: the loss `f6` of Carlini and Wagner, "Towards evaluating the robustness of neural networks", 2017, without
/// its cut at a confidence.
#[derive(Clone, Copy, Debug)]
pub struct MarginLoss<'a> {
    /// The label of each row.
    pub labels: &'a [u8],
    /// The target of each row.
    pub targets: &'a [Target],
}

impl AttackLoss for MarginLoss<'_> {
    fn evaluate(&self, logits: ArrayView2<'_, f32>) -> (Array1<f32>, Array2<f32>) {
        by_rows(logits, self.labels, self.targets, |label, target, logits, gradient| {
            let class = match target {
                Target::Any => greatest_but(logits, &[label]),
                Target::Class(class) => class,
            };
            gradient[class] = 1.0;
            gradient[label] = -1.0;
            logits[class] - logits[label]
        })
    }
}
