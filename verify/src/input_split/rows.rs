//! Matrices of padded rows, and the product that bounding spends its time in.

use pulp::{Arch, Simd, WithSimd};

/// Rows are as long as a multiple of this: whole vectors on every processor.
const LANES: usize = 8;

/// Rows of a product that are computed together.
const BLOCK: usize = 4;

/// A matrix in row-major order, each row padded with zeros.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    data: Vec<f64>,
    stride: usize,
}

impl Rows {
    pub(super) fn zeros(rows: usize, width: usize) -> Self {
        let stride = padded(width);
        Self { data: vec![0.0; rows * stride], stride }
    }

    /// Other dimensions; what the matrix holds is lost.
    pub(super) fn reshape(&mut self, rows: usize, width: usize) {
        self.stride = padded(width);
        if self.data.len() < rows * self.stride {
            self.data.resize(rows * self.stride, 0.0);
        }
    }

    /// A row with its padding.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.data[row * self.stride..][..self.stride]
    }

    pub(super) fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.data[row * self.stride..][..self.stride]
    }
}

/// The first `width` columns of `out[r] = sum over t in terms of left[r][t] · right[t]`, for the first `rows` rows.
///
/// Columns up to the next whole vector are written as well. Sums are taken in the order of the terms, with or without fused
/// multiply-add.
pub(super) fn multiply(
    arch: Arch,
    (left, rows): (&Rows, usize),
    terms: &[usize],
    (right, width): (&Rows, usize),
    out: &mut Rows,
) {
    arch.dispatch(Product { left, rows, terms, right, width: padded(width), out });
}

/// The sum of the absolute values of each of the first rows, its first column left out and its padding taken in.
pub(super) fn absolute_sums(arch: Arch, rows: &Rows, sums: &mut [f64]) {
    arch.dispatch(
        #[inline(always)]
        || {
            for (row, sum) in sums.iter_mut().enumerate() {
                let mut lanes = [0.0; LANES];
                let (chunks, _) = rows.row(row).as_chunks::<LANES>();
                for chunk in chunks {
                    for lane in 0..LANES {
                        lanes[lane] += chunk[lane].abs();
                    }
                }
                lanes[0] = chunks[1..].iter().map(|chunk| chunk[0].abs()).sum();
                *sum = (lanes[0] + lanes[1] + (lanes[2] + lanes[3]))
                    + (lanes[4] + lanes[5] + (lanes[6] + lanes[7]));
            }
        },
    );
}

fn padded(width: usize) -> usize {
    width.next_multiple_of(LANES).max(LANES)
}

struct Product<'a> {
    left: &'a Rows,
    rows: usize,
    terms: &'a [usize],
    right: &'a Rows,
    width: usize,
    out: &'a mut Rows,
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let whole = self.rows - self.rows % BLOCK;
        for row in (0..whole).step_by(BLOCK) {
            self.rows::<S, BLOCK>(simd, row);
        }
        for row in whole..self.rows {
            self.rows::<S, 1>(simd, row);
        }
    }
}

impl Product<'_> {
    #[inline(always)]
    fn rows<S: Simd, const R: usize>(&mut self, simd: S, row: usize) {
        let vectors = self.width / S::F64_LANES;
        let mut vector = 0;
        // One row alone needs more columns to keep the processor busy.
        while R == 1 && vector + 4 <= vectors {
            self.block::<S, R, 4>(simd, row, vector);
            vector += 4;
        }
        while vector + 2 <= vectors {
            self.block::<S, R, 2>(simd, row, vector);
            vector += 2;
        }
        if vector < vectors {
            self.block::<S, R, 1>(simd, row, vector);
        }
    }

    /// A block of `R` rows and `C` vectors, whose sums stay in registers.
    #[inline(always)]
    fn block<S: Simd, const R: usize, const C: usize>(&mut self, simd: S, row: usize, vector: usize) {
        let left: [&[f64]; R] = std::array::from_fn(|r| self.left.row(row + r));
        let (right, _) = S::as_simd_f64s(&self.right.data);
        let stride = self.right.stride / S::F64_LANES;
        let mut sums = [[simd.splat_f64s(0.0); C]; R];
        for term in self.terms {
            let right = &right[term * stride + vector..][..C];
            for r in 0..R {
                let factor = simd.splat_f64s(left[r][*term]);
                for c in 0..C {
                    sums[r][c] = simd.mul_add_e_f64s(factor, right[c], sums[r][c]);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let (out, _) = S::as_mut_simd_f64s(self.out.row_mut(row + r));
            out[vector..vector + C].copy_from_slice(sums);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_every_shape_are_those_of_plain_loops() {
        for (rows, inner, width) in [(1, 1, 1), (3, 5, 8), (4, 2, 9), (9, 7, 24), (13, 3, 31)] {
            let fill = |rows: usize, width: usize, seed: usize| {
                let mut filled = Rows::zeros(rows, width);
                for row in 0..rows {
                    for (column, value) in filled.row_mut(row)[..width].iter_mut().enumerate() {
                        *value = ((row * 31 + column * 17 + seed) % 23) as f64 - 11.0;
                    }
                }
                filled
            };
            let (left, right) = (fill(rows, inner, 1), fill(inner, width, 5));
            let terms: Vec<usize> = (0..inner).filter(|term| term % 3 != 1).collect();
            let mut out = Rows::zeros(1, 1);
            out.reshape(rows, width);
            multiply(Arch::new(), (&left, rows), &terms, (&right, width), &mut out);
            let mut sums = vec![0.0; rows];
            absolute_sums(Arch::new(), &out, &mut sums);
            for (row, absolute) in sums.iter().enumerate() {
                for column in 0..width {
                    // Whole numbers, so exact in any order.
                    let expected: f64 = terms.iter().map(|t| left.row(row)[*t] * right.row(*t)[column]).sum();
                    assert_eq!(out.row(row)[column], expected, "{rows} {inner} {width}: {row} {column}");
                }
                let expected: f64 = out.row(row)[1..width].iter().map(|value| value.abs()).sum();
                assert_eq!(*absolute, expected);
            }
        }
    }
}
