//! A-priori bounds on the rounding errors of sums of products (Higham, "Accuracy and Stability of Numerical
//! Algorithms", chapter 3): whatever the order of summation, and with or without fused multiply-add, a computed sum
//! of `n` products differs from the exact one by at most `gamma(n) * sum |a_i b_i|`.

/// The relative error of one rounded operation in f64.
const UNIT_ROUNDOFF: f64 = f64::EPSILON / 2.0;

/// What underflow of one product can add to a bound: far above a subnormal number times any finite input of practice.
const UNDERFLOW: f64 = 1e-300;

/// Higham's `gamma(n) = n u / (1 - n u)`, rounded up, with a few operations to spare.
pub(crate) fn gamma(terms: usize) -> f64 {
    #[allow(clippy::cast_precision_loss)]
    let n = (terms + 8) as f64 * UNIT_ROUNDOFF;
    (n / (1.0 - n)) * (1.0 + 4.0 * f64::EPSILON)
}

/// An upper bound on the error of a sum of `terms` products whose absolute values sum to (about) `absolute_sum`.
///
/// `absolute_sum` may itself be computed in f64: `gamma` has room for its error.
pub(crate) fn sum_error(terms: usize, absolute_sum: f64) -> f64 {
    #[allow(clippy::cast_precision_loss)]
    let underflow = (terms + 8) as f64 * UNDERFLOW;
    (gamma(terms) * absolute_sum * (1.0 + gamma(terms))).next_up() + underflow
}

/// `a - b`, rounded down.
pub(crate) fn sub_down(a: f64, b: f64) -> f64 {
    (a - b).next_down()
}

/// `a + b`, rounded up.
pub(crate) fn add_up(a: f64, b: f64) -> f64 {
    (a + b).next_up()
}
