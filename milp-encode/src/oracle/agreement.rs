//! When a bound and a value count as one number, and what the two prove.

use super::{MarginGoal, Proof};

/// By how much a solver's bound and a replayed value may differ, relative to the greater of 1 and the value, and still
/// count as one number: solvers satisfy rows and whole numbers only to about 1e-6.
pub const AGREEMENT_TOLERANCE: f64 = 1e-5;

/// A lower bound from which on a minimum counts as positive when its sign is asked for: well above the tolerance.
pub const CLEARLY_POSITIVE: f64 = 2.0 * AGREEMENT_TOLERANCE;

pub(super) fn agree(value: f64, bound: f64) -> bool {
    value.is_finite() && (value - bound).abs() <= AGREEMENT_TOLERANCE * value.abs().max(1.0)
}

impl Proof {
    /// What a known value, infinite where none is known, and a lower bound prove of a minimum.
    pub fn of(value: f64, lower_bound: f64) -> Self {
        if agree(value, lower_bound) {
            Proof::Minimum
        } else if lower_bound > AGREEMENT_TOLERANCE && lower_bound <= value {
            Proof::Positive
        } else {
            Proof::Open
        }
    }
}

impl MarginGoal {
    /// Whether a known value and a lower bound answer the question.
    pub fn is_decided_by(self, value: f64, lower_bound: f64) -> bool {
        match (Proof::of(value, lower_bound), self) {
            (Proof::Minimum, _) | (Proof::Positive, MarginGoal::Sign) => true,
            (Proof::Open, MarginGoal::Sign) => self.is_reached_by(value),
            (Proof::Positive | Proof::Open, MarginGoal::Minimum) | (Proof::EmptyInput, _) => false,
        }
    }

    /// Whether a value alone answers the question: it is clearly negative, and no more than the sign is asked for.
    pub fn is_reached_by(self, value: f64) -> bool {
        self == MarginGoal::Sign && value <= -AGREEMENT_TOLERANCE
    }
}
