use ndarray::{Array1, Zip};

use super::{NodeBounds, Phase};

/// Two lines that enclose an element-wise function on the range of its input:
/// `lower_slope x + lower_intercept <= f(x) <= upper_slope x + upper_intercept`.
pub(super) struct ElementLines {
    pub(super) lower_slope: Array1<f64>,
    pub(super) lower_intercept: Array1<f64>,
    pub(super) upper_slope: Array1<f64>,
    pub(super) upper_intercept: Array1<f64>,
}

/// Linear bounds of a maximum over windows.
pub(super) struct MaxPoolLines {
    /// The input element that bounds the maximum from below.
    pub(super) lower_source: Vec<usize>,
    /// The greatest value, where no element dominates; `None` where the maximum always is `lower_source`.
    pub(super) constant_upper: Vec<Option<f64>>,
}

/// The triangle of a (leaky) ReLU: the chord above; below, the line through the origin that leaves the smaller area.
pub(super) fn relu_lines(pre_activation: &NodeBounds, negative_slope: f64) -> ElementLines {
    let count = pre_activation.lower.len();
    let mut lines = ElementLines {
        lower_slope: Array1::zeros(count),
        lower_intercept: Array1::zeros(count),
        upper_slope: Array1::zeros(count),
        upper_intercept: Array1::zeros(count),
    };
    for element in 0..count {
        let (l, u) = (pre_activation.lower[element], pre_activation.upper[element]);
        let (lower, upper, intercept) = match pre_activation.phase(element) {
            Phase::Active => (1.0, 1.0, 0.0),
            Phase::Inactive => (negative_slope, negative_slope, 0.0),
            Phase::Unstable => {
                let chord = ((u - negative_slope * l) / (u - l)).clamp(negative_slope, 1.0);
                // Whatever the chord's slope was rounded to, the line lies above the convex function when it does so
                // at both ends.
                let rounding = 4.0 * f64::EPSILON * (u - l);
                let intercept = (u - chord * u).max(negative_slope * l - chord * l) + rounding;
                let lower = if u > -l { 1.0 } else { negative_slope };
                (lower, chord, intercept)
            }
        };
        lines.lower_slope[element] = lower;
        lines.upper_slope[element] = upper;
        lines.upper_intercept[element] = intercept;
    }
    lines
}

/// Constant bounds, for functions that are not piecewise linear.
pub(super) fn constant_lines(value: &NodeBounds) -> ElementLines {
    ElementLines {
        lower_slope: Array1::zeros(value.lower.len()),
        lower_intercept: value.lower.clone(),
        upper_slope: Array1::zeros(value.lower.len()),
        upper_intercept: value.upper.clone(),
    }
}

/// Bounds of a maximum by its best element from below and, where no element dominates, by a constant from above.
pub(super) fn max_pool_lines(input: &NodeBounds, windows: &[Vec<usize>]) -> MaxPoolLines {
    let mut lines = MaxPoolLines { lower_source: Vec::new(), constant_upper: Vec::new() };
    for window in windows {
        let best = |values: &Array1<f64>, except: Option<usize>| {
            let others = window.iter().copied().filter(move |i| Some(*i) != except);
            others.max_by(|a, b| values[*a].total_cmp(&values[*b]))
        };
        let source = best(&input.lower, None).expect("a pooling window holds at least one element");
        let rival = best(&input.upper, Some(source)).map_or(f64::NEG_INFINITY, |i| input.upper[i]);
        lines.lower_source.push(source);
        let open = rival > input.lower[source];
        lines.constant_upper.push(open.then(|| rival.max(input.upper[source])));
    }
    lines
}

impl ElementLines {
    /// For every element, the greatest of `|slope * x| + |intercept|` of both lines.
    pub(super) fn magnitude(&self, input_magnitude: &Array1<f64>) -> Array1<f64> {
        let slope =
            Zip::from(&self.lower_slope).and(&self.upper_slope).map_collect(|a, b| a.abs().max(b.abs()));
        let intercept = Zip::from(&self.lower_intercept)
            .and(&self.upper_intercept)
            .map_collect(|a, b| a.abs().max(b.abs()));
        slope * input_magnitude + intercept
    }
}
