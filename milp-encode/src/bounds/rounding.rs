//! A-priori bounds on rounding errors (Higham, "Accuracy and Stability of Numerical Algorithms", chapters 2 and 3).
//!
//! A computed product is `a b (1 + d) + t` with `|d| <= u` and `|t|` at most half the least subnormal number; a computed
//! sum is `(a + b)(1 + d)`. So a sum of `n` products, in any order and with or without fused multiply-add, differs from
//! the exact one by at most `gamma(n) * sum |a_i b_i|`, plus what the `n` products lost to underflow.

/// The relative error of one rounded operation in f64.
const UNIT_ROUNDOFF: f64 = f64::EPSILON / 2.0;

/// More than the underflow of one product (`2^-1075`), and far enough from zero to survive the products it enters.
const UNDERFLOW: f64 = 1e-300;

/// What the magnitude that a coefficient meets has to have added where it contains a rounded product: charged as a share of
/// this, as all magnitudes are, what the product lost to underflow is paid for.
pub(super) const PRODUCT_REACH: f64 = UNDERFLOW;

/// Operations that every bound here has to spare: divisions, the sums of the error terms themselves, roundings of
/// the bound.
const SPARE: usize = 8;

/// Higham's `gamma(n) = n u / (1 - n u)`, rounded up.
fn gamma(terms: usize) -> f64 {
    let n = count(terms) * UNIT_ROUNDOFF;
    (n / (1.0 - n)) * (1.0 + 4.0 * f64::EPSILON)
}

/// An upper bound on the error of a sum of `terms` products whose absolute values sum to `absolute_sum`.
///
/// `absolute_sum` may itself be computed in f64 by a sum of as many products: there is room for its error.
pub fn sum_error(terms: usize, absolute_sum: f64) -> f64 {
    (gamma(terms) * absolute_sum * (1.0 + gamma(terms))).next_up() + count(terms) * UNDERFLOW
}

/// What the underflow of coefficients, each a sum of `terms` products, changes in a sum over values whose absolute
/// values sum to `absolute_sum`.
pub fn coefficient_underflow(terms: usize, absolute_sum: f64) -> f64 {
    count(terms) * UNDERFLOW * absolute_sum
}

#[allow(clippy::cast_precision_loss)]
fn count(terms: usize) -> f64 {
    (terms + SPARE) as f64
}

/// `a - b`, rounded down.
pub fn sub_down(a: f64, b: f64) -> f64 {
    (a - b).next_down()
}

/// `a + b`, rounded up.
pub fn add_up(a: f64, b: f64) -> f64 {
    (a + b).next_up()
}
