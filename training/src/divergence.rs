use ndarray::{Array1, Array2, ArrayView2, Zip};
use nn_core::Scalar;

/// How far distributions are apart, row by row.
pub(crate) struct Divergence<T> {
    /// `KL(p || q) = sum_k p[k] (log p[k] - log q[k])`, in nats.
    pub(crate) values: Array1<T>,
    /// The gradients with respect to the logits whose softmax is `p`.
    pub(crate) to_first: Array2<T>,
    /// The gradients with respect to the logits whose softmax is `q`.
    pub(crate) to_second: Array2<T>,
}

/// The logarithm of the softmax of every row, with the greatest logit subtracted first.
pub(crate) fn log_softmax<T: Scalar>(logits: ArrayView2<'_, T>) -> Array2<T> {
    let mut result = logits.to_owned();
    for mut row in result.outer_iter_mut() {
        let greatest = row.fold(T::neg_infinity(), |greatest, &logit| greatest.max(logit));
        let sum = row.fold(T::zero(), |sum, &logit| sum + (logit - greatest).exp());
        let shift = greatest + sum.ln();
        row.mapv_inplace(|logit| logit - shift);
    }
    result
}

/// The divergences of distributions that are given by their logarithms.
pub(crate) fn divergence<T: Scalar>(log_p: ArrayView2<'_, T>, log_q: ArrayView2<'_, T>) -> Divergence<T> {
    let (mut to_first, mut to_second) = (log_p.to_owned(), log_q.to_owned());
    let mut values = Array1::zeros(log_p.nrows());
    for (index, value) in values.iter_mut().enumerate() {
        let (log_p, log_q) = (log_p.row(index), log_q.row(index));
        *value = Zip::from(&log_p).and(&log_q).fold(T::zero(), |sum, &p, &q| sum + p.exp() * (p - q));
        Zip::from(to_first.row_mut(index)).and(&log_q).for_each(|p, &q| *p = p.exp() * (*p - q - *value));
        Zip::from(to_second.row_mut(index)).and(&log_p).for_each(|q, &p| *q = q.exp() - p.exp());
    }
    Divergence { values, to_first, to_second }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn of_logits(first: &Array2<f64>, second: &Array2<f64>) -> Divergence<f64> {
        divergence(log_softmax(first.view()).view(), log_softmax(second.view()).view())
    }

    #[test]
    fn known_divergences() {
        // (1/2, 1/2) against (1/4, 3/4), and the same distribution under a shift.
        let second = array![[0.0, 3.0_f64.ln()], [5.0, 5.0]];
        let found = of_logits(&array![[0.0, 0.0], [-2.0, -2.0]], &second);
        let expected = 0.5 * (2.0_f64.ln() + (2.0_f64 / 3.0).ln());
        assert!((found.values[0] - expected).abs() < 1e-15);
        assert!(found.values[1].abs() < 1e-15);
        assert!(found.to_first.row(1).iter().chain(found.to_second.row(1)).all(|slope| slope.abs() < 1e-15));
    }

    #[test]
    fn great_logits_do_not_overflow() {
        let found = of_logits(&array![[1e4, -1e4]], &array![[-1e4, 1e4]]);
        assert!((found.values[0] - 2e4).abs() < 1e-9);
        assert!(found.to_first.iter().chain(&found.to_second).all(|slope| slope.is_finite()));
    }

    #[test]
    fn gradients_are_differences() {
        let first = array![[0.3, -1.0, 2.0, 0.1], [1.0, 0.5, -0.5, 3.0]];
        let second = array![[1.3, 0.0, -0.5, 0.7], [0.0, -2.5, 0.25, 1.0]];
        let found = of_logits(&first, &second);
        const STEP: f64 = 1e-6;
        for (row, class) in ndarray::indices(first.dim()) {
            let at = |which: usize, step: f64| {
                let mut moved = [first.clone(), second.clone()];
                moved[which][(row, class)] += step;
                of_logits(&moved[0], &moved[1]).values[row]
            };
            for (which, slopes) in [&found.to_first, &found.to_second].into_iter().enumerate() {
                let difference = (at(which, STEP) - at(which, -STEP)) / (2.0 * STEP);
                let slope = slopes[(row, class)];
                assert!((difference - slope).abs() < 1e-8, "{slope} is not {difference}");
            }
        }
    }
}
