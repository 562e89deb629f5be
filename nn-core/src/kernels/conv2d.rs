//! Convolution as matrix products over the patches under the kernel.
//!
//! One product a group serves a block of samples. Source: Chellapilla, Puri, Simard, "High performance convolutional neural
//! networks for document processing", 2006.

use ndarray::{Array1, Array2, ArrayD, ArrayRef2, ArrayViewMut2, Axis, CowArray, Ix2, s};

use super::patches::Layout;
use super::transpose::{samples_last, write_transposed};
use super::{Batch, Part};
use crate::{Conv2d, Scalar, add_product, write_product};

pub(super) fn apply<T: Scalar>(
    conv: &Conv2d<T>,
    image: [usize; 3],
    part: Part,
    input: &Batch<'_, T>,
) -> Array2<T> {
    let layout = Layout::new(conv, image);
    let weight = coefficients(conv, part);
    let mut output = Array2::zeros((input.nrows(), layout.output_count()));
    let mut patches = Array2::zeros((0, 0));
    for block in layout.blocks(input.nrows()) {
        layout.gather(&samples_last(&input.slice(s![block.clone(), ..])), &mut patches);
        let mut values = Array2::zeros((layout.outputs, patches.ncols()));
        if part == Part::Whole {
            values.rows_mut().into_iter().zip(&conv.bias).for_each(|(mut row, bias)| row.fill(*bias));
        }
        for (outputs, inputs) in layout.groups() {
            let weight = weight.slice(s![outputs.clone(), ..]);
            add_product(&weight, &patches.slice(s![inputs, ..]), &mut values.slice_mut(s![outputs, ..]));
        }
        store(values, output.slice_mut(s![block, ..]));
    }
    output
}

pub(super) fn pullback<T: Scalar>(
    conv: &Conv2d<T>,
    image: [usize; 3],
    part: Part,
    cotangent: &Batch<'_, T>,
) -> Array2<T> {
    let layout = Layout::new(conv, image);
    let weight = coefficients(conv, part);
    let mut result = Array2::zeros((cotangent.nrows(), layout.input_count()));
    let mut patches = Array2::zeros((0, 0));
    for block in layout.blocks(cotangent.nrows()) {
        let cotangent = cotangent.slice(s![block.clone(), ..]);
        let cotangent = by_channel(&layout, samples_last(&cotangent));
        layout.provide_patches(block.len(), &mut patches);
        for (outputs, inputs) in layout.groups() {
            let weight = weight.slice(s![outputs.clone(), ..]);
            let cotangent = cotangent.slice(s![outputs, ..]);
            write_product(&weight.t(), &cotangent, &mut patches.slice_mut(s![inputs, ..]));
        }
        let mut images = Array2::zeros((layout.input_count(), block.len()));
        layout.scatter(&patches, &mut images);
        store(images, result.slice_mut(s![block, ..]));
    }
    result
}

/// The gradients of weight and bias.
pub(super) fn parameter_gradients<T: Scalar>(
    conv: &Conv2d<T>,
    image: [usize; 3],
    input: &ArrayRef2<T>,
    cotangent: &Batch<'_, T>,
) -> [ArrayD<T>; 2] {
    let layout = Layout::new(conv, image);
    let input = input.as_standard_layout();
    let mut bias = Array1::zeros(layout.outputs);
    let mut weight = Array2::zeros(weight_matrix(conv).dim());
    let mut patches = Array2::zeros((0, 0));
    for block in layout.blocks(input.nrows()) {
        layout.gather(&samples_last(&input.slice(s![block.clone(), ..])), &mut patches);
        let cotangent = cotangent.slice(s![block, ..]);
        let cotangent = by_channel(&layout, samples_last(&cotangent));
        for (outputs, inputs) in layout.groups() {
            let cotangent = cotangent.slice(s![outputs.clone(), ..]);
            let patches = patches.slice(s![inputs, ..]);
            add_product(&cotangent, &patches.t(), &mut weight.slice_mut(s![outputs, ..]));
        }
        bias += &cotangent.sum_axis(Axis(1));
    }
    let weight = weight.into_shape_with_order(conv.weight.raw_dim()).expect("as many elements as the weight");
    [weight.into_dyn(), bias.into_dyn()]
}

/// The weight matrix of a part of the operator.
fn coefficients<T: Scalar>(conv: &Conv2d<T>, part: Part) -> CowArray<'_, T, Ix2> {
    match part {
        Part::Absolute => CowArray::from(weight_matrix(conv).mapv(T::abs)),
        Part::Whole | Part::Linear => weight_matrix(conv),
    }
}

/// Output channels × (input channels of a group × kernel elements).
fn weight_matrix<T: Scalar>(conv: &Conv2d<T>) -> CowArray<'_, T, Ix2> {
    let (outputs, inputs, height, width) = conv.weight.dim();
    conv.weight.to_shape((outputs, inputs * height * width)).expect("any array takes a shape of its size")
}

/// From (channels × positions, samples) to (channels, positions × samples).
fn by_channel<'a, T: Scalar>(layout: &Layout, values: CowArray<'a, T, Ix2>) -> CowArray<'a, T, Ix2> {
    let columns = values.len() / layout.outputs.max(1);
    values.into_shape_with_order((layout.outputs, columns)).expect("samples come last, in row-major order")
}

/// Writes values with their samples last, in any shape, to the rows of these samples.
fn store<T: Scalar>(values: Array2<T>, mut rows: ArrayViewMut2<'_, T>) {
    let shape = (rows.ncols(), rows.nrows());
    let values = values.into_shape_with_order(shape).expect("a fresh array lies in row-major order");
    write_transposed(&values, &mut rows);
}
