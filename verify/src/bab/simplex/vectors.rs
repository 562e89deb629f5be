//! The loops in which a dual simplex spends its time, in the vector width of the processor that runs them.

use pulp::Arch;

/// `y += factor x`.
pub(super) fn add_multiple(arch: Arch, y: &mut [f64], factor: f64, x: &[f64]) {
    arch.dispatch(
        #[inline(always)]
        || {
            for (y, x) in y.iter_mut().zip(x) {
                *y += factor * x;
            }
        },
    );
}

/// `y += factor x`, and the sum of squares of the result.
pub(super) fn add_multiple_and_square(arch: Arch, y: &mut [f64], factor: f64, x: &[f64]) -> f64 {
    arch.dispatch(
        #[inline(always)]
        || {
            let mut sums = [0.0; LANES];
            let mut y_chunks = y.chunks_exact_mut(LANES);
            let mut x_chunks = x.chunks_exact(LANES);
            for (y, x) in y_chunks.by_ref().zip(x_chunks.by_ref()) {
                for lane in 0..LANES {
                    y[lane] += factor * x[lane];
                    sums[lane] += y[lane] * y[lane];
                }
            }
            let mut sum = sums.iter().sum();
            for (y, x) in y_chunks.into_remainder().iter_mut().zip(x_chunks.remainder()) {
                *y += factor * x;
                sum += *y * *y;
            }
            sum
        },
    )
}

/// `x · y`.
pub(super) fn dot(arch: Arch, x: &[f64], y: &[f64]) -> f64 {
    arch.dispatch(
        #[inline(always)]
        || {
            let mut sums = [0.0; LANES];
            let (x_chunks, y_chunks) = (x.chunks_exact(LANES), y.chunks_exact(LANES));
            let rest = x_chunks.remainder().iter().zip(y_chunks.remainder());
            let rest: f64 = rest.map(|(x, y)| x * y).sum();
            for (x, y) in x_chunks.zip(y_chunks) {
                for lane in 0..LANES {
                    sums[lane] += x[lane] * y[lane];
                }
            }
            sums.iter().sum::<f64>() + rest
        },
    )
}

/// `y += sum of factor · row`, over rows of `y`'s length at their places in `rows`.
pub(super) fn add_rows(arch: Arch, y: &mut [f64], rows: &[f64], factors: &[(usize, f64)]) {
    let width = y.len();
    let row = |place: usize| &rows[place * width..(place + 1) * width];
    arch.dispatch(
        #[inline(always)]
        || {
            // Four rows at a time, so that the sum is read and written once for all of them.
            let mut fours = factors.chunks_exact(4);
            for four in fours.by_ref() {
                let [(a, f), (b, g), (c, h), (d, k)] = [four[0], four[1], four[2], four[3]];
                let (a, b, c, d) = (row(a), row(b), row(c), row(d));
                for ((((y, a), b), c), d) in y.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                    *y += (f * a + g * b) + (h * c + k * d);
                }
            }
            for (place, factor) in fours.remainder() {
                for (y, x) in y.iter_mut().zip(row(*place)) {
                    *y += factor * x;
                }
            }
        },
    );
}

/// Independent sums, for the processor to add them side by side.
const LANES: usize = 16;
