//! Zeros, subnormal numbers, overflow, and arguments that do not fit.

use milp_encode::bounds::{
    BoundChain, BoundsError, Elements, Phase, PhaseCounts, compute_bounds, crown_bounds, crown_lower_bounds,
    interval_bounds,
};
use ndarray::{Array2, array};
use nn_core::{NetworkBuilder, NodeId, Op};

use crate::support::build::{affine, chain, sides};

/// The range of the first output element by each method.
fn ranges(ops: Vec<Op<f64>>, input: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let network = chain([input.len()], ops);
    let methods = [&BoundChain::interval(), &BoundChain::crown()];
    let range = |method| {
        let bounds = compute_bounds(&network, &sides(input), method).unwrap();
        let output = bounds.node(network.output());
        (output.lower()[0], output.upper()[0])
    };
    methods.map(range).to_vec()
}

#[test]
fn a_neuron_without_inputs_is_its_bias_exactly() {
    for bias in [0.0, 0.1, -3.0] {
        let pruned = affine(&[[0.0, -0.0]], &[bias]);
        let spread = [(-1.0, 1.0), (5.0, 7.0)];
        assert_eq!(ranges(vec![pruned.clone()], &spread), [(bias, bias); 2]);
        let behind = vec![affine(&[[1.0, 1.0], [0.0, 0.0]], &[0.0, 0.0]), Op::Relu, pruned];
        assert_eq!(ranges(behind, &spread), [(bias, bias); 2]);
    }
    // So it is where all weights meet zeros.
    assert_eq!(ranges(vec![affine(&[[2.0, 0.0]], &[0.0])], &[(0.0, -0.0), (1.0, 2.0)]), [(0.0, 0.0); 2]);
}

#[test]
fn what_underflows_is_not_taken_for_zero() {
    for (weight, input) in [(1e-200, 1e-200), (5e-324, 0.25), (-1e-310, 1e-20)] {
        let layer = affine(&[[weight]], &[0.0]);
        for (lower, upper) in ranges(vec![layer], &[(input / 2.0, input)]) {
            assert!(lower < 0.0 && 0.0 < upper, "{weight} times {input}: {lower} .. {upper}");
            assert!(upper - lower < 1e-290);
        }
    }
}

#[test]
fn coefficients_that_underflow_are_charged_with_the_values_they_meet() {
    // 1e-200 * 1e-130 underflows to 0 in the backward pass, but times 1e290 it is 1e-40.
    let ops = vec![affine(&[[1e-130]], &[0.0]), Op::Relu, affine(&[[1e-200]], &[0.0])];
    let network = chain([1], ops);
    let input = sides(&[(-1e290, -1e289)]);
    let bounds = interval_bounds(&network, &input).unwrap();
    let pre_activation = network.node_ids().nth(1).unwrap();
    let lower = crown_lower_bounds(&network, &bounds, pre_activation, array![[1e-200]].view())[0];
    assert!(lower <= -1e-40, "{lower:e}");
}

#[test]
fn signs_stay_sharp_at_zero() {
    for slope in [0.0, 0.5, 1.0] {
        let leaky = || vec![Op::LeakyRelu { slope }];
        assert_eq!(ranges(leaky(), &[(0.0, 1.0)]), [(0.0, 1.0); 2]);
        assert_eq!(ranges(leaky(), &[(-0.0, 0.0)]), [(0.0, 0.0); 2]);
        assert!(ranges(leaky(), &[(-1.0, 0.0)]).iter().all(|(_, upper)| *upper == 0.0));
        assert!(ranges(leaky(), &[(-1.0, -5e-324)]).iter().all(|(_, upper)| *upper <= 0.0));
    }
}

#[test]
fn phases_count_a_zero_bound_as_stable() {
    let inputs = [(0.0, 1.0), (-0.0, 0.0), (-1.0, -0.0), (-1.0, 0.0), (-5e-324, 5e-324), (-2.0, -1.0)];
    let network = chain([inputs.len()], [Op::Relu]);
    let bounds = interval_bounds(&network, &sides(&inputs)).unwrap();
    let phases: Vec<Phase> =
        (0..inputs.len()).map(|i| bounds.node(nn_core::NodeId::INPUT).phase(i)).collect();
    use Phase::{Active, Inactive, Unstable};
    assert_eq!(phases, [Active, Active, Inactive, Inactive, Unstable, Inactive]);
    let counts = PhaseCounts { active: 2, inactive: 3, unstable: 1 };
    assert_eq!(bounds.phase_counts(&network, network.output()), counts);
    assert_eq!(bounds.phase_counts(&network, nn_core::NodeId::INPUT), PhaseCounts::default());
}

#[test]
fn sigmoid_is_bounded_where_its_exponential_overflows() {
    // exp(-x) at 709.9 is beyond f64, but the sigmoid, about exp(-709.9), is not below its least number.
    for (_, upper) in ranges(vec![Op::Sigmoid], &[(-709.9, -709.9)]) {
        assert!(upper > 5e-309);
    }
    assert!(ranges(vec![Op::Sigmoid], &[(-1e308, 1e308)]).iter().all(|range| *range == (0.0, 1.0)));
    assert!(ranges(vec![Op::Tanh], &[(-1e308, 1e308)]).iter().all(|range| *range == (-1.0, 1.0)));
}

#[test]
fn overflow_is_named_or_gives_no_bound() {
    let network = chain([1], [affine(&[[1e300]], &[0.0])]);
    let overflow = BoundsError::Overflow { node: "n1".into(), element: 0 };
    assert_eq!(interval_bounds(&network, &sides(&[(0.0, 1e300)])), Err(overflow.clone()));
    assert_eq!(crown_bounds(&network, &sides(&[(0.0, 1e300)]), Elements::All), Err(overflow));

    let bounds = interval_bounds(&network, &sides(&[(-1.0, 1.0)])).unwrap();
    for function in [1e300, -1e300, f64::NAN, f64::INFINITY] {
        let lower = crown_lower_bounds(&network, &bounds, network.output(), array![[function]].view());
        assert_eq!(lower[0], f64::NEG_INFINITY, "{function}");
    }
}

#[test]
fn a_box_of_another_size_is_refused() {
    let network = chain([2], [affine(&[[1.0, 1.0]], &[0.0])]);
    for method in [&BoundChain::interval(), &BoundChain::crown()] {
        let error = compute_bounds(&network, &sides(&[(0.0, 1.0)]), method).unwrap_err();
        assert_eq!(error, BoundsError::InputCount { sides: 1, inputs: 2, shape: "[2]".into() });
        assert_eq!(error.to_string(), "input box has 1 sides, but the network takes 2 inputs [2]");
    }
}

#[test]
fn no_functions_have_no_bounds() {
    let network = chain([2], [affine(&[[1.0, 1.0]], &[0.0]), Op::Relu]);
    let bounds = interval_bounds(&network, &sides(&[(0.0, 1.0), (0.0, 1.0)])).unwrap();
    assert_eq!(
        crown_lower_bounds(&network, &bounds, network.output(), Array2::zeros((0, 1)).view()).len(),
        0
    );
}

#[test]
fn branches_count_the_constants_of_their_layers_once_in_any_order_of_nodes() {
    // y = relu(x + b) + relu(2 x + 2 b), with the nodes of the two branches in turns.
    for (bias, (from, to)) in [(1.0, (-2.0, 1.0)), (1.0, (0.0, 1.0)), (-0.5, (-1.0, 2.0)), (-0.5, (0.5, 2.0))]
    {
        let mut builder = NetworkBuilder::new([1]);
        let first = builder.add("first", affine(&[[1.0]], &[bias]), &[NodeId::INPUT]).unwrap();
        let second = builder.add("second", affine(&[[2.0]], &[2.0 * bias]), &[NodeId::INPUT]).unwrap();
        let first = builder.add("first relu", Op::Relu, &[first]).unwrap();
        let second = builder.add("second relu", Op::Relu, &[second]).unwrap();
        let sum = builder.add("sum", Op::Add, &[first, second]).unwrap();
        let network = builder.finish(sum);
        let bounds = interval_bounds(&network, &sides(&[(from, to)])).unwrap();
        let upper = -crown_lower_bounds(&network, &bounds, sum, array![[-1.0]].view())[0];
        let greatest = 3.0 * (to + bias);
        assert!(greatest <= upper && upper <= greatest + 1e-9, "{upper} instead of {greatest}");
    }
}
