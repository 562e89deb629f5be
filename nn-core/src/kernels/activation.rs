//! Activation functions, element by element. Values keep their memory where the batch owns it.

use ndarray::{Array2, ArrayRef2, Zip};

use super::Batch;
use crate::Scalar;

/// `max(x, 0)`; NaN stays NaN, so that an overflow is not hidden.
pub(super) fn relu<T: Scalar>(input: Batch<'_, T>) -> Array2<T> {
    map(input, |x| if x < T::zero() { T::zero() } else { x })
}

/// The cotangent where `x > 0`, else 0.
pub(super) fn relu_pullback<T: Scalar>(input: &ArrayRef2<T>, cotangent: Batch<'_, T>) -> Array2<T> {
    map_with(cotangent, input, |c, x| if x > T::zero() { c } else { T::zero() })
}

pub(super) fn leaky_relu<T: Scalar>(slope: T, input: Batch<'_, T>) -> Array2<T> {
    map(input, |x| if x < T::zero() { slope * x } else { x })
}

pub(super) fn leaky_relu_pullback<T: Scalar>(
    slope: T,
    input: &ArrayRef2<T>,
    cotangent: Batch<'_, T>,
) -> Array2<T> {
    map_with(cotangent, input, |c, x| if x > T::zero() { c } else { slope * c })
}

/// `1 / (1 + exp(-x))`; where the exponential overflows the quotient is 0, as it should be.
pub(super) fn sigmoid<T: Scalar>(input: Batch<'_, T>) -> Array2<T> {
    map(input, |x| T::one() / (T::one() + (-x).exp()))
}

pub(super) fn sigmoid_pullback<T: Scalar>(output: &ArrayRef2<T>, cotangent: Batch<'_, T>) -> Array2<T> {
    map_with(cotangent, output, |c, y| c * (y * (T::one() - y)))
}

pub(super) fn tanh<T: Scalar>(input: Batch<'_, T>) -> Array2<T> {
    map(input, T::tanh)
}

pub(super) fn tanh_pullback<T: Scalar>(output: &ArrayRef2<T>, cotangent: Batch<'_, T>) -> Array2<T> {
    map_with(cotangent, output, |c, y| c * (T::one() - y * y))
}

fn map<T: Scalar>(values: Batch<'_, T>, function: impl Fn(T) -> T) -> Array2<T> {
    let mut values = values.into_owned();
    values.mapv_inplace(function);
    values
}

fn map_with<T: Scalar>(
    values: Batch<'_, T>,
    others: &ArrayRef2<T>,
    function: impl Fn(T, T) -> T,
) -> Array2<T> {
    let mut values = values.into_owned();
    Zip::from(&mut values).and(others).for_each(|value, &other| *value = function(*value, other));
    values
}
