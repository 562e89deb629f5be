//! The pixels under the windows of a convolution, as a matrix.

use std::ops::Range;

use ndarray::{Array2, ArrayRef2};

use super::windows::Windows;
use crate::{Conv2d, Scalar};

/// Samples that go through a convolution together, at most and at least: each pixel of theirs is a short vector, which is
/// copied and added in one go. With fewer there is no gain over one sample at a time.
const SAMPLES: Range<usize> = 8..32;

/// A block takes no more samples than give about this many elements of the patch matrix, so that it stays in the cache.
const PATCH_ELEMENTS: usize = 1 << 19;

/// How images, patches and outputs of a convolution lie in memory.
///
/// A block of samples is taken with its samples last: images (channels × pixels, samples), patches (channels × kernel
/// elements, positions × samples) and outputs (channels, positions × samples).
pub(super) struct Layout {
    windows: Windows,
    channels: usize,
    pub(super) outputs: usize,
    groups: usize,
}

impl Layout {
    pub(super) fn new<T>(conv: &Conv2d<T>, [channels, height, width]: [usize; 3]) -> Self {
        let windows = Windows::new(&conv.window, height, width);
        Self { windows, channels, outputs: conv.bias.len(), groups: conv.groups }
    }

    pub(super) fn input_count(&self) -> usize {
        self.channels * self.windows.pixels
    }

    pub(super) fn output_count(&self) -> usize {
        self.outputs * self.windows.positions
    }

    /// Output channels and rows of the patch matrix, by group.
    pub(super) fn groups(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> + use<> {
        let outputs = self.outputs / self.groups;
        let inputs = self.channels / self.groups * self.windows.taps;
        (0..self.groups).map(move |g| (g * outputs..(g + 1) * outputs, g * inputs..(g + 1) * inputs))
    }

    pub(super) fn blocks(&self, batch: usize) -> impl Iterator<Item = Range<usize>> + use<> {
        let of_one = (self.channels * self.windows.taps * self.windows.positions).max(1);
        let fitting = (PATCH_ELEMENTS / of_one).min(SAMPLES.end).min(batch);
        let size = if fitting < SAMPLES.start { 1 } else { fitting };
        (0..batch).step_by(size).map(move |start| start..(start + size).min(batch))
    }

    /// Room for the patches of a block, unless there is enough for as many samples already. Positions outside the image are
    /// zero and stay so: no run touches them.
    pub(super) fn provide_patches<T: Scalar>(&self, samples: usize, patches: &mut Array2<T>) {
        let shape = (self.channels * self.windows.taps, samples * self.windows.positions);
        if patches.dim() != shape {
            *patches = Array2::zeros(shape);
        }
    }

    /// Copies the pixels under every kernel element into the patch matrix.
    pub(super) fn gather<T: Scalar>(&self, images: &ArrayRef2<T>, patches: &mut Array2<T>) {
        let samples = images.ncols();
        self.provide_patches(samples, patches);
        let images = images.as_slice().expect("images lie in row-major order");
        let patches = patches.as_slice_mut().expect("the patch matrix lies in row-major order");
        let width = self.windows.positions * samples;
        let planes = images.chunks_exact((self.windows.pixels * samples).max(1));
        for (plane, patches) in planes.zip(patches.chunks_exact_mut(self.windows.taps * width)) {
            for run in &self.windows.runs {
                let patch = &mut patches[run.tap * width..][..width];
                if samples == 1 {
                    self.windows.read(run, plane, patch, |_, pixel| pixel);
                    continue;
                }
                for (position, pixel) in self.windows.pairs(run) {
                    let pixel = &plane[pixel * samples..][..samples];
                    patch[position * samples..][..samples].copy_from_slice(pixel);
                }
            }
        }
    }

    /// The transpose of [`Self::gather`]: adds every entry of the patch matrix to its pixel.
    pub(super) fn scatter<T: Scalar>(&self, patches: &Array2<T>, images: &mut Array2<T>) {
        let samples = images.ncols();
        let images = images.as_slice_mut().expect("images lie in row-major order");
        let patches = patches.as_slice().expect("the patch matrix lies in row-major order");
        let width = self.windows.positions * samples;
        let planes = images.chunks_exact_mut((self.windows.pixels * samples).max(1));
        for (plane, patches) in planes.zip(patches.chunks_exact(self.windows.taps * width)) {
            for run in &self.windows.runs {
                let patch = &patches[run.tap * width..][..width];
                if samples == 1 {
                    self.windows.add(run, patch, plane);
                    continue;
                }
                for (position, pixel) in self.windows.pairs(run) {
                    let pixel = &mut plane[pixel * samples..][..samples];
                    let patch = &patch[position * samples..][..samples];
                    pixel.iter_mut().zip(patch).for_each(|(pixel, value)| *pixel += *value);
                }
            }
        }
    }
}
