//! Fully connected layers: matrix products, with a path of their own for the few rows of single samples.

use ndarray::linalg::{general_mat_mul, general_mat_vec_mul};
use ndarray::{Array2, ArrayD, ArrayRef1, ArrayRef2, ArrayViewMut1, Axis, Zip};

use super::{Batch, Part};
use crate::{Affine, Scalar};

/// Up to this many rows the matrix is read once per row: a blocked product would pack all of it first.
const FEW_ROWS: usize = 4;

pub(super) fn apply<T: Scalar>(affine: &Affine<T>, part: Part, input: &Batch<'_, T>) -> Array2<T> {
    let weight = &affine.weight;
    let mut output = Array2::zeros((input.nrows(), weight.nrows()));
    if part == Part::Whole {
        output += &affine.bias;
    }
    let few = input.nrows() <= FEW_ROWS && weight.is_standard_layout();
    match part {
        Part::Absolute if few => for_each_row(input, &mut output, |x, y| add_absolute_product(weight, x, y)),
        Part::Absolute => add_product(input, &weight.mapv(T::abs).t(), &mut output),
        Part::Whole | Part::Linear if few => for_each_row(input, &mut output, |x, mut y| {
            general_mat_vec_mul(T::one(), weight, x, T::one(), &mut y);
        }),
        Part::Whole | Part::Linear => add_product(input, &weight.t(), &mut output),
    }
    output
}

pub(super) fn pullback<T: Scalar>(affine: &Affine<T>, cotangent: &Batch<'_, T>) -> Array2<T> {
    let weight = &affine.weight;
    let mut result = Array2::zeros((cotangent.nrows(), weight.ncols()));
    if cotangent.nrows() <= FEW_ROWS && weight.is_standard_layout() {
        for_each_row(cotangent, &mut result, |from, to| add_combination(weight, from, to));
    } else {
        add_product(cotangent, weight, &mut result);
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

fn add_product<T: Scalar>(left: &ArrayRef2<T>, right: &ArrayRef2<T>, result: &mut Array2<T>) {
    general_mat_mul(T::one(), left, right, T::one(), result);
}

fn for_each_row<T: Scalar>(
    from: &Batch<'_, T>,
    to: &mut Array2<T>,
    body: impl Fn(&ArrayRef1<T>, ArrayViewMut1<'_, T>),
) {
    Zip::from(from.rows()).and(to.rows_mut()).for_each(|from, to| body(&from, to));
}

/// `y += |weight| x`
fn add_absolute_product<T: Scalar>(weight: &Array2<T>, x: &ArrayRef1<T>, mut y: ArrayViewMut1<'_, T>) {
    let x = x.as_slice().expect("a batch lies in row-major order");
    for (row, y) in weight.rows().into_iter().zip(&mut y) {
        *y += absolute_dot(row.to_slice().expect("the weight lies in row-major order"), x);
    }
}

/// The sum of `|w| x`, in independent lanes that the compiler turns into vector instructions.
fn absolute_dot<T: Scalar>(weights: &[T], values: &[T]) -> T {
    const LANES: usize = 8;
    let mut sums = [T::zero(); LANES];
    let (weights, weights_rest) = weights.as_chunks::<LANES>();
    let (values, values_rest) = values.as_chunks::<LANES>();
    for (w, x) in weights.iter().zip(values) {
        for lane in 0..LANES {
            sums[lane] += w[lane].abs() * x[lane];
        }
    }
    let rest = weights_rest.iter().zip(values_rest).fold(T::zero(), |sum, (w, x)| sum + w.abs() * *x);
    sums.into_iter().fold(rest, |sum, lane| sum + lane)
}

/// `to += weight^T from`, row by row; rows with coefficient 0 are skipped.
fn add_combination<T: Scalar>(weight: &Array2<T>, from: &ArrayRef1<T>, mut to: ArrayViewMut1<'_, T>) {
    for (row, coefficient) in weight.rows().into_iter().zip(from) {
        if !coefficient.is_zero() {
            to.scaled_add(*coefficient, &row);
        }
    }
}
