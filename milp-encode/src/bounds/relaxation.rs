//! Linear bounds of non-linear operators on the ranges of their inputs.

use ndarray::Array1;

use super::{NodeBounds, Phase};

/// `slope x + intercept`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) slope: f64,
    pub(super) intercept: f64,
}

/// Lines below and above an element-wise function on the range of its input, element by element.
pub(super) struct ElementLines {
    pub(super) lower: Vec<Line>,
    pub(super) upper: Vec<Line>,
}

/// Linear bounds of a maximum over windows, window by window.
pub(super) struct MaxPoolLines {
    /// The input element that bounds the maximum from below.
    pub(super) lower_source: Vec<usize>,
    /// The greatest value, where no element dominates; `None` where the maximum always is `lower_source`.
    pub(super) constant_upper: Vec<Option<f64>>,
}

/// The triangle of a (leaky) ReLU: the chord above; below, the line through the origin that leaves the smaller area.
pub(super) fn relu_lines(pre_activation: &NodeBounds, negative_slope: f64) -> ElementLines {
    let through_origin = |slope| Line { slope, intercept: 0.0 };
    let lines = |element: usize| match pre_activation.phase(element) {
        Phase::Active => (through_origin(1.0), through_origin(1.0)),
        Phase::Inactive => (through_origin(negative_slope), through_origin(negative_slope)),
        Phase::Unstable => {
            let (l, u) = (pre_activation.lower[element], pre_activation.upper[element]);
            let lower = through_origin(if u > -l { 1.0 } else { negative_slope });
            (lower, chord(l, u, negative_slope))
        }
    };
    let (lower, upper) = (0..pre_activation.lower.len()).map(lines).unzip();
    ElementLines { lower, upper }
}

/// A line above a leaky ReLU on `l..u`, with `l < 0 < u`.
///
/// Whatever the slope was rounded to, the line lies above the convex function where it does so at both ends; the
/// intercept has room for the rounding of its own few operations.
fn chord(l: f64, u: f64, negative_slope: f64) -> Line {
    let slope = ((u - negative_slope * l) / (u - l)).clamp(negative_slope, 1.0);
    let touching = (u - slope * u).max(negative_slope * l - slope * l);
    Line { slope, intercept: (touching + 4.0 * f64::EPSILON * (u - l)).next_up() }
}

/// Constant bounds, for functions that are not piecewise linear.
pub(super) fn constant_lines(value: &NodeBounds) -> ElementLines {
    let constants =
        |values: &Array1<f64>| values.iter().map(|v| Line { slope: 0.0, intercept: *v }).collect();
    ElementLines { lower: constants(&value.lower), upper: constants(&value.upper) }
}

/// Bounds of a maximum by its best element from below and, where no element dominates, by a constant from above.
pub(super) fn max_pool_lines(input: &NodeBounds, windows: &[Vec<usize>]) -> MaxPoolLines {
    let mut lines = MaxPoolLines { lower_source: Vec::new(), constant_upper: Vec::new() };
    for window in windows {
        let source = window.iter().copied().max_by(|a, b| input.lower[*a].total_cmp(&input.lower[*b]));
        let source = source.expect("a pooling window holds at least one element");
        let rivals = window.iter().filter(|element| **element != source);
        let rival = rivals.map(|element| input.upper[*element]).fold(f64::NEG_INFINITY, f64::max);
        let open = rival > input.lower[source];
        lines.lower_source.push(source);
        lines.constant_upper.push(open.then(|| rival.max(input.upper[source])));
    }
    lines
}

impl Line {
    /// `x` itself.
    pub(super) const IDENTITY: Self = Self { slope: 1.0, intercept: 0.0 };

    /// The line over `x` of which `x + constant` is what it was a line over; its intercept is rounded.
    pub(super) fn of_shifted(self, constant: f64) -> Self {
        Self { intercept: self.slope * constant + self.intercept, ..self }
    }
}

impl ElementLines {
    /// The lines below and above an element.
    pub(super) fn at(&self, element: usize) -> [Line; 2] {
        [self.lower[element], self.upper[element]]
    }

    /// For every element, the greatest of `|slope x| + |intercept|` on either line, for `|x|` up to its magnitude.
    pub(super) fn magnitude(&self, input_magnitude: &Array1<f64>) -> Array1<f64> {
        let reach = |((lower, upper), x): ((&Line, &Line), &f64)| {
            let slope = lower.slope.abs().max(upper.slope.abs());
            slope * x + lower.intercept.abs().max(upper.intercept.abs())
        };
        self.lower.iter().zip(&self.upper).zip(input_magnitude).map(reach).collect()
    }
}

impl MaxPoolLines {
    /// For every window, the greatest absolute value of either bound.
    pub(super) fn magnitude(&self, input: &NodeBounds) -> Array1<f64> {
        let magnitude = input.magnitude();
        let reach =
            |(source, upper): (&usize, &Option<f64>)| upper.map_or(0.0, f64::abs).max(magnitude[*source]);
        self.lower_source.iter().zip(&self.constant_upper).map(reach).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Binary digits behind the point of the numbers below.
    const DIGITS: i32 = 101;

    /// A number of at least `2^-48` or zero, as a whole multiple of `2^-DIGITS`: exact.
    fn fixed(value: f64) -> i128 {
        const HALF: i32 = 50;
        let scaled = value * 2.0_f64.powi(HALF);
        #[allow(clippy::cast_possible_truncation)]
        let (whole, fraction) =
            (scaled.trunc() as i128, (scaled.fract() * 2.0_f64.powi(DIGITS - HALF)) as i128);
        (whole << (DIGITS - HALF)) + fraction
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_chord_lies_above_both_ends_to_the_last_bit(l in 1..1_i32 << 20, u in 1..1_i32 << 20, leak in 0..4_usize) {
            let leak = [0.0, 0.01, 0.3, 1.0][leak];
            let line = chord(-f64::from(l), f64::from(u), leak);
            let above = |x: i32| fixed(line.slope) * i128::from(x) + fixed(line.intercept);
            prop_assert!(above(u) >= fixed(f64::from(u)));
            prop_assert!(above(-l) >= -fixed(leak) * i128::from(l));
            prop_assert!(line.intercept <= f64::from(l.min(u)) * (1.0 + 1e-9));
        }
    }
}
