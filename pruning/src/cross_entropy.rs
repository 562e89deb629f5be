use ndarray::{Array1, ArrayView1};

/// The logarithm of the sum of the exponentials of logits, and its gradient, their softmax.
pub(crate) fn log_sum_exp(logits: ArrayView1<'_, f64>) -> (f64, Array1<f64>) {
    let greatest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let exponentials = logits.mapv(|logit| (logit - greatest).exp());
    let sum = exponentials.sum();
    (greatest + sum.ln(), exponentials / sum)
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn known_values_and_no_overflow() {
        let (value, softmax) = log_sum_exp(array![0.0, 3.0_f64.ln()].view());
        assert!((value - 4.0_f64.ln()).abs() < 1e-15);
        assert!((&softmax - &array![0.25, 0.75]).iter().all(|difference| difference.abs() < 1e-15));
        assert!((log_sum_exp(array![1e4, -1e4].view()).0 - 1e4).abs() < 1e-9);
    }
}
