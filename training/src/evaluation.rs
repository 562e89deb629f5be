use ndarray::Axis;
use nn_core::{Network, predicted_class};
use serde::{Deserialize, Serialize};

use crate::{Examples, TrainingError, cross_entropy};

/// How well a network does on examples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The mean cross-entropy, in nats.
    pub loss: f64,
    /// One count for every class, in order.
    pub classes: Vec<ClassCount>,
}

/// How many examples of a class there are and how many are classified rightly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCount {
    /// Those that the network gives this class.
    pub correct: usize,
    /// All with this label.
    pub total: usize,
}

impl Evaluation {
    /// The share of examples that are classified rightly, in `[0, 1]`.
    pub fn accuracy(&self) -> f64 {
        let correct: usize = self.classes.iter().map(|class| class.correct).sum();
        let total: usize = self.classes.iter().map(|class| class.total).sum();
        correct as f64 / total as f64
    }
}

impl ClassCount {
    /// The share that is classified rightly, in `[0, 1]`; `None` for a class without examples.
    pub fn accuracy(&self) -> Option<f64> {
        (self.total > 0).then(|| self.correct as f64 / self.total as f64)
    }
}

/// Enough for efficient products, few enough for the values of all layers to stay small.
pub(crate) const CHUNK: usize = 512;

/// Runs a network over examples.
///
/// # Errors
/// [`TrainingError::Examples`] where there are none or they do not fit the network.
pub fn evaluate(network: &Network<f32>, examples: Examples<'_>) -> Result<Evaluation, TrainingError> {
    examples.check(network, "examples to evaluate on")?;
    Ok(evaluate_checked(network, examples))
}

pub(crate) fn evaluate_checked(network: &Network<f32>, examples: Examples<'_>) -> Evaluation {
    let mut classes = vec![ClassCount::default(); network.output_count()];
    let mut loss = 0.0;
    let chunks = examples.inputs.axis_chunks_iter(Axis(0), CHUNK).zip(examples.labels.chunks(CHUNK));
    for (inputs, labels) in chunks {
        let logits = network.forward(inputs);
        loss += cross_entropy(logits.view(), labels).loss * labels.len() as f64;
        for (logits, label) in logits.rows().into_iter().zip(labels) {
            let class = &mut classes[usize::from(*label)];
            class.total += 1;
            class.correct += usize::from(predicted_class(logits) == usize::from(*label));
        }
    }
    Evaluation { loss: loss / examples.len() as f64, classes }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, Array2, array};
    use nn_core::{Affine, NetworkBuilder, NodeId, Op};

    use super::*;

    fn identity(width: usize) -> Network<f32> {
        let mut builder = NetworkBuilder::new([width]);
        let affine = Affine { weight: Array2::eye(width), bias: Array1::zeros(width) };
        let output = builder.add("identity", Op::Affine(affine), &[NodeId::INPUT]).expect("fits");
        builder.finish(output)
    }

    #[test]
    fn counts_are_per_class() {
        let inputs = array![[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]];
        let examples = Examples { inputs: inputs.view(), labels: &[0, 1, 1] };
        let evaluation = evaluate(&identity(3), examples).expect("fits");
        let expected = [(1, 1), (1, 2), (0, 0)].map(|(correct, total)| ClassCount { correct, total });
        assert_eq!(evaluation.classes, expected);
        assert_eq!(evaluation.accuracy(), 2.0 / 3.0);
        assert_eq!(evaluation.classes[2].accuracy(), None);
    }

    #[test]
    fn many_examples_count_as_their_mean() {
        let count = 2 * CHUNK + 1;
        let inputs = Array2::from_shape_fn((count, 2), |(i, axis)| if i % 3 == axis { 2.0 } else { 0.0 });
        let labels = vec![0; count];
        let evaluation =
            evaluate(&identity(2), Examples { inputs: inputs.view(), labels: &labels }).expect("fits");
        let whole = cross_entropy(inputs.view(), &labels);
        assert!((evaluation.loss - whole.loss).abs() < 1e-6);
        assert_eq!(evaluation.classes[0].total, count);
    }

    #[test]
    fn examples_that_do_not_fit_are_errors() {
        let three = Array2::zeros((1, 3));
        let none = Array2::zeros((0, 3));
        for (inputs, labels, reason) in [
            (&three, &[0, 1][..], "1 inputs, but 2 labels"),
            (&three, &[3], "input 0 has label 3, but the network has 3 outputs"),
            (&none, &[], "there are none"),
            (&Array2::zeros((1, 4)), &[0], "inputs of 4 values, but the network takes [3]"),
        ] {
            let error = evaluate(&identity(3), Examples { inputs: inputs.view(), labels }).expect_err(reason);
            assert_eq!(error.to_string(), format!("examples to evaluate on: {reason}"));
        }
    }
}
