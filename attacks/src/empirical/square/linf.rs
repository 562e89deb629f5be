//! Moves of the Square attack in l-infinity: elements at the ends of their sides.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, Rectangle};
use crate::empirical::region::Region;

/// Stripes: each column of each channel at one end.
pub(super) fn start(
    region: &Region,
    row: usize,
    canvas: Canvas,
    generator: &mut ChaCha8Rng,
    point: &mut [f32],
) {
    for left in 0..canvas.width {
        let stripe = Rectangle { top: 0, left, height: canvas.height, width: 1 };
        paint(region, row, canvas, stripe, generator, point);
    }
}

/// One square, each channel at one end.
pub(super) fn change(
    region: &Region,
    row: usize,
    canvas: Canvas,
    share: f64,
    generator: &mut ChaCha8Rng,
    point: &mut [f32],
) {
    let square = canvas.place(canvas.square(share), generator);
    paint(region, row, canvas, square, generator, point);
}

fn paint(
    region: &Region,
    row: usize,
    canvas: Canvas,
    rectangle: Rectangle,
    generator: &mut ChaCha8Rng,
    point: &mut [f32],
) {
    let (lower, upper) = region.sides(row);
    for channel in 0..canvas.channels {
        let ends = if generator.random() { lower } else { upper };
        canvas.elements(rectangle, channel).for_each(|i| point[i] = ends[i]);
    }
}
