//! Index maps: gather forward, scatter and add backward. All coefficients are 0 or 1.

use ndarray::Array2;

use super::{Batch, Part, samples, samples_mut};
use crate::{Rearrange, Scalar, Source};

pub(super) fn apply<T: Scalar>(rearrange: &Rearrange<T>, part: Part, input: &Batch<'_, T>) -> Array2<T> {
    let mut output = Array2::zeros((input.nrows(), rearrange.sources.len()));
    for (to, from) in samples_mut(&mut output).zip(input.rows()) {
        for (target, source) in to.iter_mut().zip(&rearrange.sources) {
            *target = match source {
                Source::Element(index) => from[*index],
                Source::Constant(value) if part == Part::Whole => *value,
                Source::Constant(_) => T::zero(),
            };
        }
    }
    output
}

pub(super) fn pullback<T: Scalar>(
    rearrange: &Rearrange<T>,
    input_count: usize,
    cotangent: &Batch<'_, T>,
) -> Array2<T> {
    let mut result = Array2::zeros((cotangent.nrows(), input_count));
    for (to, from) in samples_mut(&mut result).zip(samples(cotangent)) {
        for (value, source) in from.iter().zip(&rearrange.sources) {
            if let Source::Element(index) = source {
                to[*index] += *value;
            }
        }
    }
    result
}
