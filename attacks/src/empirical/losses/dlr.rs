use ndarray::{Array1, Array2, ArrayView2};

use super::{AttackLoss, by_rows, greatest_but};
use crate::Target;

/// Keeps the quotient finite where the greatest logits are equal.
const LEAST_SPREAD: f32 = 1e-12;

/// The difference of logits ratio, which neither vanishes nor grows when all logits are scaled:
///
/// ```text
/// untargeted  - (y[label] - max of the others) / (y(1) - y(3))
/// targeted    - (y[label] - y[target]) / (y(1) - (y(3) + y(4)) / 2)
/// ```
///
/// with `y(k)` the k-th greatest logit. Source: Croce and Hein, "Reliable evaluation of adversarial robustness with an
/// ensemble of diverse parameter-free attacks", 2020, equations 6 and 8.
#[derive(Clone, Copy, Debug)]
pub struct DlrLoss<'a> {
    /// The label of each row.
    pub labels: &'a [u8],
    /// The target of each row.
    pub targets: &'a [Target],
}

impl DlrLoss<'_> {
    /// How many classes the ratio needs.
    pub fn classes_needed(target: Target) -> usize {
        match target {
            Target::Any => 3,
            Target::Class(_) => 4,
        }
    }
}

impl AttackLoss for DlrLoss<'_> {
    /// # Panics
    /// Where there are fewer than [`DlrLoss::classes_needed`] logits.
    fn evaluate(&self, logits: ArrayView2<'_, f32>) -> (Array1<f32>, Array2<f32>) {
        by_rows(logits, self.labels, self.targets, |label, target, logits, gradient| {
            let first = greatest_but(logits, &[]);
            let second = greatest_but(logits, &[first]);
            let third = greatest_but(logits, &[first, second]);
            let (class, least): (usize, &[usize]) = match target {
                Target::Any => (if first == label { second } else { first }, &[third]),
                Target::Class(class) => (class, &[third, greatest_but(logits, &[first, second, third])]),
            };
            let share = 1.0 / least.len() as f32;
            let spread = logits[first] - least.iter().map(|class| share * logits[*class]).sum::<f32>();
            let spread = spread + LEAST_SPREAD;
            let ratio = (logits[class] - logits[label]) / spread;
            gradient[class] += 1.0 / spread;
            gradient[label] -= 1.0 / spread;
            gradient[first] -= ratio / spread;
            least.iter().for_each(|class| gradient[*class] += share * ratio / spread);
            ratio
        })
    }
}
