//! Numbers of about 106 bits as unevaluated sums of two f64: enough to see whether a bound is wrong by a single rounding.
//!
//! Source: Dekker, "A floating-point technique for extending the available precision", 1971; Joldes, Muller, Popescu,
//! "Tight and rigorous error bounds for basic building blocks of double-word arithmetic", 2017 (relative errors below
//! 2^-100 for every operation here).

use std::ops::{Add, Div, Mul, Neg, Sub};

#[derive(Clone, Copy, Debug)]
pub(crate) struct Wide {
    high: f64,
    low: f64,
}

impl Wide {
    pub(crate) const ZERO: Wide = Wide { high: 0.0, low: 0.0 };

    pub(crate) fn max(self, other: Wide) -> Wide {
        if (self - other).is_negative() { other } else { self }
    }

    pub(crate) fn is_negative(self) -> bool {
        self.high < 0.0
    }

    pub(crate) fn to_f64(self) -> f64 {
        self.high
    }
}

impl From<f64> for Wide {
    fn from(value: f64) -> Self {
        Wide { high: value, low: 0.0 }
    }
}

impl Add for Wide {
    type Output = Wide;

    fn add(self, other: Wide) -> Wide {
        let (high, error) = two_sum(self.high, other.high);
        let (low, low_error) = two_sum(self.low, other.low);
        let (high, low) = fast_two_sum(high, error + low);
        let (high, low) = fast_two_sum(high, low + low_error);
        Wide { high, low }
    }
}

impl Neg for Wide {
    type Output = Wide;

    fn neg(self) -> Wide {
        Wide { high: -self.high, low: -self.low }
    }
}

impl Sub for Wide {
    type Output = Wide;

    fn sub(self, other: Wide) -> Wide {
        self + -other
    }
}

impl Mul for Wide {
    type Output = Wide;

    fn mul(self, other: Wide) -> Wide {
        let high = self.high * other.high;
        let error = self.high.mul_add(other.high, -high);
        let cross = self.high * other.low + self.low * other.high;
        let (high, low) = fast_two_sum(high, error + cross);
        Wide { high, low }
    }
}

impl Div for Wide {
    type Output = Wide;

    fn div(self, other: Wide) -> Wide {
        let first = Wide::from(self.high / other.high);
        let rest = self - first * other;
        let second = Wide::from(rest.high / other.high);
        let rest = rest - second * other;
        first + second + Wide::from(rest.high / other.high)
    }
}

impl std::iter::Sum for Wide {
    fn sum<I: Iterator<Item = Wide>>(terms: I) -> Wide {
        terms.fold(Wide::ZERO, Add::add)
    }
}

fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let from_b = sum - a;
    (sum, (a - (sum - from_b)) + (b - from_b))
}

/// For `|a| >= |b|`.
fn fast_two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    (sum, b - (sum - a))
}

#[test]
fn a_rounding_error_is_seen() {
    let third = Wide::from(1.0) / Wide::from(3.0);
    assert!((Wide::from(1.0 / 3.0) - third).is_negative(), "1/3 rounds down in f64");
    assert!((third * Wide::from(3.0) - Wide::from(1.0)).to_f64().abs() < 1e-31);
    let tiny = Wide::from(1e-20);
    assert!(!(Wide::from(1.0) + tiny - Wide::from(1.0) - tiny).is_negative());
    assert!((Wide::from(1.0) - (Wide::from(1.0) + tiny)).is_negative());
}
