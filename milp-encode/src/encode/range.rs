//! Ranges of terms and sums over boxes, rounded outward.

use solver_api::{ColumnId, Model};

/// A closed range of numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Range {
    pub(super) lower: f64,
    pub(super) upper: f64,
}

impl Range {
    /// One number.
    pub(super) fn point(value: f64) -> Self {
        Self { lower: value, upper: value }
    }

    pub(super) fn of_column(model: &Model, id: ColumnId) -> Self {
        let column = model.column(id);
        Self { lower: column.lower, upper: column.upper }
    }

    /// What a coefficient makes of it.
    pub(super) fn scaled(self, coefficient: f64) -> Self {
        let (least, greatest) =
            if coefficient < 0.0 { (self.upper, self.lower) } else { (self.lower, self.upper) };
        let (lower, upper) = (coefficient * least, coefficient * greatest);
        // A product with zero is exact.
        Self {
            lower: if least == 0.0 { 0.0 } else { lower.next_down() },
            upper: if greatest == 0.0 { 0.0 } else { upper.next_up() },
        }
    }

    /// The range of a sum.
    pub(super) fn plus(self, other: Self) -> Self {
        let sum = |a: f64, b: f64, rounded: fn(f64) -> f64| {
            if a == 0.0 || b == 0.0 { a + b } else { rounded(a + b) }
        };
        Self {
            lower: sum(self.lower, other.lower, f64::next_down),
            upper: sum(self.upper, other.upper, f64::next_up),
        }
    }

    /// The greatest absolute value in it.
    pub(super) fn magnitude(self) -> f64 {
        self.lower.abs().max(self.upper.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_rounded_outward_and_exact_where_zero_is_involved() {
        let range = |lower, upper| Range { lower, upper };
        assert_eq!(range(0.0, 2.0).scaled(-0.1), range((-0.2_f64).next_down(), 0.0));
        assert_eq!(range(-1.0, 0.0).plus(range(0.0, 3.0)), range(-1.0, 3.0));
        assert_eq!(
            range(0.1, 1.0).plus(range(0.2, 2.0)),
            range((0.1_f64 + 0.2).next_down(), 3.0_f64.next_up())
        );
        assert_eq!(range(f64::NEG_INFINITY, 1.0).scaled(2.0).magnitude(), f64::INFINITY);
        assert_eq!(range(-3.0, 1.0).magnitude(), 3.0);
    }
}
