//! Fully connected layers: matrix products.

use ndarray::{Array2, ArrayD, ArrayRef2, Axis};

use super::{Batch, Part, samples};
use crate::{Affine, Scalar, add_product, write_product};

/// Up to this many samples are multiplied by absolute values as these are read; for more, a matrix of them is made.
const FEW: usize = 3;

pub(super) fn apply<T: Scalar>(affine: &Affine<T>, part: Part, input: &Batch<'_, T>) -> Array2<T> {
    let weight = &affine.weight;
    let mut output = Array2::zeros((input.nrows(), weight.nrows()));
    match part {
        Part::Whole => {
            output += &affine.bias;
            add_product(input, &weight.t(), &mut output);
        }
        Part::Linear => write_product(input, &weight.t(), &mut output),
        Part::Absolute => match weight.as_slice() {
            Some(weight) if input.nrows() <= FEW => write_absolute_dots(weight, input, &mut output),
            _ => write_product(input, &weight.mapv(T::abs).t(), &mut output),
        },
    }
    output
}

pub(super) fn pullback<T: Scalar>(affine: &Affine<T>, part: Part, cotangent: &Batch<'_, T>) -> Array2<T> {
    let mut result = Array2::zeros((cotangent.nrows(), affine.weight.ncols()));
    match part {
        Part::Whole | Part::Linear => write_product(cotangent, &affine.weight, &mut result),
        Part::Absolute => write_product(cotangent, &affine.weight.mapv(T::abs), &mut result),
    }
    result
}

/// The gradients of weight and bias.
pub(super) fn parameter_gradients<T: Scalar>(
    input: &ArrayRef2<T>,
    cotangent: &Batch<'_, T>,
) -> [ArrayD<T>; 2] {
    let mut weight = Array2::zeros((cotangent.ncols(), input.ncols()));
    write_product(&cotangent.t(), input, &mut weight);
    [weight.into_dyn(), cotangent.sum_axis(Axis(0)).into_dyn()]
}

/// `y = |weight| x` for every sample.
fn write_absolute_dots<T: Scalar>(weight: &[T], input: &Batch<'_, T>, output: &mut Array2<T>) {
    for (row, mut column) in weight.chunks_exact(input.ncols().max(1)).zip(output.columns_mut()) {
        for (x, y) in samples(input).zip(&mut column) {
            *y = absolute_dot(row, x);
        }
    }
}

/// The sum of `|w| x`, in independent lanes that the compiler turns into vector instructions.
fn absolute_dot<T: Scalar>(weights: &[T], values: &[T]) -> T {
    const LANES: usize = 32;
    let mut sums = [T::zero(); LANES];
    let (weights, last_weights) = weights.as_chunks::<LANES>();
    let (values, last_values) = values.as_chunks::<LANES>();
    for (weights, values) in weights.iter().zip(values) {
        for lane in 0..LANES {
            sums[lane] += weights[lane].abs() * values[lane];
        }
    }
    let last = last_weights.iter().zip(last_values).fold(T::zero(), |sum, (w, x)| sum + w.abs() * *x);
    sums.into_iter().fold(last, |sum, lane| sum + lane)
}
