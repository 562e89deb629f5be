//! Optimiser steps against numbers from optimizer_steps.py, which follows PyTorch's sources.

use ndarray::{ArrayD, array};
use nn_core::{Affine, Network, NetworkBuilder, NodeId, Op};
use training::{Adam, Momentum, Optimizer, OptimizerState, RmsProp, Sgd};

/// A network with the parameters 0.5, -1.5 (weight) and 2 (bias).
fn network() -> Network<f64> {
    let mut builder = NetworkBuilder::new([2]);
    let affine = Affine { weight: array![[0.5, -1.5]], bias: array![2.0] };
    let output = builder.add("affine", Op::Affine(affine), &[NodeId::INPUT]).expect("fits");
    builder.finish(output)
}

fn gradients() -> [Vec<ArrayD<f64>>; 3] {
    [[0.1, -0.2, 3.0], [-0.4, 0.05, 1.0], [0.25, 0.0, -2.0]]
        .map(|[w0, w1, b]| vec![array![[w0, w1]].into_dyn(), array![b].into_dyn()])
}

fn check(optimizer: &Optimizer, expected: [f64; 3]) {
    let mut network = network();
    let mut state = OptimizerState::new(optimizer.clone(), &network);
    for gradient in gradients() {
        state.step(&mut network, &gradient, optimizer.learning_rate());
    }
    let values: Vec<f64> =
        network.parameters().into_iter().flat_map(|(_, values)| values.to_owned()).collect();
    let near = |(actual, expected): (&f64, &f64)| (actual - expected).abs() < 1e-14;
    assert!(values.iter().zip(&expected).all(near), "{optimizer:?}: {values:?} is not {expected:?}");
}

#[test]
fn sgd_follows_pytorch() {
    let sgd = |momentum, weight_decay| Optimizer::Sgd(Sgd { learning_rate: 0.1, momentum, weight_decay });
    check(&sgd(Momentum::None, 0.0), [0.505, -1.485, 1.8]);
    check(&sgd(Momentum::None, 0.01), [0.5034814895, -1.4805394785, 1.794705698]);
    check(&sgd(Momentum::Classical(0.9), 0.01), [0.5210953895, -1.4469631785, 1.187029298]);
    check(&sgd(Momentum::Nesterov(0.9), 0.01), [0.5224509619804999, -1.4329051245314999, 1.0646781445820002]);
}

#[test]
fn adam_follows_pytorch() {
    let default = Optimizer::Adam(Adam::default());
    check(&default, [0.499597938746638, -1.4981676316844996, 1.9979017108355694]);
    let adam = Adam { learning_rate: 0.05, beta1: 0.8, beta2: 0.95, epsilon: 1e-4, weight_decay: 0.1 };
    check(&Optimizer::Adam(adam), [0.46585028141868995, -1.3680411813645288, 1.895294550325073]);
}

#[test]
fn rms_prop_follows_pytorch() {
    let default = Optimizer::RmsProp(RmsProp::default());
    check(&default, [0.44499353832149185, -1.4243685470649252, 1.922050896604045]);
    let rms_prop =
        RmsProp { learning_rate: 0.02, alpha: 0.9, epsilon: 1e-3, momentum: 0.5, weight_decay: 0.1 };
    check(&Optimizer::RmsProp(rms_prop), [0.4392969623510217, -1.340283807535335, 1.8866738995514456]);
}

#[test]
#[should_panic(expected = "1 gradients and 2 memories for 2 parameters")]
fn a_missing_gradient_is_refused() {
    let mut network = network();
    let [gradient, ..] = gradients();
    OptimizerState::new(Optimizer::default(), &network).step(&mut network, &gradient[..1], 0.1);
}
