//! How far every other class can get ahead of the label.
//!
//! Where the network ends in a fully connected layer, the difference `(w_k - w_y) h` of two outputs is bounded as one
//! linear function of the values `h` before it, which loses less than the difference of two bounds (the last layer's
//! elision; Gowal et al., 2018, section 3).

use ndarray::{Array1, Array2, Axis, s};
use nn_core::{Affine, Network, NodeId, Op, Scalar};

use super::Interval;
use super::gradient::IntervalGradient;
use super::propagation::IntervalTrace;

/// Upper bounds of `z[k] - z[y]` for every class `k`, (batch, classes); 0 at the label `y` itself.
pub(super) fn greatest_margins<T: Scalar>(
    network: &Network<T>,
    trace: &IntervalTrace<T>,
    labels: &[u8],
) -> Array2<T> {
    let Some((before, affine)) = last_layer(network) else {
        return margins_of_outputs(trace.interval(network.output()), labels);
    };
    let values = trace.interval(before);
    let mut margins = Array2::zeros((labels.len(), affine.bias.len()));
    for (label, rows) in by_label(labels) {
        let (difference, offset) = differences(affine, label);
        let centres = values.centre.select(Axis(0), &rows).dot(&difference.t());
        let radii = values.radius.select(Axis(0), &rows).dot(&difference.mapv(T::abs).t());
        let found = centres + radii + &offset;
        rows.iter().zip(found.outer_iter()).for_each(|(row, found)| margins.row_mut(*row).assign(&found));
    }
    margins
}

/// Adds the gradient of a function of [`greatest_margins`], given with respect to them, at the label's class ignored.
pub(super) fn add_margin_cotangents<T: Scalar>(
    gradient: &mut IntervalGradient<'_, T>,
    network: &Network<T>,
    trace: &IntervalTrace<T>,
    labels: &[u8],
    mut cotangent: Array2<T>,
) {
    for (mut row, label) in cotangent.outer_iter_mut().zip(labels) {
        row[usize::from(*label)] = T::zero();
    }
    let Some((before, affine)) = last_layer(network) else {
        return add_output_cotangents(gradient, network.output(), labels, cotangent);
    };
    let values = trace.interval(before);
    let mut back = Interval {
        centre: Array2::zeros(values.centre.raw_dim()),
        radius: Array2::zeros(values.radius.raw_dim()),
    };
    let (mut weight, mut bias) = (Array2::zeros(affine.weight.raw_dim()), Array1::zeros(affine.bias.len()));
    for (label, rows) in by_label(labels) {
        let (difference, _) = differences(affine, label);
        let cotangent = cotangent.select(Axis(0), &rows);
        let to_centres = cotangent.dot(&difference);
        let to_radii = cotangent.dot(&difference.mapv(T::abs));
        for (index, row) in rows.iter().enumerate() {
            back.centre.row_mut(*row).assign(&to_centres.row(index));
            back.radius.row_mut(*row).assign(&to_radii.row(index));
        }
        let of_centres = cotangent.t().dot(&values.centre.select(Axis(0), &rows));
        let of_radii = cotangent.t().dot(&values.radius.select(Axis(0), &rows));
        let to_difference = of_centres + of_radii * difference.mapv(sign);
        let mut of_label = weight.row_mut(label);
        of_label -= &to_difference.sum_axis(Axis(0));
        weight += &to_difference;
        bias[label] -= cotangent.sum();
        bias += &cotangent.sum_axis(Axis(0));
    }
    gradient.add(before, back);
    gradient.add_to_parameters(network.output(), vec![weight.into_dyn(), bias.into_dyn()]);
}

/// The fully connected layer that a network ends in, and the node before it.
fn last_layer<T: Scalar>(network: &Network<T>) -> Option<(NodeId, &Affine<T>)> {
    let last = network.node(network.output());
    match last.op() {
        Op::Affine(affine) => Some((last.inputs()[0], affine)),
        _ => None,
    }
}

/// Every label that occurs, with its rows.
fn by_label(labels: &[u8]) -> impl Iterator<Item = (usize, Vec<usize>)> {
    let classes = labels.iter().max().map_or(0, |greatest| usize::from(*greatest) + 1);
    let rows = |label: usize| (0..labels.len()).filter(|row| usize::from(labels[*row]) == label).collect();
    (0..classes)
        .map(move |label| (label, rows(label)))
        .filter(|(_, rows): &(usize, Vec<usize>)| !rows.is_empty())
}

/// The last layer minus its row for a label: `w_k - w_y` and `b_k - b_y`.
fn differences<T: Scalar>(affine: &Affine<T>, label: usize) -> (Array2<T>, Array1<T>) {
    (
        &affine.weight - &affine.weight.slice(s![label..=label, ..]),
        affine.bias.mapv(|bias| bias - affine.bias[label]),
    )
}

/// 0 at 0, where an absolute value has a kink.
fn sign<T: Scalar>(value: T) -> T {
    if value.is_zero() { value } else { value.signum() }
}

fn margins_of_outputs<T: Scalar>(outputs: &Interval<T>, labels: &[u8]) -> Array2<T> {
    let (lower, mut margins) = (outputs.lower(), outputs.upper());
    for ((mut row, lower), label) in margins.outer_iter_mut().zip(lower.outer_iter()).zip(labels) {
        let label = usize::from(*label);
        row.mapv_inplace(|upper| upper - lower[label]);
        row[label] = T::zero();
    }
    margins
}

/// The cotangent is 0 at the labels.
fn add_output_cotangents<T: Scalar>(
    gradient: &mut IntervalGradient<'_, T>,
    output: NodeId,
    labels: &[u8],
    cotangent: Array2<T>,
) {
    let mut lower = Array2::zeros(cotangent.raw_dim());
    for ((mut lower, upper), label) in lower.outer_iter_mut().zip(cotangent.outer_iter()).zip(labels) {
        lower[usize::from(*label)] = -upper.sum();
    }
    gradient.add_to_ends(output, lower, &cotangent);
}
