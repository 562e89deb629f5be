//! Where the windows of pooling layers and convolutions lie.

use ndarray::ArrayView1;
use nn_core::{Pool, Shape};

/// The flat input indices under each window of a pooling layer, in the order of its outputs; padding is left out.
///
/// # Panics
/// Where the shape is not an image on which the window fits; a network's builder admits no such layer.
pub fn pool_windows(pool: &Pool, input: &Shape) -> Vec<Vec<usize>> {
    let [channels, height, width] = input.as_image().expect("a pooling layer's input is an image");
    let window = &pool.window;
    let [rows, columns] = window.positions(height, width).expect("a pooling layer's window fits its input");
    let mut windows = Vec::with_capacity(channels * rows * columns);
    for channel in 0..channels {
        for row in 0..rows {
            let down: Vec<usize> = axis_positions(window, 0, row, height).map(|(_, y)| y).collect();
            for column in 0..columns {
                let across: Vec<usize> = axis_positions(window, 1, column, width).map(|(_, x)| x).collect();
                let flat = |y: usize, x: usize| (channel * height + y) * width + x;
                windows.push(down.iter().flat_map(|y| across.iter().map(move |x| flat(*y, *x))).collect());
            }
        }
    }
    windows
}

/// The elements of a window that may be its maximum, as far as bounds of its input tell: always at least one.
///
/// # Panics
/// Where the window holds no element; those of a network do.
pub fn undominated(window: &[usize], lower: ArrayView1<'_, f64>, upper: ArrayView1<'_, f64>) -> Vec<usize> {
    let leader = window.iter().copied().max_by(|a, b| lower[*a].total_cmp(&lower[*b]));
    let leader = leader.expect("a pooling window holds at least one element");
    window.iter().copied().filter(|i| *i == leader || upper[*i] > lower[leader]).collect()
}

/// The elements of a window at `step` along one axis that lie on the image and not on padding: position in the
/// kernel, position in the image.
pub(crate) fn axis_positions(
    window: &nn_core::Window,
    axis: usize,
    step: usize,
    size: usize,
) -> impl Iterator<Item = (usize, usize)> {
    let first = step * window.stride[axis];
    let padding = window.padding[axis];
    let dilation = window.dilation[axis];
    (0..window.kernel[axis])
        .filter_map(move |k| Some((k, (first + k * dilation).checked_sub(padding)?)))
        .filter(move |(_, position)| *position < size)
}
