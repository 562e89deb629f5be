//! What stands for one node of a relaxed network, in plain floating point.

use ndarray::{Array1, Array2, ArrayView2, Zip};
use nn_core::{NodeId, Op, Scalar};

use super::super::affine::constant_part;
use super::super::relaxation::{ElementLines, MaxPoolLines, constant_lines, max_pool_lines, relu_lines};
use super::super::tightening::Place;
use crate::window::pool_windows;

/// One node.
pub(super) enum Step<T> {
    Box { lower: Array1<T>, upper: Array1<T> },
    Affine { constant: Array1<T> },
    Lines(Lines<T>),
    MaxPool(Maxima<T>),
}

/// Lines below and above an element-wise function; those below open ReLUs have slope 1, to be multiplied by their own.
pub(super) struct Lines<T> {
    lower_slope: Array1<T>,
    lower_intercept: Array1<T>,
    upper_slope: Array1<T>,
    upper_intercept: Array1<T>,
}

/// For every window of a maximum, the element that bounds it from below and the constant above it; without one the
/// maximum always is that element.
pub(super) struct Maxima<T> {
    lower_source: Vec<usize>,
    constant_upper: Vec<Option<T>>,
}

impl<T: Scalar> Step<T> {
    /// `open` are the elements that choose their lower slopes.
    pub(super) fn new(place: Place<'_>, id: NodeId, open: &[usize]) -> Self {
        let Place { network, bounds, .. } = place;
        let input_bounds = |id: NodeId| bounds.node(network.node(id).inputs()[0]);
        match network.node(id).op() {
            Op::Input => {
                let sides = bounds.node(id);
                Step::Box { lower: sides.lower.mapv(T::from_f64), upper: sides.upper.mapv(T::from_f64) }
            }
            Op::Relu => Step::Lines(Lines::new(&relu_lines(input_bounds(id), 0.0), open)),
            Op::LeakyRelu { slope } => Step::Lines(Lines::new(&relu_lines(input_bounds(id), *slope), open)),
            Op::Sigmoid | Op::Tanh => Step::Lines(Lines::new(&constant_lines(bounds.node(id)), open)),
            Op::MaxPool(pool) => {
                let windows = pool_windows(pool, network.node(network.node(id).inputs()[0]).shape());
                Step::MaxPool(Maxima::new(max_pool_lines(input_bounds(id), &windows)))
            }
            Op::Affine(_)
            | Op::Conv2d(_)
            | Op::AveragePool(_)
            | Op::Constant { .. }
            | Op::Reshape
            | Op::Rearrange(_)
            | Op::Concat { .. }
            | Op::Add => Step::Affine { constant: constant_part(network, id).mapv(T::from_f64) },
        }
    }
}

/// For every row of coefficients the corner of a box where its function is least.
pub(super) fn least_corner<T: Scalar>(
    coefficients: &Array2<T>,
    lower: &Array1<T>,
    upper: &Array1<T>,
) -> Array2<T> {
    let mut corner = Array2::zeros(coefficients.dim());
    for (mut corner, coefficients) in corner.rows_mut().into_iter().zip(coefficients.rows()) {
        Zip::from(&mut corner).and(coefficients).and(lower).and(upper).for_each(|corner, c, lower, upper| {
            *corner = if *c >= T::zero() { *lower } else { *upper };
        });
    }
    corner
}

impl<T: Scalar> Lines<T> {
    fn new(lines: &ElementLines, open: &[usize]) -> Self {
        let mut lower_slope: Array1<T> = lines.lower.iter().map(|line| T::from_f64(line.slope)).collect();
        open.iter().for_each(|element| lower_slope[*element] = T::one());
        Self {
            lower_slope,
            lower_intercept: lines.lower.iter().map(|line| T::from_f64(line.intercept)).collect(),
            upper_slope: lines.upper.iter().map(|line| T::from_f64(line.slope)).collect(),
            upper_intercept: lines.upper.iter().map(|line| T::from_f64(line.intercept)).collect(),
        }
    }

    /// Coefficients of the function's input, from those of its value, and the sums of what the intercepts add.
    pub(super) fn substitute(&self, coefficients: &Array2<T>) -> (Array2<T>, Array1<T>) {
        let mut passed = Array2::zeros(coefficients.dim());
        for (mut passed, row) in passed.rows_mut().into_iter().zip(coefficients.rows()) {
            Zip::from(&mut passed).and(row).and(&self.lower_slope).and(&self.upper_slope).for_each(
                |passed, c, lower, upper| *passed = *c * if *c >= T::zero() { *lower } else { *upper },
            );
        }
        let added = coefficients.mapv(|c| c.min(T::zero())).dot(&self.upper_intercept)
            + coefficients.mapv(|c| c.max(T::zero())).dot(&self.lower_intercept);
        (passed, added)
    }

    /// The lines that these coefficients met, at the values of the function's input.
    pub(super) fn apply(&self, met: &Array2<T>, input: ArrayView2<'_, T>) -> Array2<T> {
        let mut value = input.to_owned();
        for (mut value, met) in value.rows_mut().into_iter().zip(met.rows()) {
            Zip::from(&mut value)
                .and(met)
                .and(&self.lower_slope)
                .and(&self.lower_intercept)
                .and(&self.upper_slope)
                .and(&self.upper_intercept)
                .for_each(|value, c, lower_slope, lower_intercept, upper_slope, upper_intercept| {
                    let below = *c >= T::zero();
                    let slope = if below { *lower_slope } else { *upper_slope };
                    *value = *value * slope + if below { *lower_intercept } else { *upper_intercept };
                });
        }
        value
    }
}

impl<T: Scalar> Maxima<T> {
    fn new(lines: MaxPoolLines) -> Self {
        let constant_upper = lines.constant_upper.into_iter().map(|upper| upper.map(T::from_f64)).collect();
        Self { lower_source: lines.lower_source, constant_upper }
    }

    /// As [`Lines::substitute`]; the input has `width` elements.
    pub(super) fn substitute(&self, coefficients: &Array2<T>, width: usize) -> (Array2<T>, Array1<T>) {
        let mut passed = Array2::zeros((coefficients.nrows(), width));
        let mut added = Array1::zeros(coefficients.nrows());
        for ((row, mut passed), added) in
            coefficients.rows().into_iter().zip(passed.rows_mut()).zip(&mut added)
        {
            for (window, c) in row.iter().enumerate() {
                match self.constant_upper[window] {
                    Some(upper) if *c < T::zero() => *added += *c * upper,
                    _ => passed[self.lower_source[window]] += *c,
                }
            }
        }
        (passed, added)
    }

    /// As [`Lines::apply`].
    pub(super) fn apply(&self, met: &Array2<T>, input: ArrayView2<'_, T>) -> Array2<T> {
        Array2::from_shape_fn(met.dim(), |(row, window)| match self.constant_upper[window] {
            Some(upper) if met[[row, window]] < T::zero() => upper,
            _ => input[[row, self.lower_source[window]]],
        })
    }
}
