//! Masked parameters are exactly 0, from the first step to the last.

use std::ops::ControlFlow;

use ndarray::ArrayD;
use nn_core::Network;
use training::{
    Adam, Momentum, Optimizer, Problem, Progress, RmsProp, Sgd, TrainingConfig, WeightMasks, evaluate, train,
};

use crate::bands::{Bands, config, network};

/// Every third weight of both layers goes, and no bias.
fn masks(network: &Network<f32>) -> WeightMasks {
    let kept = network.parameters().into_iter().map(|(_, values)| {
        (values.ndim() == 2).then(|| {
            let stays = (0..values.len()).map(|index| index % 3 != 0).collect();
            ArrayD::from_shape_vec(values.raw_dim(), stays).expect("as many")
        })
    });
    WeightMasks::new(network, kept.collect()).expect("of the same shapes")
}

fn removed_are_zero(network: &Network<f32>) -> bool {
    network
        .parameters()
        .iter()
        .filter(|(_, values)| values.ndim() == 2)
        .all(|(_, values)| values.iter().step_by(3).all(|weight| weight.to_bits() == 0))
}

#[test]
fn masked_weights_stay_zero_with_every_optimizer() {
    let bands = Bands::new();
    let masks = masks(&network(2));
    assert_eq!(masks.removed_count(), 8 + 12);
    let problem = Problem { masks: Some(&masks), ..bands.problem() };
    let decay = 1e-3;
    let sgd = |momentum| Optimizer::Sgd(Sgd { learning_rate: 0.03, momentum, weight_decay: decay });
    for optimizer in [
        sgd(Momentum::Classical(0.9)),
        sgd(Momentum::Nesterov(0.9)),
        Optimizer::Adam(Adam { learning_rate: 0.02, weight_decay: decay, ..Adam::default() }),
        Optimizer::RmsProp(RmsProp { momentum: 0.5, weight_decay: decay, ..RmsProp::default() }),
    ] {
        let config = TrainingConfig { epochs: 40, ..config(optimizer) };
        let mut steps = 0;
        let mut watch = |progress: Progress<'_>| {
            steps += 1;
            assert!(removed_are_zero(progress.network()), "{:?}, step {steps}", config.optimizer);
            ControlFlow::Continue(())
        };
        let trained = train(network(2), &problem, &config, &mut watch).expect("trains");
        assert!(removed_are_zero(&trained.network));
        let accuracy = evaluate(&trained.network, bands.examples()).expect("fits").accuracy();
        assert!(accuracy > 0.9, "{:?}: {accuracy}", config.optimizer);
    }
}

#[test]
fn masks_that_do_not_fit_are_errors() {
    let network = network(2);
    let mask = |shape: &[usize]| Some(ArrayD::from_elem(shape, true));
    let refused = |kept| WeightMasks::new(&network, kept).expect_err("does not fit").to_string();
    assert_eq!(
        refused(vec![None, None, mask(&[3, 11]), None]),
        "mask of parameter 2: shape [3, 11], but the parameter's is [3, 12]"
    );
    assert!(refused(vec![None, None, None]).starts_with("mask of parameter 3"));
    assert!(refused(vec![None, None, None, None, mask(&[2])]).starts_with("mask of parameter 4"));
}

#[test]
fn the_zeros_of_a_network_are_a_mask() {
    let mut sparse = network(2);
    masks(&sparse).project(&mut sparse);
    let of_zeros = WeightMasks::of_zeros(&sparse);
    // Fresh biases are 0, too.
    assert_eq!(of_zeros.removed_count(), 20 + 12 + 3);
}
