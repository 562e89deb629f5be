//! Matrix products, the one place where they are made.
//!
//! The kernels of the crate `gemm` choose the processor's vector width when they run. Which sums are taken in which
//! order depends on shapes, strides and processor, never on addresses: the same operands give the same result.

use ndarray::{ArrayRef2, s};

use crate::Scalar;

/// Sums from this length on are worth being taken as dot products where both operands lie along them.
const LONG: usize = 64;

/// Results with no more rows or columns than this are narrow.
const NARROW: usize = 64;

/// Rows and columns of a block of dot products: as many results as `gemm` takes without copying an operand.
const BLOCK: [usize; 2] = [4, 64];

/// `result = left · right`: (rows, terms) by (terms, columns) to (rows, columns), in any memory order.
///
/// Every element of the result is a sum of rounded or fused products in some order: a bound on its error may take Higham's
/// `gamma(terms)`, and no more.
///
/// # Panics
/// Where the shapes do not fit.
pub fn write_product<T: Scalar>(left: &ArrayRef2<T>, right: &ArrayRef2<T>, result: &mut ArrayRef2<T>) {
    in_blocks(left, right, result, T::zero());
}

/// `result += left · right`, otherwise as [`write_product`].
///
/// # Panics
/// Where the shapes do not fit.
pub fn add_product<T: Scalar>(left: &ArrayRef2<T>, right: &ArrayRef2<T>, result: &mut ArrayRef2<T>) {
    in_blocks(left, right, result, T::one());
}

/// `result = keep · result + left · right`.
///
/// Where both operands lie along the sums, `gemm` copies one of them whole into another order unless the result is small. For
/// a narrow result that costs more than the product, so it is cut into small ones.
fn in_blocks<T: Scalar>(left: &ArrayRef2<T>, right: &ArrayRef2<T>, result: &mut ArrayRef2<T>, keep: T) {
    let (rows, columns) = result.dim();
    let along_sums = left.strides()[1] == 1 && right.strides()[0] == 1 && left.ncols() >= LONG;
    if !along_sums || rows.min(columns) > NARROW {
        return whole(left, right, result, keep);
    }
    for column in (0..columns).step_by(BLOCK[1]) {
        let block = column..(column + BLOCK[1]).min(columns);
        let right = right.slice(s![.., block.clone()]);
        for row in (0..rows).step_by(BLOCK[0]) {
            let rows = row..(row + BLOCK[0]).min(rows);
            let left = left.slice(s![rows.clone(), ..]);
            whole(&left, &right, &mut result.slice_mut(s![rows, block.clone()]), keep);
        }
    }
}

fn whole<T: Scalar>(left: &ArrayRef2<T>, right: &ArrayRef2<T>, result: &mut ArrayRef2<T>, keep: T) {
    let (rows, columns) = result.dim();
    let terms = left.ncols();
    assert!(
        left.nrows() == rows && right.dim() == (terms, columns),
        "a product of {:?} by {:?} is not {:?}",
        left.dim(),
        right.dim(),
        result.dim()
    );
    let [result_row, result_column] = [result.strides()[0], result.strides()[1]];
    // SAFETY: each pointer is the first element of an array whose shape, checked above, and strides go with it; nothing else
    // has access to the result, which is borrowed mutably and whose elements do not overlap.
    #[expect(unsafe_code, reason = "`gemm` takes pointers and strides; shapes are checked here")]
    unsafe {
        gemm::gemm(
            rows,
            columns,
            terms,
            result.as_mut_ptr(),
            result_column,
            result_row,
            !keep.is_zero(),
            left.as_ptr(),
            left.strides()[1],
            left.strides()[0],
            right.as_ptr(),
            right.strides()[1],
            right.strides()[0],
            keep,
            T::one(),
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}
