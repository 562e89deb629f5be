//! Moves of the Square attack in l2: mass goes from one square to another, in the shape of two hills of opposite signs.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::canvas::{Canvas, Rectangle};
use crate::empirical::projection::Perturbation;
use crate::empirical::region::Region;

/// The least side of a square.
const LEAST_SIDE: usize = 3;

/// Tiles of about a fifth of the canvas's height.
pub(super) fn start(
    region: &Region,
    row: usize,
    canvas: Canvas,
    generator: &mut ChaCha8Rng,
    point: &mut [f32],
    memory: &mut Perturbation,
) {
    let side = |length: usize| (length / 5).max(LEAST_SIDE).min(length);
    let (height, width) = (side(canvas.height), side(canvas.width));
    memory.set(point.iter().map(|_| 0.0));
    let perturbation = &mut memory.elements;
    for top in (0..=canvas.height - height).step_by(height) {
        for left in (0..=canvas.width - width).step_by(width) {
            let tile = Rectangle { top, left, height, width };
            let hills = hills(height, width, generator);
            for channel in 0..canvas.channels {
                let sign = sign(generator);
                let elements = canvas.elements(tile, channel).zip(&hills);
                elements.for_each(|(i, hill)| perturbation[i] += sign * hill);
            }
        }
    }
    finish(region, row, point, memory);
}

/// Empties one square and puts what it had, and what the ball has left, into another.
pub(super) fn change(
    region: &Region,
    row: usize,
    canvas: Canvas,
    share: f64,
    generator: &mut ChaCha8Rng,
    point: &mut [f32],
    memory: &mut Perturbation,
) {
    let (height, width) = canvas.square(share);
    let odd = |side: usize, length: usize| (side.max(LEAST_SIDE) | 1).min(length);
    let sides = (odd(height, canvas.height), odd(width, canvas.width));
    let (to, from) = (canvas.place(sides, generator), canvas.place(sides, generator));
    let center = region.center(row);
    memory.set(point.iter().zip(center).map(|(x, c)| f64::from(*x) - f64::from(*c)));
    let perturbation = &mut memory.elements;
    let epsilon = region.threat().epsilon;
    let left = (epsilon * epsilon - squares(perturbation.iter())).max(0.0);
    let hills = hills(sides.0, sides.1, generator);
    for channel in 0..canvas.channels {
        let elements: Vec<usize> = canvas.elements(to, channel).collect();
        let emptied: Vec<usize> = canvas.elements(from, channel).filter(|i| !elements.contains(i)).collect();
        let here = squares(elements.iter().map(|i| &perturbation[*i]));
        let there = squares(emptied.iter().map(|i| &perturbation[*i]));
        let sign = sign(generator);
        let old_share = if here > 0.0 { 1.0 / here.sqrt() } else { 0.0 };
        let shape: Vec<f64> =
            elements.iter().zip(&hills).map(|(i, hill)| sign * hill + old_share * perturbation[*i]).collect();
        let size = squares(shape.iter()).sqrt();
        let wanted = (left / canvas.channels as f64 + here + there).sqrt();
        emptied.iter().for_each(|i| perturbation[*i] = 0.0);
        let scale = if size > 0.0 { wanted / size } else { 0.0 };
        elements.iter().zip(&shape).for_each(|(i, value)| perturbation[*i] = scale * value);
    }
    finish(region, row, point, memory);
}

/// Scales a perturbation to the radius and cuts it to ball and range.
fn finish(region: &Region, row: usize, point: &mut [f32], memory: &mut Perturbation) {
    let size = squares(memory.elements.iter()).sqrt();
    let scale = if size > 0.0 { region.threat().epsilon / size } else { 0.0 };
    memory.elements.iter_mut().for_each(|value| *value *= scale);
    region.place(row, memory, point);
}

/// Two neighbouring hills of opposite signs that fill a rectangle, row by row, of length 1.
fn hills(height: usize, width: usize, generator: &mut ChaCha8Rng) -> Vec<f64> {
    let is_across = if height == width { generator.random() } else { width > height };
    let half = if is_across { width / 2 } else { height / 2 };
    let element = |i: usize| {
        let (row, column) = (i / width, i % width);
        match is_across {
            true if column < half => hill(row, column, height, half),
            true => -hill(row, column - half, height, width - half),
            false if row < half => hill(row, column, half, width),
            false => -hill(row - half, column, height - half, width),
        }
    };
    let mut values: Vec<f64> = (0..height * width).map(element).collect();
    let size = squares(values.iter()).sqrt();
    values.iter_mut().for_each(|value| *value /= size);
    values
}

/// The height of a hill at one place: the sum of `1 / k^2` over the nested rectangles around the middle that hold it.
fn hill(row: usize, column: usize, height: usize, width: usize) -> f64 {
    let middle = (height / 2, width / 2);
    let from_middle = row.abs_diff(middle.0).max(column.abs_diff(middle.1));
    let rectangles = middle.0.max(middle.1) + 1;
    (from_middle..rectangles).map(|k| 1.0 / ((k + 1) * (k + 1)) as f64).sum()
}

fn squares<'a>(values: impl Iterator<Item = &'a f64>) -> f64 {
    values.map(|value| value * value).sum()
}

fn sign(generator: &mut ChaCha8Rng) -> f64 {
    if generator.random() { 1.0 } else { -1.0 }
}
