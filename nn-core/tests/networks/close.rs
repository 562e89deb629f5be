use ndarray::{ArrayRef, Dimension};

/// Equal up to `tolerance`, relative to values above 1.
pub(crate) fn assert_close<D: Dimension>(
    what: &str,
    actual: &ArrayRef<f64, D>,
    expected: &ArrayRef<f64, D>,
    tolerance: f64,
) {
    assert_eq!(actual.shape(), expected.shape(), "shape of {what}");
    for ((index, actual), expected) in actual.indexed_iter().zip(expected) {
        let near = (actual - expected).abs() <= tolerance * expected.abs().max(1.0);
        assert!(near, "{what} at {index:?} is {actual} instead of {expected}");
    }
}
