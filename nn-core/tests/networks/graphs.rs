//! Whole graphs: values with several users, parameters, precision.

use ndarray::{Array1, Array2, array};
use nn_core::{
    Affine, Conv2d, Network, NetworkBuilder, NodeId, Op, ParameterRole, Pool, Rearrange, Source, Window,
};
use rand_chacha::ChaCha8Rng;

use crate::cases::{self, uniform};
use crate::close::assert_close;

/// Two fully connected branches, a sum that takes one of them twice, a concatenation, and every smooth activation.
pub(crate) fn residual_network(seed: u64) -> Network<f64> {
    let rng = &mut cases::rng(seed);
    let mut builder = NetworkBuilder::new([5]);
    let mut add = |name: &str, op, inputs: &[NodeId]| builder.add(name, op, inputs).expect("the shapes fit");
    let first = add("first", affine(rng, 6, 5), &[NodeId::INPUT]);
    let relu = add("relu", Op::Relu, &[first]);
    let inner = add("inner", affine(rng, 6, 6), &[relu]);
    let tanh = add("tanh", Op::Tanh, &[inner]);
    let sum = add("sum", Op::Add, &[relu, tanh, relu]);
    let leaky = add("leaky", Op::LeakyRelu { slope: 0.1 }, &[sum]);
    let sigmoid = add("sigmoid", Op::Sigmoid, &[first]);
    let joined = add("joined", Op::Concat { axis: 0 }, &[leaky, sigmoid, NodeId::INPUT, leaky]);
    let output = add("output", affine(rng, 3, 23), &[joined]);
    builder.finish(output)
}

/// Strided, padded and grouped convolutions with both kinds of pooling, a skip connection and a flip.
pub(crate) fn small_convolutional_network(seed: u64) -> Network<f64> {
    let rng = &mut cases::rng(seed);
    let padded = |kernel| Window { padding: [1; 4], ..Window::new(kernel, 1) };
    let mut builder = NetworkBuilder::new([2, 6, 5]);
    let mut add = |name: &str, op, inputs: &[NodeId]| builder.add(name, op, inputs).expect("the shapes fit");
    let first = add("first", conv2d(rng, [4, 2], padded([3, 3]), 1), &[NodeId::INPUT]);
    let relu = add("relu", Op::Relu, &[first]);
    let grouped = add("grouped", conv2d(rng, [4, 4], padded([3, 3]), 2), &[relu]);
    let sum = add("sum", Op::Add, &[grouped, first]);
    let pool = Pool { window: padded([2, 2]), count_padding: false };
    let largest = add("largest", Op::MaxPool(pool.clone()), &[sum]);
    let mean = add("mean", Op::AveragePool(pool), &[sum]);
    let joined = add("joined", Op::Concat { axis: 0 }, &[largest, mean]);
    let strided = add("strided", conv2d(rng, [3, 8], Window::new([3, 2], 2), 1), &[joined]);
    let count = builder.shape(strided).element_count();
    let flip = Rearrange { sources: (0..count).rev().map(Source::Element).collect(), shape: [count].into() };
    let flip = builder.add("flip", Op::Rearrange(flip), &[strided]).expect("the shapes fit");
    let output = builder.add("output", affine(rng, 3, count), &[flip]).expect("the shapes fit");
    builder.finish(output)
}

fn affine(rng: &mut ChaCha8Rng, outputs: usize, inputs: usize) -> Op<f64> {
    Op::Affine(Affine { weight: uniform(rng, (outputs, inputs)), bias: uniform(rng, outputs) })
}

fn conv2d(rng: &mut ChaCha8Rng, [outputs, inputs]: [usize; 2], window: Window, groups: usize) -> Op<f64> {
    let [height, width] = window.kernel;
    let weight = uniform(rng, (outputs, inputs / groups, height, width));
    Op::Conv2d(Conv2d { weight, bias: uniform(rng, outputs), window, groups })
}

#[test]
fn a_value_with_several_users_collects_from_all_of_them() {
    let mut builder = NetworkBuilder::new([3]);
    let relu = builder.add("relu", Op::Relu, &[NodeId::INPUT]).unwrap();
    let sum = builder.add("sum", Op::Add, &[relu, NodeId::INPUT, relu]).unwrap();
    let network = builder.finish(sum);

    let trace = network.trace(array![[-1.0, 0.0, 2.0]].view());
    assert_eq!(trace.output(), array![[-1.0, 0.0, 6.0]]);
    assert_eq!(network.forward(array![[-1.0, 0.0, 2.0]].view()), trace.output());
    let gradient = network.input_gradient(&trace, array![[1.0, 10.0, 100.0]].view());
    assert_eq!(gradient, array![[1.0, 10.0, 300.0]], "ReLU's derivative at 0 is 0");
}

#[test]
fn a_network_of_nothing_gives_its_input_back() {
    let network = NetworkBuilder::new([2]).finish(NodeId::INPUT);
    let (input, cotangent) = (array![[1.0, 2.0]], array![[3.0, 4.0]]);
    assert_eq!(network.forward(input.view()), input);
    let gradients = network.backward(&network.trace(input.view()), cotangent.view());
    assert_eq!(gradients.input, cotangent);
    assert!(gradients.parameters.is_empty());
}

#[test]
fn parameter_gradients_are_sums_over_the_batch() {
    for network in [residual_network(3), small_convolutional_network(3)] {
        let rng = &mut cases::rng(3);
        let input = uniform(rng, [10, network.input_count()]);
        let cotangent = uniform(rng, [10, network.output_count()]);
        let together = network.backward(&network.trace(input.view()), cotangent.view());
        let mut sums: Vec<_> = together.parameters.iter().map(|gradient| gradient * 0.0).collect();
        for (sample, cotangent) in input.outer_iter().zip(cotangent.outer_iter()) {
            let trace = network.trace(sample.insert_axis(ndarray::Axis(0)));
            let alone = network.parameter_gradients(&trace, cotangent.insert_axis(ndarray::Axis(0)));
            sums.iter_mut().zip(&alone).for_each(|(sum, gradient)| *sum += gradient);
        }
        for (together, sum) in together.parameters.iter().zip(&sums) {
            assert_close("gradient of the batch", together, sum, 1e-12);
        }
    }
}

#[test]
fn parameters_come_in_topological_order_weight_before_bias() {
    let mut network = small_convolutional_network(0);
    let expected = [("first", 72, 4), ("grouped", 72, 4), ("strided", 144, 3), ("output", 81, 3)];
    let parameters = network.parameters();
    assert_eq!(parameters.len(), 2 * expected.len());
    for (pair, (name, weights, biases)) in parameters.chunks(2).zip(expected) {
        let [(weight_id, weight), (bias_id, bias)] = pair else { unreachable!("chunks of two") };
        assert_eq!(network.node(weight_id.node).name(), name);
        assert_eq!(weight_id.node, bias_id.node);
        assert_eq!((weight_id.role, bias_id.role), (ParameterRole::Weight, ParameterRole::Bias));
        assert_eq!((weight.len(), bias.len()), (weights, biases), "sizes of `{name}`");
    }
    assert_eq!(network.parameter_count(), 383);

    let ids: Vec<_> = parameters.iter().map(|(id, _)| *id).collect();
    let values: Vec<_> = parameters.iter().map(|(_, value)| value.to_owned()).collect();
    for (index, (id, mut value)) in network.parameters_mut().into_iter().enumerate() {
        assert_eq!(id, ids[index]);
        assert_eq!(value, values[index]);
        value.fill(index as f64);
    }
    for (index, (_, value)) in network.parameters().into_iter().enumerate() {
        assert!(value.iter().all(|v| *v == index as f64));
    }
}

#[test]
fn casting_to_double_precision_and_back_changes_nothing() {
    for network in [residual_network(1), small_convolutional_network(1)] {
        let single = network.cast::<f32>();
        assert_eq!(single.cast::<f64>().cast::<f32>(), single);
        let input = uniform(&mut cases::rng(1), [3, network.input_count()]);
        let output = single.forward(cases::to_f32(&input).view()).mapv(f64::from);
        assert_close("the single-precision output", &output, &network.forward(input.view()), 1e-5);
    }
}

#[test]
fn casting_to_single_precision_keeps_parameters_finite_and_divisors_away_from_zero() {
    let mut builder = NetworkBuilder::new([2]);
    let affine = Affine { weight: array![[1e300, -1e300], [1e-300, 0.1]], bias: Array1::zeros(2) };
    let affine = builder.add("affine", Op::Affine(affine), &[NodeId::INPUT]).unwrap();
    let value = array![1e-300, -1e-300].into_dyn();
    let divide = Op::Constant { kind: nn_core::ConstantOp::Div, value };
    let divide = builder.add("divide", divide, &[affine]).unwrap();
    let network = builder.finish(divide).cast::<f32>();

    let (_, weight) = &network.parameters()[0];
    assert_eq!(weight, &array![[f32::MAX, f32::MIN], [0.0, 0.1]].into_dyn());
    let Op::Constant { value, .. } = network.node(network.output()).op() else {
        panic!("the divisor is gone")
    };
    assert_eq!(value, &array![f32::MIN_POSITIVE, -f32::MIN_POSITIVE].into_dyn());
}

#[test]
fn an_empty_batch_gives_an_empty_batch() {
    for network in [residual_network(2), small_convolutional_network(2)] {
        let trace = network.trace(Array2::zeros((0, network.input_count())).view());
        assert_eq!(trace.output().dim(), (0, network.output_count()));
        let gradients = network.backward(&trace, Array2::zeros((0, network.output_count())).view());
        assert_eq!(gradients.input.dim(), (0, network.input_count()));
        assert!(gradients.parameters.iter().flatten().all(|gradient| *gradient == 0.0));
    }
}
