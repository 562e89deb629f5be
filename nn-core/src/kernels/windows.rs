//! Where a sliding window meets the real pixels of an image.

use std::ops::Range;

use crate::{Scalar, Window};

/// A kernel element along one row of window positions, as far as it lies inside the image: outputs `output`,
/// `output + 1`, … read the pixels `input`, `input + step`, ….
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// The kernel element, row-major.
    pub(super) tap: usize,
    /// The first window position of the run, row-major.
    pub(super) output: usize,
    /// The pixel under it, row-major.
    pub(super) input: usize,
    /// How many positions the run has.
    pub(super) length: usize,
}

/// A window laid over images of one size.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    /// Pixels of an image.
    pub(super) pixels: usize,
    /// Window positions on an image.
    pub(super) positions: usize,
    /// Elements of the kernel.
    pub(super) taps: usize,
    /// Pixels from one position to the next within a row.
    pub(super) step: usize,
    /// All pairs of kernel element and pixel, kernel elements in row-major order.
    pub(super) runs: Vec<Run>,
}

impl Windows {
    pub(super) fn new(window: &Window, height: usize, width: usize) -> Self {
        let [rows, columns] =
            window.positions(height, width).expect("the builder admits no window that does not fit");
        let [kernel_height, kernel_width] = window.kernel;
        let mut runs = Vec::with_capacity(kernel_height * kernel_width * rows);
        for kernel_row in 0..kernel_height {
            for kernel_column in 0..kernel_width {
                let across = inside(window, 1, kernel_column, width, columns);
                if across.is_empty() {
                    continue;
                }
                let first_column = pixel(window, 1, kernel_column, across.start);
                let down = inside(window, 0, kernel_row, height, rows);
                runs.extend(down.map(|row| Run {
                    tap: kernel_row * kernel_width + kernel_column,
                    output: row * columns + across.start,
                    input: pixel(window, 0, kernel_row, row) * width + first_column,
                    length: across.len(),
                }));
            }
        }
        Self {
            pixels: height * width,
            positions: rows * columns,
            taps: kernel_height * kernel_width,
            step: window.stride[1],
            runs,
        }
    }

    /// The window positions of a run, each with the pixel that it reads.
    pub(super) fn pairs(&self, run: &Run) -> impl Iterator<Item = (usize, usize)> + use<> {
        (run.output..run.output + run.length).zip((run.input..).step_by(self.step.max(1)))
    }

    /// Combines every value of a run with the pixel that it reads.
    pub(super) fn read<T: Scalar>(
        &self,
        run: &Run,
        plane: &[T],
        values: &mut [T],
        combine: impl Fn(T, T) -> T,
    ) {
        let (pixels, values) = (&plane[run.input..], &mut values[run.output..run.output + run.length]);
        let combine = |(value, pixel): (&mut T, &T)| *value = combine(*value, *pixel);
        if self.step == 1 {
            values.iter_mut().zip(pixels).for_each(combine);
        } else {
            values.iter_mut().zip(pixels.iter().step_by(self.step)).for_each(combine);
        }
    }

    /// The transpose of reading: adds every value of a run to its pixel.
    pub(super) fn add<T: Scalar>(&self, run: &Run, values: &[T], plane: &mut [T]) {
        let (pixels, values) = (&mut plane[run.input..], &values[run.output..run.output + run.length]);
        let add = |(pixel, value): (&mut T, &T)| *pixel += *value;
        if self.step == 1 {
            pixels.iter_mut().zip(values).for_each(add);
        } else {
            pixels.iter_mut().step_by(self.step).zip(values).for_each(add);
        }
    }
}

/// The window positions along an axis at which a kernel element lies inside the image.
fn inside(window: &Window, axis: usize, tap: usize, size: usize, positions: usize) -> Range<usize> {
    let (stride, before) = (window.stride[axis], window.padding[axis]);
    let offset = tap * window.dilation[axis];
    let start = before.saturating_sub(offset).div_ceil(stride).min(positions);
    let end = (size + before).saturating_sub(offset).div_ceil(stride).min(positions);
    start..end.max(start)
}

/// The pixel under a kernel element along an axis, at a position inside the image.
fn pixel(window: &Window, axis: usize, tap: usize, position: usize) -> usize {
    position * window.stride[axis] + tap * window.dilation[axis] - window.padding[axis]
}
