//! Pooling: each channel of each sample is a plane of its own.

use ndarray::{Array2, ArrayRef2};

use super::Batch;
use super::windows::Windows;
use crate::{Pool, Scalar};

/// Means over windows; linear with coefficients that are not negative, so every part of it is the mean itself.
pub(super) fn average<T: Scalar>(pool: &Pool, image: [usize; 3], input: &Batch<'_, T>) -> Array2<T> {
    let [channels, height, width] = image;
    let windows = Windows::new(&pool.window, height, width);
    let counts = denominators::<T>(pool, &windows);
    let mut output = Array2::zeros((input.nrows(), channels * windows.positions));
    for (from, to) in planes(input, windows.pixels).zip(planes_mut(&mut output, windows.positions)) {
        windows.runs.iter().for_each(|run| windows.read(run, from, to, |sum, x| sum + x));
        to.iter_mut().zip(&counts).for_each(|(sum, count)| *sum /= *count);
    }
    output
}

pub(super) fn average_pullback<T: Scalar>(
    pool: &Pool,
    image: [usize; 3],
    cotangent: &Batch<'_, T>,
) -> Array2<T> {
    let [channels, height, width] = image;
    let windows = Windows::new(&pool.window, height, width);
    let counts = denominators::<T>(pool, &windows);
    let mut shares = vec![T::zero(); windows.positions];
    let mut result = Array2::zeros((cotangent.nrows(), channels * windows.pixels));
    for (from, to) in planes(cotangent, windows.positions).zip(planes_mut(&mut result, windows.pixels)) {
        for ((share, c), count) in shares.iter_mut().zip(from).zip(&counts) {
            *share = *c / *count;
        }
        windows.runs.iter().for_each(|run| windows.add(run, &shares, to));
    }
    result
}

/// Maxima over windows; NaN wins.
pub(super) fn maximum<T: Scalar>(pool: &Pool, image: [usize; 3], input: &Batch<'_, T>) -> Array2<T> {
    let [channels, height, width] = image;
    let windows = Windows::new(&pool.window, height, width);
    let larger = |maximum: T, x: T| if x > maximum || x.is_nan() { x } else { maximum };
    let mut output = Array2::from_elem((input.nrows(), channels * windows.positions), T::neg_infinity());
    for (from, to) in planes(input, windows.pixels).zip(planes_mut(&mut output, windows.positions)) {
        windows.runs.iter().for_each(|run| windows.read(run, from, to, larger));
    }
    output
}

/// Each cotangent goes to the first maximum of its window, in row-major order.
pub(super) fn maximum_pullback<T: Scalar>(
    pool: &Pool,
    image: [usize; 3],
    input: &ArrayRef2<T>,
    cotangent: &Batch<'_, T>,
) -> Array2<T> {
    let [channels, height, width] = image;
    let windows = Windows::new(&pool.window, height, width);
    let mut winners = vec![0; windows.positions];
    let mut result = Array2::zeros((cotangent.nrows(), channels * windows.pixels));
    let input = input.as_standard_layout();
    let cotangents = planes(cotangent, windows.positions);
    let results = planes_mut(&mut result, windows.pixels);
    for ((from, values), to) in cotangents.zip(planes(&input, windows.pixels)).zip(results) {
        find_winners(&windows, values, &mut winners);
        from.iter().zip(&winners).for_each(|(c, winner)| to[*winner] += *c);
    }
    result
}

/// The pixel that holds each window's first maximum.
fn find_winners<T: Scalar>(windows: &Windows, plane: &[T], winners: &mut [usize]) {
    const NONE: usize = usize::MAX;
    winners.fill(NONE);
    for run in &windows.runs {
        for (offset, winner) in winners[run.output..run.output + run.length].iter_mut().enumerate() {
            let pixel = run.input + offset * windows.step;
            let value = plane[pixel];
            if *winner == NONE || value > plane[*winner] || value.is_nan() {
                *winner = pixel;
            }
        }
    }
}

/// By how many elements each window's sum is divided.
fn denominators<T: Scalar>(pool: &Pool, windows: &Windows) -> Vec<T> {
    let mut counts = vec![0_u32; windows.positions];
    for run in &windows.runs {
        counts[run.output..run.output + run.length].iter_mut().for_each(|count| *count += 1);
    }
    let all = windows.taps as f64;
    counts.into_iter().map(|real| T::from_f64(if pool.count_padding { all } else { real.into() })).collect()
}

fn planes<'a, T: Scalar>(batch: &'a Batch<'_, T>, length: usize) -> impl Iterator<Item = &'a [T]> {
    batch.as_slice().expect("a batch lies in row-major order").chunks_exact(length.max(1))
}

fn planes_mut<T: Scalar>(batch: &mut Array2<T>, length: usize) -> impl Iterator<Item = &mut [T]> {
    batch.as_slice_mut().expect("a fresh array lies in row-major order").chunks_exact_mut(length.max(1))
}
