use ndarray::{Array2, ArrayView2, Zip};
use nn_core::Scalar;

/// The loss of a batch and its gradient.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossEntropy<T> {
    /// The mean over the batch, in nats.
    pub loss: f64,
    /// The gradient of the mean with respect to the logits, in their shape.
    pub cotangent: Array2<T>,
}

/// The mean cross-entropy of logits, (batch, classes), against labels:
/// `mean_i ( log sum_k exp z[i][k] - z[i][y[i]] )`, with the greatest logit of each sample subtracted first, so that no
/// exponential overflows. An empty batch has the loss NaN.
///
/// # Panics
/// Where there is not one label for every row, or a label is not below the number of classes.
pub fn cross_entropy<T: Scalar>(logits: ArrayView2<'_, T>, labels: &[u8]) -> CrossEntropy<T> {
    let batch_size = T::from_f64(labels.len() as f64);
    let mut cotangent = logits.to_owned();
    let mut sum = 0.0;
    Zip::from(cotangent.rows_mut()).and(labels).for_each(|mut row, &label| {
        let label = usize::from(label);
        let greatest = row.fold(T::neg_infinity(), |greatest, &logit| greatest.max(logit));
        let label_logit = row[label] - greatest;
        row.mapv_inplace(|logit| (logit - greatest).exp());
        let normalizer = row.sum();
        sum += (normalizer.ln() - label_logit).as_f64();
        row.mapv_inplace(|exponential| exponential / normalizer / batch_size);
        row[label] -= T::one() / batch_size;
    });
    CrossEntropy { loss: sum / labels.len() as f64, cotangent }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};
    use proptest::prelude::*;

    use super::*;

    fn assert_near(actual: f64, expected: f64, tolerance: f64) {
        assert!((actual - expected).abs() <= tolerance, "{actual} is not {expected}");
    }

    #[test]
    fn known_losses() {
        let loss = |logits: Array2<f64>, labels: &[u8]| cross_entropy(logits.view(), labels).loss;
        assert_near(loss(array![[0.0, 0.0]], &[1]), 2.0_f64.ln(), 1e-15);
        assert_near(loss(array![[0.0, 3.0_f64.ln()]], &[1]), (4.0_f64 / 3.0).ln(), 1e-15);
        assert_near(loss(array![[0.0, 3.0_f64.ln()], [1.0, 1.0]], &[0, 0]), 8.0_f64.ln() / 2.0, 1e-15);
    }

    #[test]
    fn great_logits_do_not_overflow() {
        let result = cross_entropy(array![[1e4_f32, -1e4], [-3e38, 3e38]].view(), &[1, 1]);
        assert_near(result.loss, 1e4, 1e-3);
        assert_eq!(result.cotangent, array![[0.5, -0.5], [0.0, 0.0]]);
    }

    #[test]
    fn nan_and_infinity_show_in_the_loss() {
        for logit in [f32::NAN, f32::INFINITY] {
            assert!(cross_entropy(array![[logit, 0.0]].view(), &[1]).loss.is_nan());
        }
    }

    fn batches() -> impl Strategy<Value = (Array2<f64>, Vec<u8>)> {
        (1..5_usize, 2..6_usize).prop_flat_map(|(samples, classes)| {
            let logits = proptest::collection::vec(-20.0..20.0, samples * classes);
            let labels = proptest::collection::vec(0..u8::try_from(classes).expect("few"), samples);
            let shaped = move |v| Array2::from_shape_vec((samples, classes), v).expect("as many elements");
            (logits.prop_map(shaped), labels)
        })
    }

    proptest! {
        #[test]
        fn the_cotangent_is_the_slope_of_the_loss((logits, labels) in batches()) {
            let cotangent = cross_entropy(logits.view(), &labels).cotangent;
            for (index, slope) in cotangent.indexed_iter() {
                let loss_at = |step: f64| {
                    let mut moved = logits.clone();
                    moved[index] += step;
                    cross_entropy(moved.view(), &labels).loss
                };
                let difference = (loss_at(1e-5) - loss_at(-1e-5)) / 2e-5;
                prop_assert!((difference - slope).abs() < 1e-8, "{difference} is not {slope}");
            }
        }

        #[test]
        fn a_shift_of_all_logits_changes_nothing((logits, labels) in batches(), shift in -50.0..50.0) {
            let plain = cross_entropy(logits.view(), &labels);
            let shifted = cross_entropy(logits.mapv(|logit| logit + shift).view(), &labels);
            prop_assert!((plain.loss - shifted.loss).abs() < 1e-12);
            prop_assert!(plain.loss >= 0.0);
            prop_assert!(plain.cotangent.rows().into_iter().all(|row| row.sum().abs() < 1e-14));
        }
    }
}
