use ndarray::ArrayView1;

use crate::Scalar;

/// The class with the greatest logit, the first of equal ones.
///
/// # Panics
/// Where there is no logit.
pub fn predicted_class<T: Scalar>(logits: ArrayView1<'_, T>) -> usize {
    assert!(!logits.is_empty(), "there is no class without a logit");
    (1..logits.len()).fold(0, |best, class| if logits[class] > logits[best] { class } else { best })
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_first_of_equal_logits_wins() {
        for (logits, class) in [
            (array![1.0], 0),
            (array![0.0, 2.0, 1.0], 1),
            (array![3.0, 3.0, 1.0], 0),
            (array![f64::NEG_INFINITY, -1.0], 1),
        ] {
            assert_eq!(predicted_class(logits.view()), class, "{logits}");
        }
    }
}
