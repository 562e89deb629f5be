//! Between (samples, elements), which is how batches lie, and (elements, samples).

use ndarray::{Array2, ArrayRef2, CowArray, Ix2};

use crate::Scalar;

/// Elements that are moved together lie in a square of this side: a vector register or two, and few lines of cache.
const SQUARE: usize = 16;

/// (elements, samples) of a batch of (samples, elements); one sample lies so already.
pub(super) fn samples_last<T: Scalar>(batch: &ArrayRef2<T>) -> CowArray<'_, T, Ix2> {
    let (samples, elements) = batch.dim();
    if samples == 1 {
        let column = batch.view().into_shape_with_order((elements, 1));
        return column.expect("a row of a batch lies in one piece").into();
    }
    let mut transposed = Array2::zeros((elements, samples));
    write_transposed(batch, &mut transposed);
    transposed.into()
}

/// Writes the transpose of a matrix; both lie in row-major order.
pub(super) fn write_transposed<T: Scalar>(from: &ArrayRef2<T>, to: &mut ArrayRef2<T>) {
    let (rows, columns) = from.dim();
    assert!(to.dim() == (columns, rows), "the transpose of {:?} is not {:?}", from.dim(), to.dim());
    let from = from.as_slice().expect("a matrix lies in row-major order");
    let to = to.as_slice_mut().expect("a matrix lies in row-major order");
    if rows == 1 || columns == 1 {
        return to.copy_from_slice(from);
    }
    for column in (0..columns).step_by(SQUARE) {
        for row in (0..rows).step_by(SQUARE) {
            if row + SQUARE <= rows && column + SQUARE <= columns {
                let from: [&[T; SQUARE]; SQUARE] = std::array::from_fn(|down| {
                    from[(row + down) * columns + column..].first_chunk().expect("the square lies inside")
                });
                for across in 0..SQUARE {
                    let to = &mut to[(column + across) * rows + row..][..SQUARE];
                    to.iter_mut().zip(&from).for_each(|(to, from)| *to = from[across]);
                }
            } else {
                for column in column..(column + SQUARE).min(columns) {
                    for row in row..(row + SQUARE).min(rows) {
                        to[column * rows + row] = from[row * columns + column];
                    }
                }
            }
        }
    }
}
