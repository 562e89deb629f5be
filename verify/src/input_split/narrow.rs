//! Cutting off what cannot hold a counterexample.

use super::part::Sides;

/// A necessary condition: `constant + gradient · e <= 0`, for `e` in -1..1 over a part.
///
/// The constant has been lowered by all errors, those of evaluating this sum included.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    pub(super) constant: f64,
    pub(super) gradient: Vec<f64>,
}

impl Condition {
    /// The least value of the sum: no input of the part meets the condition where it is positive.
    pub(super) fn bound(&self) -> f64 {
        self.constant - self.gradient.iter().map(|slope| slope.abs()).sum::<f64>()
    }
}

/// Ranges of every `e`.
pub(super) type Ends = Vec<[f64; 2]>;

/// How often all conditions are gone through.
const ROUNDS: usize = 2;

/// What the few operations behind an end of a range may have rounded away, as a share of the greatest `e`.
const ROUNDING: f64 = 8.0 * f64::EPSILON;

/// The ranges of `e` that the conditions leave, each for itself; `None` where they leave nothing.
pub(super) fn narrowed(conditions: &[Condition], inputs: usize) -> Option<Ends> {
    let mut ends = vec![[-1.0, 1.0]; inputs];
    for _ in 0..ROUNDS {
        for condition in conditions {
            let least = |(g, [low, high]): (&f64, &[f64; 2])| if *g >= 0.0 { g * low } else { g * high };
            let sum: f64 = condition.gradient.iter().zip(&ends).map(least).sum();
            if condition.constant + sum > 0.0 {
                return None;
            }
            for (g, [low, high]) in condition.gradient.iter().zip(&mut ends) {
                // All other inputs at their best leave so much for this one.
                let room = -(condition.constant + sum) / g.abs();
                if *g > 0.0 {
                    *high = high.min(*low + room + ROUNDING);
                } else if *g < 0.0 {
                    *low = low.max(*high - room - ROUNDING);
                }
            }
        }
    }
    Some(ends)
}

/// The smallest ranges around both.
pub(super) fn join(ends: &mut Ends, others: &Ends) {
    for ([low, high], [other_low, other_high]) in ends.iter_mut().zip(others) {
        *low = low.min(*other_low);
        *high = high.max(*other_high);
    }
}

/// Cuts corners down to the ranges, rounded outward, and gives the share of every width that is left.
pub(super) fn apply(ends: &Ends, sides: &Sides, lower: &mut [f64], upper: &mut [f64]) -> Vec<f64> {
    let corners = lower.iter_mut().zip(upper);
    let each = ends.iter().zip(sides.center.iter().zip(&sides.radius)).zip(corners);
    each.map(|(([low, high], (center, radius)), (lower, upper))| {
        let width = *upper - *lower;
        let rounding = 4.0 * f64::EPSILON * (center.abs() + radius);
        *lower = (center + radius * low - rounding).clamp(*lower, *upper);
        *upper = (center + radius * high + rounding).clamp(*lower, *upper);
        if width > 0.0 { (*upper - *lower) / width } else { 1.0 }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(conditions: &[(f64, &[f64])]) -> Option<Ends> {
        let condition = |(constant, gradient): &(f64, &[f64])| Condition {
            constant: *constant,
            gradient: gradient.to_vec(),
        };
        narrowed(&conditions.iter().map(condition).collect::<Vec<_>>(), 2)
    }

    #[test]
    fn conditions_cut_off_what_they_exclude_and_no_more() {
        let near = |found: Option<Ends>, expected: [[f64; 2]; 2]| {
            let found = found.unwrap();
            for ([low, high], [l, h]) in found.iter().zip(expected) {
                assert!(*low <= l && l - low < 1e-14 && *high >= h && high - h < 1e-14, "{found:?}");
            }
        };
        // e1 + e2 <= -1.5
        near(ends(&[(1.5, &[1.0, 1.0])]), [[-1.0, -0.5], [-1.0, -0.5]]);
        // 2 e1 >= 1, e1 + e2 <= 0
        near(ends(&[(1.0, &[-2.0, 0.0]), (0.0, &[1.0, 1.0])]), [[0.5, 1.0], [-1.0, -0.5]]);
        near(ends(&[(-5.0, &[1.0, 1.0])]), [[-1.0, 1.0], [-1.0, 1.0]]);
        assert_eq!(ends(&[(2.5, &[1.0, 1.0])]), None);
        assert_eq!(ends(&[(1.0, &[-2.0, 0.0]), (0.5, &[1.0, 0.0])]), None, "each alone leaves something");
    }

    #[test]
    fn corners_are_rounded_outward_and_never_leave_the_part() {
        let (mut lower, mut upper) = ([0.1, -3.0], [0.7, -3.0]);
        let mut sides = Sides::default();
        sides.write(&lower, &upper);
        let shares = apply(&vec![[-0.5, 1.0], [-0.25, 0.25]], &sides, &mut lower, &mut upper);
        assert!(lower[0] <= 0.25 && lower[0] > 0.25 - 1e-14 && upper[0] == 0.7, "{lower:?} {upper:?}");
        assert_eq!((lower[1], upper[1]), (-3.0, -3.0));
        assert!((shares[0] - 0.75).abs() < 1e-14 && shares[1] == 1.0);
    }
}
