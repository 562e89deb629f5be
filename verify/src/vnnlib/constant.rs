//! Numbers as they are written, and exact arithmetic with them.

use std::cmp::Ordering;

use num_rational::BigRational;
use num_traits::float::FloatCore;

/// Digits, sign and point of a number at most: every `f64` can be written with fewer.
const LONGEST_NUMBER: usize = 2000;

/// A number of a file.
///
/// A decimal such as 0.1 is no `f64`. All readers of VNN-LIB take the nearest one for it, and so does whoever checks a
/// counterexample; a proof shall hold for the decimal as well. So both are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Constant {
    /// The nearest `f64`: what the number means.
    pub(super) nearest: f64,
    /// At most `nearest` and the number that is written.
    pub(super) lower: f64,
    /// At least `nearest` and the number that is written.
    pub(super) upper: f64,
}

/// Two `f64` have no `f64` as their sum or product.
#[derive(Debug)]
pub(super) struct Inexact;

impl Constant {
    pub(super) const ZERO: Constant = Constant::exact(0.0);

    /// A number that is an `f64`.
    pub(super) const fn exact(value: f64) -> Self {
        Self { nearest: value, lower: value, upper: value }
    }

    /// Reads `-0.5`, `1`, `3e-2` and the like. The error says what is wrong with the text.
    pub(super) fn read(text: &str) -> Result<Self, &'static str> {
        let (digits, exponent) = decimal_parts(text).ok_or("a number")?;
        if text.len() > LONGEST_NUMBER {
            return Err("a number of at most 2000 characters");
        }
        let nearest = text.parse::<f64>().map_err(|_| "a number")? + 0.0;
        let written = compare(&digits, exponent, text.starts_with('-'), nearest);
        let constant = Self {
            nearest,
            lower: if written == Ordering::Less { nearest.next_down() } else { nearest },
            upper: if written == Ordering::Greater { nearest.next_up() } else { nearest },
        };
        if constant.lower.is_finite() && constant.upper.is_finite() {
            Ok(constant)
        } else {
            Err("a number in the range of f64, which ends at 1.8e308")
        }
    }

    pub(super) fn negated(self) -> Self {
        Self { nearest: 0.0 - self.nearest, lower: 0.0 - self.upper, upper: 0.0 - self.lower }
    }

    pub(super) fn plus(self, other: Self) -> Result<Self, Inexact> {
        let lower = exact_sum(self.lower, other.lower).unwrap_or_else(|sum| sum.next_down());
        let upper = exact_sum(self.upper, other.upper).unwrap_or_else(|sum| sum.next_up());
        Ok(Self { nearest: exact_sum(self.nearest, other.nearest).map_err(|_| Inexact)?, lower, upper })
    }

    pub(super) fn times(self, other: Self) -> Result<Self, Inexact> {
        let nearest = product(self.nearest, other.nearest)?;
        let mut range = (nearest, nearest);
        for (a, b) in [
            (self.lower, other.lower),
            (self.lower, other.upper),
            (self.upper, other.lower),
            (self.upper, other.upper),
        ] {
            let (lower, upper) = match exact_product(a, b) {
                Ok(product) => (product, product),
                Err(product) => (product.next_down(), product.next_up()),
            };
            range = (range.0.min(lower), range.1.max(upper));
        }
        Ok(Self { nearest, lower: range.0, upper: range.1 })
    }
}

/// The sum of two numbers, where it is an `f64`.
pub(super) fn sum(a: f64, b: f64) -> Result<f64, Inexact> {
    exact_sum(a, b).map_err(|_| Inexact)
}

/// The product of two numbers, where it is an `f64`.
pub(super) fn product(a: f64, b: f64) -> Result<f64, Inexact> {
    exact_product(a, b).map_err(|_| Inexact)
}

/// The sum, as an error where it had to be rounded (Knuth's two-sum).
fn exact_sum(a: f64, b: f64) -> Result<f64, f64> {
    let sum = a + b;
    let b_part = sum - a;
    let error = (a - (sum - b_part)) + (b - b_part);
    if sum.is_finite() && error == 0.0 { Ok(sum) } else { Err(sum) }
}

/// The product, as an error where it had to be rounded, or where that cannot be told because it is too small.
fn exact_product(a: f64, b: f64) -> Result<f64, f64> {
    /// Above it, the rounding error of a product is an `f64` itself.
    const SAFE: f64 = f64::MIN_POSITIVE / f64::EPSILON;
    let product = a * b;
    let exact = a == 0.0
        || b == 0.0
        || a.abs() == 1.0
        || b.abs() == 1.0
        || (product.abs() >= SAFE && a.mul_add(b, -product) == 0.0);
    if product.is_finite() && exact { Ok(product + 0.0) } else { Err(product) }
}

/// Significant digits, and the power of ten that they count; none where the text is no number.
fn decimal_parts(text: &str) -> Option<(String, i64)> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = match exponent {
        None => 0,
        Some(text) if all_digits(text.strip_prefix(['-', '+']).unwrap_or(text)) => {
            // An exponent beyond i64 makes the number 0 or infinite, and its digits do not matter.
            text.parse::<i64>().unwrap_or(0)
        }
        Some(_) => return None,
    };
    all_digits(&digits).then(|| (digits, exponent - i64::try_from(fraction.len()).unwrap_or(0)))
}

/// The number that is written, against the `f64` that was read.
fn compare(digits: &str, exponent: i64, negative: bool, nearest: f64) -> Ordering {
    let magnitude = if digits.bytes().all(|digit| digit == b'0') {
        Ordering::Equal
    } else if nearest == 0.0 {
        Ordering::Greater
    } else {
        compare_in_integers(digits, exponent, nearest.abs())
            .or_else(|| compare_in_fractions(digits, exponent, nearest.abs()))
            // Infinite, which is an error anyway.
            .unwrap_or(Ordering::Equal)
    };
    if negative { magnitude.reverse() } else { magnitude }
}

/// For numbers of up to 19 digits, of which up to 27 stand behind the point: most of all that are ever written.
///
/// `digits / 10^places` against `mantissa * 2^power` is `digits` against `mantissa * 5^places * 2^(power + places)`.
fn compare_in_integers(digits: &str, exponent: i64, nearest: f64) -> Option<Ordering> {
    let digits = u128::from(digits.parse::<u64>().ok()?);
    let places = u32::try_from(-exponent).ok().filter(|places| *places <= 27)?;
    let (mantissa, power, _) = nearest.integer_decode();
    let scaled = u128::from(mantissa) * 5_u128.pow(places);
    let shift = i32::from(power) + i32::try_from(places).ok()?;
    let shifted = |number: u128| {
        (number.leading_zeros() >= shift.unsigned_abs()).then(|| number << shift.unsigned_abs())
    };
    if shift < 0 { Some(shifted(digits)?.cmp(&scaled)) } else { Some(digits.cmp(&shifted(scaled)?)) }
}

/// For all finite numbers.
fn compare_in_fractions(digits: &str, exponent: i64, nearest: f64) -> Option<Ordering> {
    let digits: BigRational = digits.parse().ok()?;
    let ten = BigRational::from_integer(10.into());
    Some((digits * ten.pow(i32::try_from(exponent).ok()?)).cmp(&BigRational::from_float(nearest)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_enclosed_as_tightly_as_can_be() {
        let check = |text: &str, lower: f64, upper: f64| {
            let constant = Constant::read(text).unwrap_or_else(|expected| panic!("{text}: {expected}"));
            assert_eq!((constant.lower, constant.upper), (lower, upper), "{text}");
            assert_eq!(constant.nearest, text.parse::<f64>().unwrap(), "{text}");
            assert!(constant.nearest.is_sign_positive() || constant.nearest != 0.0, "{text}");
        };
        check("0.5", 0.5, 0.5);
        check("-3", -3.0, -3.0);
        check("+2.50e+1", 25.0, 25.0);
        check("-0.0", 0.0, 0.0);
        check("0e999999999999999999999", 0.0, 0.0);
        // The f64 nearest to 0.1 lies above it, that of 0.3 below.
        check("0.1", 0.1_f64.next_down(), 0.1);
        check("-0.1", -0.1, (-0.1_f64).next_up());
        check("0.3", 0.3, 0.3_f64.next_up());
        check("3E-1", 0.3, 0.3_f64.next_up());
        // An f32 with all of its digits, and with the digits that numpy prints.
        check("0.100000001490116119384765625", f64::from(0.1_f32), f64::from(0.1_f32));
        check("0.10000000149011612", f64::from(0.1_f32), f64::from(0.1_f32).next_up());
        check("1e-400", 0.0, f64::from_bits(1));
        check("-1e-99999999999999999999", f64::from_bits(1).copysign(-1.0), 0.0);
        check("9007199254740993", 9_007_199_254_740_992.0, 9_007_199_254_740_994.0);
    }

    #[test]
    fn integers_and_fractions_compare_alike() {
        let mut compared = 0;
        for digits in [1_u64, 3, 7, 10, 299_999_999, 4_503_599_627_370_497, 10_000_000_149_011_612, u64::MAX]
        {
            for places in 0..=30 {
                let (text, exponent) = (digits.to_string(), -i64::from(places));
                let nearest: f64 = format!("{text}e{exponent}").parse().unwrap();
                for value in [nearest.next_down(), nearest, nearest.next_up()] {
                    let fractions = compare_in_fractions(&text, exponent, value);
                    assert!(fractions.is_some());
                    if let Some(integers) = compare_in_integers(&text, exponent, value) {
                        assert_eq!(Some(integers), fractions, "{text} {exponent} {value}");
                        compared += 1;
                    }
                }
            }
        }
        assert_eq!(compared, 8 * 28 * 3);
    }

    #[test]
    fn what_is_no_number_is_told() {
        for text in ["", "-", ".", "e5", "1e", "1e+", "--1", "1_000", "inf", "NaN", "0x10", "1.2.3", "１"] {
            assert_eq!(Constant::read(text).map_err(|expected| expected.to_owned()), Err("a number".into()));
        }
        for text in ["1e400", "-1e99999999999999999999", "1.7976931348623158e308"] {
            assert!(Constant::read(text).is_err_and(|expected| expected.contains("range")), "{text}");
        }
        assert!(Constant::read(&"1".repeat(3000)).is_err_and(|expected| expected.contains("2000")));
    }

    #[test]
    fn sums_and_products_are_exact_or_refused() {
        assert_eq!(sum(0.5, 0.25).ok(), Some(0.75));
        assert!(sum(0.1, 0.2).is_err());
        assert!(sum(f64::MAX, f64::MAX).is_err());
        assert_eq!(product(0.1, 4.0).ok(), Some(0.4));
        assert_eq!(product(-1.0, 1e-320).ok(), Some(-1e-320));
        assert!(product(0.1, 0.1).is_err());
        assert!(product(1e-200, 1e-200).is_err());
        let tenth = Constant::read("0.1").unwrap();
        let doubled = tenth.times(Constant::exact(-2.0)).unwrap();
        assert_eq!((doubled.lower, doubled.upper), (-0.2, -2.0 * 0.1_f64.next_down()));
        let shifted = tenth.plus(Constant::exact(0.0)).unwrap();
        assert_eq!(shifted, tenth);
    }
}
