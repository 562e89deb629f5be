//! The sum of tensors of one shape; all coefficients are 1, so every part of it is the sum itself.

use ndarray::Array2;

use super::Batch;
use crate::Scalar;

pub(super) fn apply<T: Scalar>(inputs: Vec<Batch<'_, T>>) -> Array2<T> {
    let mut inputs = inputs.into_iter();
    let mut sum = inputs.next().expect("a sum has two inputs or more").into_owned();
    inputs.for_each(|input| sum += &input);
    sum
}

pub(super) fn pullback<T: Scalar>(input_count: usize, cotangent: Batch<'_, T>) -> Vec<Array2<T>> {
    std::iter::repeat_n(cotangent.into_owned(), input_count).collect()
}
