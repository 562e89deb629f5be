//! Inequalities of single neurons that the triangle lacks.

use milp_encode::bounds::rounding::{add_up, sum_error};
use milp_encode::property::InputBox;
use ndarray::Array1;
use nn_core::{Network, NodeId, Op};

use super::forms::Forms;
use super::relaxation::Relaxation;
use crate::neurons::Neuron;

/// `f(a) <= slopes · x + constant` for the value of one neuron that reads the input, everywhere in the box and in real
/// arithmetic.
///
/// Together with `f(a) >= a` and `f(a) >= 0` all such inequalities describe the convex hull of the neuron's values over
/// the box; there are exponentially many. Source: Anderson, Huchette, Ma, Tjandraatmadja and Vielma, "Strong
/// mixed-integer programming formulations for trained neural networks", 2020, proposition 12.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    /// Which of the open neurons.
    pub(crate) neuron: usize,
    /// One an element of the input.
    pub(crate) slopes: Array1<f64>,
    pub(crate) constant: f64,
}

/// By how much of its greatest value a neuron's value has to exceed an inequality for it to be worth a row.
const WORTHWHILE: f64 = 1e-3;

/// The most violated inequality of each plain ReLU directly behind a fully connected layer on the input.
pub(super) fn violated_cuts(
    network: &Network<f64>,
    input: &InputBox,
    neurons: &[Neuron],
    forms: &Forms,
    relaxation: &Relaxation,
    values: &[f64],
) -> Vec<Cut> {
    let point = relaxation.input_at(values);
    let cut = |(k, neuron): (usize, &Neuron)| {
        let pre_activation = network.node(network.node(neuron.node).inputs()[0]);
        let reads_input =
            matches!(pre_activation.op(), Op::Affine(_)) && pre_activation.inputs() == [NodeId::INPUT];
        if !reads_input || neuron.slope != 0.0 {
            return None;
        }
        let form = &forms.pre_activations[k];
        let cut = most_violated(k, &form.inputs, form.constant, input, &point)?;
        let value = neuron.upper * relaxation.halves(values, k).positive;
        let allowed = cut.slopes.dot(&point) + cut.constant;
        (value > allowed + WORTHWHILE * neuron.upper).then_some(cut)
    };
    neurons.iter().enumerate().filter_map(cut).collect()
}

/// The inequality that is least at a point, by a fractional knapsack: inputs go in with their full weight, those first
/// that stand nearest to the end where they contribute least, until the rest could no longer be positive.
fn most_violated(
    neuron: usize,
    weights: &Array1<f64>,
    bias: f64,
    input: &InputBox,
    point: &Array1<f64>,
) -> Option<Cut> {
    let (lower, upper) = (input.lower(), input.upper());
    let contribution = |i: usize| weights[i].abs() * (upper[i] - lower[i]);
    let share = |i: usize| {
        let share = (point[i] - lower[i]) / (upper[i] - lower[i]);
        if weights[i] > 0.0 { share } else { 1.0 - share }
    };
    let mut order: Vec<(usize, f64)> =
        (0..weights.len()).filter(|i| contribution(*i) > 0.0).map(|i| (i, share(i))).collect();
    order.sort_unstable_by(|a, b| a.1.total_cmp(&b.1));
    let greatest = |i: usize| (weights[i] * lower[i]).max(weights[i] * upper[i]);
    let mut rest = bias + (0..weights.len()).map(greatest).sum::<f64>();
    let mut slopes = Array1::zeros(weights.len());
    for (i, _) in order {
        if contribution(i) >= rest {
            let slope = rest.max(0.0) / (upper[i] - lower[i]);
            slopes[i] = if weights[i] > 0.0 { slope } else { -slope };
            return Some(Cut { neuron, constant: safe_constant(weights, bias, input, &slopes), slopes })
                .filter(|cut| cut.constant.is_finite());
        }
        rest -= contribution(i);
        slopes[i] = weights[i];
    }
    None
}

/// The least constant, rounded up, with which `slopes · x + constant` is nowhere below 0 or below the pre-activation.
fn safe_constant(weights: &Array1<f64>, bias: f64, input: &InputBox, slopes: &Array1<f64>) -> f64 {
    let mut above_zero = 0.0;
    let mut above_weights = bias;
    let mut magnitude = bias.abs();
    for (((weight, slope), lower), upper) in weights.iter().zip(slopes).zip(input.lower()).zip(input.upper())
    {
        let difference = weight - slope;
        above_zero += (-slope * lower).max(-slope * upper);
        above_weights += (difference * lower).max(difference * upper);
        magnitude += (weight.abs() + slope.abs()) * lower.abs().max(upper.abs());
    }
    add_up(above_zero.max(above_weights), sum_error(weights.len() + 2, magnitude))
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// `relu(x + y - 1)` over the unit square: at the midpoint the hull's upper envelope is `min(x, y)`.
    #[test]
    fn the_hull_is_reached_where_the_triangle_is_not() {
        let input = InputBox::new(array![0.0, 0.0], array![1.0, 1.0]).unwrap();
        let cut = most_violated(0, &array![1.0, 1.0], -1.0, &input, &array![0.25, 0.75]).unwrap();
        let at = |x: f64, y: f64| cut.slopes[0] * x + cut.slopes[1] * y + cut.constant;
        assert!((at(0.25, 0.75) - 0.25).abs() < 1e-12, "the triangle allows 0.5");
        assert!(at(1.0, 1.0) >= 1.0 && at(0.0, 0.0) >= 0.0 && at(0.0, 1.0) >= 0.0 && at(1.0, 0.0) >= 0.0);
    }

    #[test]
    fn no_sampled_value_is_cut_off() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut found = 0;
        for _ in 0..300 {
            let count = rng.random_range(1..6);
            let mut vector =
                |reach: f64| Array1::from_shape_simple_fn(count, || rng.random_range(-reach..reach));
            let (weights, center, point) = (vector(2.0), vector(1.0), vector(1.0));
            let width = vector(0.5).mapv(f64::abs);
            let input = InputBox::new(&center - &width, &center + &width).unwrap();
            let point = input.project((&center + &(&point * &width)).view());
            let bias = -weights.dot(&center);
            let Some(cut) = most_violated(0, &weights, bias, &input, &point) else { continue };
            found += 1;
            for _ in 0..50 {
                let corner: Array1<f64> = (0..count)
                    .map(|i| [input.lower()[i], input.upper()[i], center[i]][rng.random_range(0..3)])
                    .collect();
                let value = (weights.dot(&corner) + bias).max(0.0);
                let allowed = cut.slopes.dot(&corner) + cut.constant;
                assert!(value <= allowed + 1e-14, "{value} above {allowed}");
            }
        }
        assert!(found > 200, "{found}");
    }
}
