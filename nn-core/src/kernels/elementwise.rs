//! Element-wise operations with a constant.

use ndarray::{Array2, ArrayD, Zip};

use super::{Batch, Part};
use crate::{ConstantOp, Scalar};

pub(super) fn apply<T: Scalar>(
    kind: ConstantOp,
    constant: &ArrayD<T>,
    part: Part,
    input: Batch<'_, T>,
) -> Array2<T> {
    match (kind, part) {
        (ConstantOp::Add, Part::Whole) => map_with(input, constant, |x, c| x + c),
        (ConstantOp::Sub, Part::Whole) => map_with(input, constant, |x, c| x - c),
        (ConstantOp::SubFrom, Part::Whole) => map_with(input, constant, |x, c| c - x),
        (ConstantOp::Mul, Part::Whole | Part::Linear) => map_with(input, constant, |x, c| x * c),
        (ConstantOp::Mul, Part::Absolute) => map_with(input, constant, |x, c| x * c.abs()),
        (ConstantOp::Div, Part::Whole | Part::Linear) => map_with(input, constant, |x, c| x / c),
        (ConstantOp::Div, Part::Absolute) => map_with(input, constant, |x, c| x / c.abs()),
        (ConstantOp::Add | ConstantOp::Sub, Part::Linear | Part::Absolute) => input.into_owned(),
        (ConstantOp::SubFrom, Part::Linear) => -input.into_owned(),
        (ConstantOp::SubFrom, Part::Absolute) => input.into_owned(),
    }
}

/// The linear and the absolute part are diagonal, so each is its own transpose.
pub(super) fn pullback<T: Scalar>(
    kind: ConstantOp,
    constant: &ArrayD<T>,
    part: Part,
    cotangent: Batch<'_, T>,
) -> Array2<T> {
    let part = if part == Part::Whole { Part::Linear } else { part };
    apply(kind, constant, part, cotangent)
}

fn map_with<T: Scalar>(input: Batch<'_, T>, constant: &ArrayD<T>, function: impl Fn(T, T) -> T) -> Array2<T> {
    let constant = constant.to_shape(constant.len()).expect("any array flattens");
    let mut values = input.into_owned();
    Zip::from(&mut values).and_broadcast(&constant).for_each(|x, &c| *x = function(*x, c));
    values
}
