//! What is known of functions from points at which the network was evaluated.

use ndarray::{Array1, ArrayView1};

use super::Incumbent;
use crate::property::{InputSet, LinearFunction};

/// The best of the points met, for some functions whose least is minimised.
pub(super) struct Known<'a> {
    input: &'a InputSet,
    functions: &'a [LinearFunction],
    best: Option<Incumbent>,
    /// The least value of each function at points that lie in the set beyond doubt: no bound can be above it.
    certain: Vec<f64>,
}

impl<'a> Known<'a> {
    pub(super) fn nothing(input: &'a InputSet, functions: &'a [LinearFunction]) -> Self {
        Self { input, functions, best: None, certain: vec![f64::INFINITY; functions.len()] }
    }

    /// Takes note of a point and the network's output there; a point outside the set is none.
    pub(super) fn meet(&mut self, point: &Array1<f64>, output: ArrayView1<'_, f64>) {
        let values = || self.functions.iter().map(|function| function.value(output));
        let least = values().fold(f64::INFINITY, f64::min);
        let is_better = least < self.value();
        if !is_better && values().zip(&self.certain).all(|(value, known)| value >= *known) {
            return;
        }
        if !self.input.contains(point.view()) {
            return;
        }
        if self.input.contains_exactly(point.view()) {
            let values: Vec<f64> = values().collect();
            self.certain.iter_mut().zip(values).for_each(|(known, value)| *known = known.min(value));
        }
        if is_better {
            self.best = Some(Incumbent { input: point.clone(), value: least });
        }
    }

    /// The least value of any function; infinite where no point of the set was met.
    pub(super) fn value(&self) -> f64 {
        self.best.as_ref().map_or(f64::INFINITY, |best| best.value)
    }

    /// The point with that value.
    pub(super) fn best(&self) -> Option<ArrayView1<'_, f64>> {
        self.best.as_ref().map(|best| best.input.view())
    }

    /// The least value of some of the functions that refutes bounds above it.
    pub(super) fn certain_value(&self, functions: &[usize]) -> f64 {
        functions.iter().map(|function| self.certain[*function]).fold(f64::INFINITY, f64::min)
    }

    pub(super) fn into_best(self) -> Option<Incumbent> {
        self.best
    }
}
