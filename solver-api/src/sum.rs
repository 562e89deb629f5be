/// The sum of `first` and all products `a * b`, as if computed in twice the working precision and rounded once.
///
/// Ogita, Rump, Oishi: Accurate sum and dot product, SIAM J. Sci. Comput. 26(6), 2005, algorithm 5.3 (Dot2).
pub(crate) fn compensated_dot(first: f64, products: impl IntoIterator<Item = (f64, f64)>) -> f64 {
    let (mut sum, mut error) = (first, 0.0);
    for (a, b) in products {
        let product = a * b;
        let total = sum + product;
        let from_product = total - sum;
        let sum_error = (sum - (total - from_product)) + (product - from_product);
        error += sum_error + a.mul_add(b, -product);
        sum = total;
    }
    // After an overflow the error terms are NaN.
    if error.is_finite() { sum + error } else { sum }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_a_plain_sum_loses() {
        for (first, products, expected) in [
            (0.0, vec![], 0.0),
            (1e16, vec![(1.0, 1.0), (-1e16, 1.0)], 1.0),
            (0.0, vec![(1e8 + 1.0, 1e8 - 1.0), (-1e8, 1e8)], -1.0),
            (0.0, vec![(0.1, 10.0), (-1.0, 1.0)], 0.1_f64.mul_add(10.0, -1.0)),
            (0.0, vec![(1e300, 1e300)], f64::INFINITY),
            (0.0, vec![(f64::INFINITY, 1.0), (1.0, 1.0)], f64::INFINITY),
        ] {
            assert_eq!(compensated_dot(first, products.clone()), expected, "{first} + {products:?}");
        }
    }
}
