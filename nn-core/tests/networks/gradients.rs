//! Gradients against central differences, operator by operator and through whole graphs.

use ndarray::{Array2, ArrayD, array};
use nn_core::{Affine, Network, NetworkBuilder, NodeId, Op};
use proptest::prelude::*;

use crate::cases;
use crate::close::assert_close;
use crate::graphs::{residual_network, small_convolutional_network};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn gradients_of_every_operator_are_its_differences(case in cases::any()) {
        check(&case.network, &case.network_input(), &case.cotangent());
    }

    #[test]
    fn gradients_of_a_single_node_are_those_of_a_network_of_it(case in cases::any()) {
        let network = &case.network;
        let (trace, cotangent) = (network.trace(case.network_input().view()), case.cotangent());
        let inputs: Vec<_> =
            network.node(case.node()).inputs().iter().map(|input| trace.value(*input)).collect();
        let expected = network.backward(&trace, cotangent.view());
        prop_assert_eq!(network.layer_gradients(case.node(), &inputs, cotangent.view()), expected.parameters);
        if inputs.len() == 1 {
            let pulled = network.pullback_at(case.node(), &inputs, trace.output(), cotangent.view());
            prop_assert_eq!(&pulled, &[expected.input]);
        }
    }

    #[test]
    fn gradients_of_the_absolute_part_are_its_differences(case in cases::any_affine()) {
        let (inputs, cotangent) = (case.inputs(), case.cotangent());
        let radii: Vec<_> = inputs.iter().map(|input| input.mapv(f64::abs)).collect();
        let radii: Vec<_> = radii.iter().map(|radii| radii.view()).collect();
        let gradients = case.network.layer_gradients_absolute(case.node(), &radii, cotangent.view());
        for (index, gradient) in gradients.iter().enumerate() {
            let mut changed = case.network.clone();
            let at = case.network.parameters()[index].1.to_owned();
            let value_at = |value: &ArrayD<f64>| {
                changed.parameters_mut()[index].1.assign(value);
                (changed.apply_absolute(case.node(), &radii) * &cotangent).sum()
            };
            assert_close("gradient of |A| r", gradient, &differences_away_from_zero(&at, value_at), 1e-9);
        }
    }
}

#[test]
fn a_coefficient_of_zero_has_no_slope_in_the_absolute_part() {
    let mut builder = NetworkBuilder::new([2]);
    let affine = Affine { weight: array![[0.0, -2.0]], bias: array![1.0] };
    let node = builder.add("affine", Op::Affine(affine), &[NodeId::INPUT]).expect("fits");
    let network = builder.finish(node);
    let radii = array![[3.0, 5.0]];
    let gradients = network.layer_gradients_absolute(node, &[radii.view()], array![[1.0]].view());
    assert_eq!(gradients, [array![[0.0, -5.0]].into_dyn(), array![0.0].into_dyn()]);
}

#[test]
fn gradients_through_residual_and_joined_branches_are_differences() {
    for seed in 0..5 {
        let network = residual_network(seed);
        let rng = &mut cases::rng(100 + seed);
        let input = cases::uniform(rng, [3, network.input_count()]);
        check(&network, &input, &cases::uniform(rng, [3, network.output_count()]));
    }
}

#[test]
fn gradients_through_convolutions_and_pools_are_differences() {
    for seed in 0..5 {
        let network = small_convolutional_network(seed);
        let rng = &mut cases::rng(100 + seed);
        let input = cases::uniform(rng, [3, network.input_count()]);
        check(&network, &input, &cases::uniform(rng, [3, network.output_count()]));
    }
}

#[test]
fn single_precision_gradients_are_those_of_double_precision_rounded() {
    for network in [residual_network(7), small_convolutional_network(7)] {
        let rng = &mut cases::rng(7);
        let input = cases::uniform(rng, [4, network.input_count()]);
        let cotangent = cases::uniform(rng, [4, network.output_count()]);
        let double = network.backward(&network.trace(input.view()), cotangent.view());
        let network = network.cast::<f32>();
        let (input, cotangent) = (cases::to_f32(&input), cases::to_f32(&cotangent));
        let single = network.backward(&network.trace(input.view()), cotangent.view());
        assert_close("input gradient", &single.input.mapv(f64::from), &double.input, 1e-4);
        for (single, double) in single.parameters.iter().zip(&double.parameters) {
            assert_close("parameter gradient", &single.mapv(f64::from), double, 1e-4);
        }
    }
}

/// All three ways to ask for gradients of `<cotangent, output>`.
fn check(network: &Network<f64>, input: &Array2<f64>, cotangent: &Array2<f64>) {
    let trace = network.trace(input.view());
    let gradients = network.backward(&trace, cotangent.view());
    assert_eq!(network.input_gradient(&trace, cotangent.view()), gradients.input);
    assert_eq!(network.parameter_gradients(&trace, cotangent.view()), gradients.parameters);

    let at_input = |input: &Array2<f64>| (network.forward(input.view()) * cotangent).sum();
    let expected = differences(&input.clone().into_dyn(), |input| {
        at_input(&input.clone().into_dimensionality().expect("a batch has two axes"))
    });
    assert_close("gradient of the input", &gradients.input.into_dyn(), &expected, 1e-6);
    let parameters = network.parameters();
    assert_eq!(parameters.len(), gradients.parameters.len());
    for (index, ((id, value), gradient)) in parameters.iter().zip(&gradients.parameters).enumerate() {
        let mut changed = network.clone();
        let expected = differences(&value.to_owned(), |value| {
            changed.parameters_mut()[index].1.assign(value);
            (changed.forward(input.view()) * cotangent).sum()
        });
        assert_close(&format!("gradient of {id:?}"), gradient, &expected, 1e-6);
    }
}

/// Differences of a function that is linear in the absolute value of every element; none is 0.
fn differences_away_from_zero(
    at: &ArrayD<f64>,
    mut function: impl FnMut(&ArrayD<f64>) -> f64,
) -> ArrayD<f64> {
    let here = function(at);
    let mut result = ArrayD::zeros(at.raw_dim());
    for (index, slope) in result.indexed_iter_mut() {
        let mut moved = at.clone();
        let step = 0.5_f64.copysign(at[&index]);
        moved[&index] += step;
        *slope = (function(&moved) - here) / step;
    }
    result
}

/// Central differences of a function in every element.
fn differences(at: &ArrayD<f64>, mut function: impl FnMut(&ArrayD<f64>) -> f64) -> ArrayD<f64> {
    const STEP: f64 = 1e-6;
    let mut result = ArrayD::zeros(at.raw_dim());
    for (index, slope) in result.indexed_iter_mut() {
        let mut moved = at.clone();
        moved[&index] = at[&index] + STEP;
        let above = function(&moved);
        moved[&index] = at[&index] - STEP;
        *slope = (above - function(&moved)) / (2.0 * STEP);
    }
    result
}
