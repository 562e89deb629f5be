//! The inner loops of backward substitution: one element's coefficients in all functions.

use super::multipliers::ReluGraph;
use super::relaxation::Line;

/// What substituting a node adds to each function's constant, and the sums of absolute values that bound the error of
/// doing so.
///
/// The loops choose by masks and not by `max` and `min`, which would drop a NaN.
pub(super) struct Sums {
    pub(super) constant: Vec<f64>,
    pub(super) absolute: Vec<f64>,
}

impl Sums {
    pub(super) fn new(functions: usize) -> Self {
        Self { constant: vec![0.0; functions], absolute: vec![0.0; functions] }
    }

    /// An element that equals a linear expression with this constant; its absolute value is at most `reach`.
    pub(super) fn add(&mut self, coefficients: &[f64], constant: f64, reach: f64) {
        for ((c, sum), absolute) in coefficients.iter().zip(&mut self.constant).zip(&mut self.absolute) {
            *sum += c * constant;
            *absolute += c.abs() * reach;
        }
    }

    /// No constant: only the error is to be bounded.
    pub(super) fn charge(&mut self, coefficients: &[f64], reach: f64) {
        for (c, absolute) in coefficients.iter().zip(&mut self.absolute) {
            *absolute += c.abs() * reach;
        }
    }

    /// An element between two numbers: the one that makes the function least.
    pub(super) fn minimise(&mut self, coefficients: &[f64], [lower, upper]: [f64; 2], reach: f64) {
        for ((c, sum), absolute) in coefficients.iter().zip(&mut self.constant).zip(&mut self.absolute) {
            let [positive, negative] = signs(*c);
            *sum += positive * lower + negative * upper;
            *absolute += c.abs() * reach;
        }
    }

    /// An element between two lines: the lower one where the coefficient is not negative, the upper one where it is.
    pub(super) fn relax(&mut self, coefficients: &mut [f64], [lower, upper]: [Line; 2], reach: f64) {
        for ((c, sum), absolute) in coefficients.iter_mut().zip(&mut self.constant).zip(&mut self.absolute) {
            let [positive, negative] = signs(*c);
            *absolute += c.abs() * reach;
            *sum += positive * lower.intercept + negative * upper.intercept;
            *c = positive * lower.slope + negative * upper.slope;
        }
    }

    /// [`Self::relax`] with a line through the origin below, of another slope for each function.
    pub(super) fn relax_with_slopes(
        &mut self,
        coefficients: &mut [f64],
        lower_slopes: &[f64],
        upper: Line,
        reach: f64,
    ) {
        let sums = self.constant.iter_mut().zip(&mut self.absolute);
        for ((c, slope), (sum, absolute)) in coefficients.iter_mut().zip(lower_slopes).zip(sums) {
            let [positive, negative] = signs(*c);
            *absolute += c.abs() * reach;
            *sum += negative * upper.intercept;
            *c = positive * slope + negative * upper.slope;
        }
    }

    /// A (leaky) ReLU's value: `c f(a) = multiplier a + (c f(a) - multiplier a)`, of which the bracket is made least.
    pub(super) fn exchange(&mut self, coefficients: &mut [f64], multiplier: f64, graph: &ReluGraph) {
        let reach = multiplier.abs() * graph.input_magnitude;
        for ((c, sum), absolute) in coefficients.iter_mut().zip(&mut self.constant).zip(&mut self.absolute) {
            *absolute += c.abs() * graph.value_magnitude + reach;
            *sum += graph.least_difference(*c, multiplier);
            *c = multiplier;
        }
    }
}

/// The number in the first place if it is not negative, else in the second (a NaN, too), beside a zero: their sum.
fn signs(c: f64) -> [f64; 2] {
    if c >= 0.0 { [c, 0.0] } else { [0.0, c] }
}
