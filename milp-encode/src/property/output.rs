//! Linear functions of outputs, and properties made of them.

use ndarray::{Array1, ArrayView1};

use super::InputBox;

/// A linear function of a network's outputs: `coefficients · y + constant`.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearFunction {
    /// One coefficient an output.
    pub coefficients: Array1<f64>,
    /// What is added.
    pub constant: f64,
}

/// Linear conditions that hold together: every function is at most 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Conjunction(pub Vec<LinearFunction>);

/// What must not happen: an input of the set whose output satisfies one of the conjunctions.
///
/// A disjunctive normal form; a witness of it is a counterexample to the network's safety.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// The inputs spoken of.
    pub input: InputBox,
    /// The alternatives, any of which makes a counterexample.
    pub unsafe_outputs: Vec<Conjunction>,
}

impl LinearFunction {
    /// How far the label's output lies above the target's: `y[label] - y[target]`.
    ///
    /// An input where it is at most 0 is an adversarial example for this pair; a tie counts.
    ///
    /// # Panics
    /// Where label or target is not a class.
    pub fn margin(classes: usize, label: usize, target: usize) -> Self {
        assert!(
            label < classes && target < classes,
            "label {label} and target {target} are among {classes} classes"
        );
        let mut coefficients = Array1::zeros(classes);
        coefficients[label] += 1.0;
        coefficients[target] -= 1.0;
        Self { coefficients, constant: 0.0 }
    }

    /// The value at an output.
    pub fn value(&self, output: ArrayView1<'_, f64>) -> f64 {
        self.coefficients.dot(&output) + self.constant
    }

    /// The function with the opposite sign.
    #[must_use]
    pub fn negated(&self) -> Self {
        Self { coefficients: -&self.coefficients, constant: -self.constant }
    }

    /// The range of the values over a box of outputs, rounded outward.
    pub fn range(&self, lower: ArrayView1<'_, f64>, upper: ArrayView1<'_, f64>) -> (f64, f64) {
        let mut range = (self.constant, self.constant);
        let mut magnitude = self.constant.abs();
        for (c, (l, u)) in self.coefficients.iter().zip(lower.iter().zip(&upper)) {
            range = (range.0 + (c * l).min(c * u), range.1 + (c * l).max(c * u));
            magnitude += (c * l).abs().max((c * u).abs());
        }
        #[allow(clippy::cast_precision_loss)]
        let error = (self.coefficients.len() + 2) as f64 * f64::EPSILON * magnitude + f64::MIN_POSITIVE;
        (range.0 - error, range.1 + error)
    }
}

impl Property {
    /// Some other class's output reaches the label's: the untargeted attack.
    ///
    /// # Panics
    /// Where the label is not a class.
    pub fn misclassification(input: InputBox, classes: usize, label: usize) -> Self {
        let others = (0..classes).filter(|target| *target != label);
        let unsafe_outputs =
            others.map(|target| Conjunction(vec![LinearFunction::margin(classes, label, target)])).collect();
        Self { input, unsafe_outputs }
    }

    /// Whether an output satisfies one of the alternatives.
    pub fn is_violated_by(&self, output: ArrayView1<'_, f64>) -> bool {
        self.unsafe_outputs
            .iter()
            .any(|conjunction| conjunction.0.iter().all(|function| function.value(output) <= 0.0))
    }
}
