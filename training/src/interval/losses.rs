//! Losses of the intervals that a network's values have on a ball of inputs, with their gradients.

use ndarray::{Array2, ArrayD, ArrayView1, Zip};
use nn_core::{Network, Op, Scalar};

use super::Interval;
use super::gradient::IntervalGradient;
use super::propagation::propagate;
use super::worst_case::{add_margin_cotangents, greatest_margins};
use crate::{BatchGradient, BatchLoss, cross_entropy};

/// The mean cross-entropy of the greatest margins over the label, as if they were logits. An example counts as right
/// where all of them are negative: no input of the ball has another class.
pub(crate) fn bounded_cross_entropy<T: Scalar>(
    network: &Network<T>,
    ball: Interval<T>,
    labels: &[u8],
) -> BatchGradient<T> {
    let trace = propagate(network, ball);
    let margins = greatest_margins(network, &trace, labels);
    let found = cross_entropy(margins.view(), labels);
    let mut gradient = IntervalGradient::new(network, &trace);
    add_margin_cotangents(&mut gradient, network, &trace, labels, found.cotangent);
    let loss = BatchLoss { mean: found.loss, correct: count_certified(&margins, labels) };
    BatchGradient { loss, parameters: gradient.finish() }
}

fn count_certified<T: Scalar>(margins: &Array2<T>, labels: &[u8]) -> usize {
    let certified = |(row, label): &(ArrayView1<'_, T>, &u8)| {
        let mut others = row.iter().enumerate().filter(|(class, _)| *class != usize::from(**label));
        others.all(|(_, margin)| *margin < T::zero())
    };
    margins.outer_iter().zip(labels).filter(certified).count()
}

/// `-tanh(1 + l u)` of the bounds `l` and `u` of every neuron before its ReLU, summed over neurons and averaged over the
/// batch, with the parameters' gradients: small where bounds have the same sign.
pub(crate) fn instability<T: Scalar>(network: &Network<T>, ball: Interval<T>) -> (f64, Vec<ArrayD<T>>) {
    let count = T::from_f64(ball.centre.nrows() as f64);
    let trace = propagate(network, ball);
    let mut gradient = IntervalGradient::new(network, &trace);
    let mut sum = 0.0;
    for id in network.node_ids() {
        let node = network.node(id);
        if !matches!(node.op(), Op::Relu | Op::LeakyRelu { .. }) {
            continue;
        }
        let before = trace.interval(node.inputs()[0]);
        let (mut lower, mut upper) = (before.lower(), before.upper());
        Zip::from(&mut lower).and(&mut upper).for_each(|l, u| {
            let tanh = (T::one() + *l * *u).tanh();
            let slope = -(T::one() - tanh * tanh) / count;
            sum -= tanh.as_f64();
            (*l, *u) = (slope * *u, slope * *l);
        });
        gradient.add_to_ends(node.inputs()[0], lower, &upper);
    }
    (sum / count.as_f64(), gradient.finish())
}
