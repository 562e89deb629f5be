//! Scores from the gradient of the cross-entropy.

use ndarray::{ArrayD, ArrayViewD, Axis};
use nn_core::{Network, NodeId};

use super::shares_of_greatest;
use crate::cross_entropy::log_sum_exp;
use crate::{LayerScores, SampleError, Samples, hidden_layers};

/// How sensitive the loss is to the weights of every unit: the sum, over its incoming weights, of
/// `|weight * slope of the mean loss|`, as a share of the greatest of the network
/// (Lee, Ajanthan and Torr, "SNIP: Single-shot Network Pruning based on Connection Sensitivity", ICLR 2019, summed by units).
///
/// # Errors
/// [`SampleError`] where the samples do not fit the network.
pub fn snip_scores(network: &Network<f64>, samples: Samples<'_>) -> Result<Vec<LayerScores>, SampleError> {
    samples.check(network)?;
    let gradients = parameter_gradients(network, samples, 0..samples.len());
    let products = unit_sums(network, &gradients, |weight, slope| (weight * slope).abs());
    let layers = products.into_iter().map(|(layer, [weights, _])| (layer, weights));
    Ok(shares_of_greatest(layers.collect()))
}

/// How much the loss would change, to first order, if a unit emitted 0: the mean over the samples of
/// `|sum over the unit's elements of value * slope of the loss|`, divided by the Euclidean norm of its layer, as a share of
/// the greatest of the network (Molchanov, Tyree, Karras, Aila and Kautz, "Pruning Convolutional Neural Networks for Resource
/// Efficient Inference", ICLR 2017).
///
/// # Errors
/// [`SampleError`] where the samples do not fit the network.
pub fn taylor_scores(network: &Network<f64>, samples: Samples<'_>) -> Result<Vec<LayerScores>, SampleError> {
    samples.check(network)?;
    let hidden = hidden_layers(network);
    let mut sums: Vec<(NodeId, Vec<f64>)> =
        hidden.iter().map(|hidden| (hidden.layer, vec![0.0; hidden.units])).collect();
    for index in 0..samples.len() {
        let gradients = parameter_gradients(network, samples, index..index + 1);
        // Behind a ReLU value times slope is pre-activation times slope, and that is the sum over weights and bias of
        // parameter times slope, as the pre-activation is linear in them.
        let products = unit_sums(network, &gradients, |parameter, slope| parameter * slope);
        for ((_, sums), (_, [weights, biases])) in sums.iter_mut().zip(products) {
            let units = weights.into_iter().zip(biases);
            sums.iter_mut().zip(units).for_each(|(sum, (weight, bias))| *sum += (weight + bias).abs());
        }
    }
    for (_, sums) in &mut sums {
        let norm = sums.iter().map(|sum| sum * sum).sum::<f64>().sqrt();
        if norm > 0.0 {
            sums.iter_mut().for_each(|sum| *sum /= norm);
        }
    }
    Ok(shares_of_greatest(sums))
}

/// The gradients of the mean cross-entropy of some samples, in the order of the network's parameters.
fn parameter_gradients(
    network: &Network<f64>,
    samples: Samples<'_>,
    range: std::ops::Range<usize>,
) -> Vec<ArrayD<f64>> {
    let labels = &samples.labels[range.clone()];
    let trace = network.trace(samples.inputs.slice(ndarray::s![range, ..]));
    let mut cotangent = trace.output().to_owned();
    for (mut logits, label) in cotangent.rows_mut().into_iter().zip(labels) {
        let (_, softmax) = log_sum_exp(logits.view());
        logits.assign(&softmax);
        logits[usize::from(*label)] -= 1.0;
    }
    cotangent /= labels.len() as f64;
    network.parameter_gradients(&trace, cotangent.view())
}

/// For every hidden layer, and weight and bias of each unit, the sum of a product with its slope.
fn unit_sums(
    network: &Network<f64>,
    gradients: &[ArrayD<f64>],
    product: impl Fn(f64, f64) -> f64,
) -> Vec<(NodeId, [Vec<f64>; 2])> {
    let parameters = network.parameters();
    let sums = |values: &ArrayViewD<'_, f64>, slopes: &ArrayD<f64>| -> Vec<f64> {
        let units = values.axis_iter(Axis(0)).zip(slopes.axis_iter(Axis(0)));
        units.map(|(values, slopes)| values.iter().zip(&slopes).map(|(v, s)| product(*v, *s)).sum()).collect()
    };
    let of_layer = |hidden: crate::HiddenLayer| {
        let first = parameters.iter().position(|(id, _)| id.node == hidden.layer).expect("it has parameters");
        let [weight, bias] = [first, first + 1].map(|index| sums(&parameters[index].1, &gradients[index]));
        (hidden.layer, [weight, bias])
    };
    hidden_layers(network).into_iter().map(of_layer).collect()
}
