//! Joining along an axis: every sample is `outer` stretches, each of one block from every input.

use ndarray::{Array2, ArrayRef2, ArrayView2, s};

use super::Batch;
use crate::{Scalar, Shape};

pub(super) fn apply<T: Scalar>(joined: &Shape, axis: usize, inputs: &[Batch<'_, T>]) -> Array2<T> {
    let outer = outer_count(joined, axis);
    let batch = inputs[0].nrows();
    let mut output = Array2::zeros((batch * outer, block_length(joined, axis)));
    let mut start = 0;
    for input in inputs {
        let block = input.ncols().checked_div(outer).unwrap_or(0);
        let values = reshaped(input, [batch * outer, block]);
        output.slice_mut(s![.., start..start + block]).assign(&values);
        start += block;
    }
    output.into_shape_with_order((batch, joined.element_count())).expect("the blocks fill the joined shape")
}

pub(super) fn pullback<'s, T: Scalar>(
    joined: &Shape,
    axis: usize,
    parts: impl Iterator<Item = &'s Shape>,
    cotangent: &Batch<'_, T>,
) -> Vec<Array2<T>> {
    let outer = outer_count(joined, axis);
    let batch = cotangent.nrows();
    let cotangent = reshaped(cotangent, [batch * outer, block_length(joined, axis)]);
    let mut start = 0;
    let mut part = |shape: &Shape| {
        let block = block_length(shape, axis);
        let values = cotangent.slice(s![.., start..start + block]);
        start += block;
        let values = values.as_standard_layout().into_owned();
        values
            .into_shape_with_order((batch, shape.element_count()))
            .expect("a block holds one input's elements")
    };
    parts.map(&mut part).collect()
}

fn outer_count(shape: &Shape, axis: usize) -> usize {
    shape.dimensions()[..axis].iter().product()
}

fn block_length(shape: &Shape, axis: usize) -> usize {
    shape.dimensions()[axis..].iter().product()
}

fn reshaped<T>(values: &ArrayRef2<T>, [rows, columns]: [usize; 2]) -> ArrayView2<'_, T> {
    values.view().into_shape_with_order((rows, columns)).expect("a batch lies in row-major order")
}
