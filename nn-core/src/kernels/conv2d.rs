//! Convolution as matrix products over the patches under the kernel.
//!
//! The patches of a block of samples form a matrix of (channels × kernel elements) × (samples × positions), so that one
//! product a group serves the whole block. Source: Chellapilla, Puri, Simard, "High performance convolutional neural
//! networks for document processing", 2006.

use std::ops::Range;

use ndarray::{Array2, ArrayD, ArrayRef2, ArrayViewMut2, Axis, CowArray, Ix2, s};

use super::windows::Windows;
use super::{Batch, Part};
use crate::{Conv2d, Scalar, add_product, write_product};

/// A block takes as many samples as give about this many window positions: wide enough for a blocked product where
/// images are small, and small enough to stay in the cache where they are large.
const BLOCK_POSITIONS: usize = 256;

pub(super) fn apply<T: Scalar>(
    conv: &Conv2d<T>,
    image: [usize; 3],
    part: Part,
    input: &Batch<'_, T>,
) -> Array2<T> {
    let layout = Layout::new(conv, image);
    let weight = coefficients(conv, part);
    let mut output = Array2::zeros((input.nrows(), layout.outputs * layout.windows.positions));
    let mut patches = layout.patch_matrix(input.nrows());
    for block in layout.blocks(input.nrows()) {
        layout.gather(&input.slice(s![block.clone(), ..]), &mut patches);
        let patches = patches.slice(s![.., ..block.len() * layout.windows.positions]);
        let mut product = Array2::zeros((layout.outputs, patches.ncols()));
        for (outputs, inputs) in layout.groups() {
            let weight = weight.slice(s![outputs.clone(), ..]);
            let patches = patches.slice(s![inputs, ..]);
            write_product(&weight, &patches, &mut product.slice_mut(s![outputs, ..]));
        }
        if part == Part::Whole {
            product += &conv.bias.view().insert_axis(Axis(1));
        }
        layout.store_by_sample(product, output.slice_mut(s![block, ..]));
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
    let mut result = Array2::zeros((cotangent.nrows(), layout.channels * layout.windows.pixels));
    let mut patches = layout.patch_matrix(cotangent.nrows());
    for block in layout.blocks(cotangent.nrows()) {
        let cotangent = cotangent.slice(s![block.clone(), ..]);
        let cotangent = layout.load_by_channel(&cotangent);
        let mut used = patches.slice_mut(s![.., ..cotangent.ncols()]);
        for (outputs, inputs) in layout.groups() {
            let weight = weight.slice(s![outputs.clone(), ..]);
            let cotangent = cotangent.slice(s![outputs, ..]);
            write_product(&weight.t(), &cotangent, &mut used.slice_mut(s![inputs, ..]));
        }
        layout.scatter(&patches, result.slice_mut(s![block, ..]));
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
    let mut bias = ndarray::Array1::zeros(layout.outputs);
    let mut weight = Array2::zeros(weight_matrix(conv).dim());
    let mut patches = layout.patch_matrix(input.nrows());
    for block in layout.blocks(input.nrows()) {
        layout.gather(&input.slice(s![block.clone(), ..]), &mut patches);
        let cotangent = cotangent.slice(s![block, ..]);
        let cotangent = layout.load_by_channel(&cotangent);
        let patches = patches.slice(s![.., ..cotangent.ncols()]);
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

/// How images, patches and outputs of a convolution lie in memory.
struct Layout {
    windows: Windows,
    channels: usize,
    outputs: usize,
    groups: usize,
}

impl Layout {
    fn new<T>(conv: &Conv2d<T>, [channels, height, width]: [usize; 3]) -> Self {
        let windows = Windows::new(&conv.window, height, width);
        Self { windows, channels, outputs: conv.bias.len(), groups: conv.groups }
    }

    /// Output channels and rows of the patch matrix, by group.
    fn groups(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> + use<> {
        let outputs = self.outputs / self.groups;
        let inputs = self.channels / self.groups * self.windows.taps;
        (0..self.groups).map(move |g| (g * outputs..(g + 1) * outputs, g * inputs..(g + 1) * inputs))
    }

    fn samples_per_block(&self, batch: usize) -> usize {
        BLOCK_POSITIONS.div_ceil(self.windows.positions).min(batch).max(1)
    }

    fn blocks(&self, batch: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let size = self.samples_per_block(batch);
        (0..batch).step_by(size).map(move |start| start..(start + size).min(batch))
    }

    /// Room for the patches of one block. Positions outside the image are zero and stay so: no run touches them.
    fn patch_matrix<T: Scalar>(&self, batch: usize) -> Array2<T> {
        let columns = self.samples_per_block(batch) * self.windows.positions;
        Array2::zeros((self.channels * self.windows.taps, columns))
    }

    /// Copies the pixels under every kernel element into the first columns of the patch matrix.
    fn gather<T: Scalar>(&self, images: &ArrayRef2<T>, patches: &mut Array2<T>) {
        let width = patches.ncols();
        let patches = patches.as_slice_mut().expect("the patch matrix lies in row-major order");
        let images = images.as_slice().expect("a batch lies in row-major order");
        for (index, plane) in images.chunks_exact(self.windows.pixels.max(1)).enumerate() {
            let start = self.first_patch(index, width);
            for run in &self.windows.runs {
                self.windows.read(run, plane, &mut patches[start + run.tap * width..], |_, pixel| pixel);
            }
        }
    }

    /// The transpose of [`Self::gather`]: adds every entry of the patch matrix to its pixel.
    fn scatter<T: Scalar>(&self, patches: &Array2<T>, mut images: ArrayViewMut2<'_, T>) {
        let width = patches.ncols();
        let patches = patches.as_slice().expect("the patch matrix lies in row-major order");
        let images = images.as_slice_mut().expect("a batch lies in row-major order");
        for (index, plane) in images.chunks_exact_mut(self.windows.pixels.max(1)).enumerate() {
            let start = self.first_patch(index, width);
            for run in &self.windows.runs {
                self.windows.add(run, &patches[start + run.tap * width..], plane);
            }
        }
    }

    /// Where the patches of a plane begin: planes are counted through the channels of one sample after the other.
    fn first_patch(&self, plane: usize, width: usize) -> usize {
        let (sample, channel) = (plane / self.channels, plane % self.channels);
        channel * self.windows.taps * width + sample * self.windows.positions
    }

    /// From (channels, samples × positions) to (samples, channels × positions).
    fn store_by_sample<T: Scalar>(&self, product: Array2<T>, output: ArrayViewMut2<'_, T>) {
        let (samples, positions) = (output.nrows(), self.windows.positions);
        let by_channel = product.into_shape_with_order((self.outputs, samples, positions));
        let by_sample = output.into_shape_with_order((samples, self.outputs, positions));
        by_sample
            .expect("rows of a batch lie in one piece")
            .assign(&by_channel.expect("a product lies in one piece").permuted_axes([1, 0, 2]));
    }

    /// From (samples, channels × positions) to (channels, samples × positions).
    fn load_by_channel<'a, T: Scalar>(&self, values: &'a ArrayRef2<T>) -> CowArray<'a, T, Ix2> {
        let (samples, positions) = (values.nrows(), self.windows.positions);
        if samples == 1 {
            let values = values.view().into_shape_with_order((self.outputs, positions));
            return values.expect("a row of a batch lies in one piece").into();
        }
        let by_sample = values.view().into_shape_with_order((samples, self.outputs, positions));
        let by_channel = by_sample.expect("rows of a batch lie in one piece").permuted_axes([1, 0, 2]);
        let by_channel = by_channel.as_standard_layout().into_owned();
        let matrix = by_channel.into_shape_with_order((self.outputs, samples * positions));
        matrix.expect("a fresh copy lies in one piece").into()
    }
}
