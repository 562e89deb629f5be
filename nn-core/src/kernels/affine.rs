//! Fully connected layers: matrix products, with a path of their own for the few rows of single samples.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array2, ArrayD, ArrayRef2, Axis};

use super::{Batch, Part, samples, samples_mut};
use crate::{Affine, Scalar};

/// Up to this many samples each row of the weight is read once and used for all of them; a blocked product would copy
/// the whole weight first.
const FEW: usize = 3;

pub(super) fn apply<T: Scalar>(affine: &Affine<T>, part: Part, input: &Batch<'_, T>) -> Array2<T> {
    let weight = &affine.weight;
    let mut output = Array2::zeros((input.nrows(), weight.nrows()));
    if part == Part::Whole {
        output += &affine.bias;
    }
    match (part, few_samples(weight, input)) {
        (Part::Whole | Part::Linear, Some(weight)) => add_dots(weight, input, |w| w, &mut output),
        (Part::Absolute, Some(weight)) => add_dots(weight, input, T::abs, &mut output),
        (Part::Whole | Part::Linear, None) => add_product(input, &weight.t(), &mut output),
        (Part::Absolute, None) => add_product(input, &weight.mapv(T::abs).t(), &mut output),
    }
    output
}

pub(super) fn pullback<T: Scalar>(affine: &Affine<T>, cotangent: &Batch<'_, T>) -> Array2<T> {
    let weight = &affine.weight;
    let mut result = Array2::zeros((cotangent.nrows(), weight.ncols()));
    match few_samples(weight, cotangent) {
        Some(weight) => add_combinations(weight, cotangent, &mut result),
        None => add_product(cotangent, weight, &mut result),
    }
    result
}

/// The gradients of weight and bias.
pub(super) fn parameter_gradients<T: Scalar>(
    input: &ArrayRef2<T>,
    cotangent: &Batch<'_, T>,
) -> [ArrayD<T>; 2] {
    let mut weight = Array2::zeros((cotangent.ncols(), input.ncols()));
    add_product(&cotangent.t(), input, &mut weight);
    [weight.into_dyn(), cotangent.sum_axis(Axis(0)).into_dyn()]
}

/// The weight's memory, row after row, if it lies so and there are few samples.
fn few_samples<'w, T: Scalar>(weight: &'w Array2<T>, samples: &Batch<'_, T>) -> Option<&'w [T]> {
    weight.as_slice().filter(|_| samples.nrows() <= FEW)
}

fn add_product<T: Scalar>(left: &ArrayRef2<T>, right: &ArrayRef2<T>, result: &mut Array2<T>) {
    general_mat_mul(T::one(), left, right, T::one(), result);
}

/// `y += coefficient(weight) x` for every sample.
fn add_dots<T: Scalar>(
    weight: &[T],
    input: &Batch<'_, T>,
    coefficient: impl Fn(T) -> T,
    output: &mut Array2<T>,
) {
    for (row, mut column) in weight.chunks_exact(input.ncols().max(1)).zip(output.columns_mut()) {
        for (x, y) in samples(input).zip(&mut column) {
            *y += dot(row, x, &coefficient);
        }
    }
}

/// The sum of `coefficient(w) x`, in independent lanes that the compiler turns into vector instructions.
fn dot<T: Scalar>(weights: &[T], values: &[T], coefficient: impl Fn(T) -> T) -> T {
    const LANES: usize = 32;
    let mut sums = [T::zero(); LANES];
    let (weights, last_weights) = weights.as_chunks::<LANES>();
    let (values, last_values) = values.as_chunks::<LANES>();
    let add = |sum: &mut T, (w, x): (&T, &T)| *sum += coefficient(*w) * *x;
    for (weights, values) in weights.iter().zip(values) {
        sums.iter_mut().zip(weights.iter().zip(values)).for_each(|(sum, pair)| add(sum, pair));
    }
    sums.iter_mut().zip(last_weights.iter().zip(last_values)).for_each(|(sum, pair)| add(sum, pair));
    sums.into_iter().fold(T::zero(), |sum, lane| sum + lane)
}

/// `x += weight^T y` for every sample, row by row of the weight; rows with coefficient 0 are skipped.
fn add_combinations<T: Scalar>(weight: &[T], cotangent: &Batch<'_, T>, result: &mut Array2<T>) {
    let width = result.ncols().max(1);
    for (row, column) in weight.chunks_exact(width).zip(cotangent.columns()) {
        for (coefficient, to) in column.iter().zip(samples_mut(result)) {
            if !coefficient.is_zero() {
                to.iter_mut().zip(row).for_each(|(to, w)| *to += *coefficient * *w);
            }
        }
    }
}
