//! What objectives and penalties do to a network.

use std::ops::ControlFlow;

use attacks::empirical::ThreatModel;
use milp_encode::property::{DataRange, Norm};
use nn_core::{Network, ParameterRole};
use training::{
    Adversarial, BatchGradient, CleanCrossEntropy, IntervalBound, L1, Moment, Objective, Penalized, Penalty,
    Problem, Ramp, ReluStability, Trades, TrainingConfig, TrainingError, train,
};

use crate::bands::{Bands, adam, config, network};

const EPSILON: f64 = 0.04;

fn trained_for(objective: &dyn Objective) -> Network<f32> {
    let bands = Bands::new();
    let problem = Problem { objective, ..bands.problem() };
    let config = TrainingConfig { epochs: 60, ..config(adam(0.02)) };
    train(network(4), &problem, &config, &mut |_| ControlFlow::Continue(())).expect("trains").network
}

fn interval_bound(clean_share: f64, ramp: Ramp) -> IntervalBound {
    IntervalBound { epsilon: EPSILON, clean_share, ramp, range: Some(DataRange::UNIT) }
}

fn threat(epsilon: f64) -> ThreatModel {
    ThreatModel { norm: Norm::LInf, epsilon, range: Some(DataRange::UNIT) }
}

#[test]
fn the_adversarial_loss_is_that_of_inputs_in_the_ball() {
    let (bands, network) = (Bands::new(), trained_for(&CleanCrossEntropy));
    let moment = Moment { epochs: 1.0, seed: 3, batch: 7 };
    let loss = |objective: &dyn Objective, moment: &Moment| {
        let found = objective.gradient(&network, bands.examples(), moment).expect("in range");
        let alone = objective.loss(&network, bands.examples(), moment).expect("in range");
        assert_eq!(alone.correct, found.loss.correct);
        assert!((alone.mean - found.loss.mean).abs() < 1e-5);
        found
    };
    let clean = loss(&CleanCrossEntropy, &moment);
    let fgsm = loss(&Adversarial::fgsm(threat(EPSILON), Ramp::NONE), &moment);
    let pgd = Adversarial::pgd(threat(EPSILON), Ramp::NONE, 10);
    let strong = loss(&pgd, &moment);
    let bound = loss(&interval_bound(0.0, Ramp::NONE), &moment);
    let means = [&clean, &fgsm, &strong, &bound].map(|found| found.loss.mean);
    assert!(means.is_sorted() && means[0] < means[1], "{means:?}");

    // The moment alone decides what is drawn, and how wide the ball is.
    assert_eq!(loss(&pgd, &moment), strong);
    assert_ne!(loss(&pgd, &Moment { batch: 8, ..moment }).loss.mean, strong.loss.mean);
    assert_ne!(loss(&pgd, &Moment { seed: 4, ..moment }).loss.mean, strong.loss.mean);
    let waiting = Adversarial { ramp: Ramp { start: 1.0, length: 1.0 }, ..pgd };
    assert_eq!(loss(&waiting, &moment), clean);
    assert_eq!(loss(&waiting, &Moment { epochs: 2.0, ..moment }), strong);
}

#[test]
fn the_gradient_of_trades_is_its_difference_where_the_attack_stands_still() {
    // Without steps the attack's points depend on the moment alone; a hundredth of this ball is far from the inputs.
    let objective = Trades {
        threat: ThreatModel { norm: Norm::LInf, epsilon: 100.0, range: None },
        ramp: Ramp::NONE,
        beta: 6.0,
        steps: 0,
        step_share: 0.0,
    };
    let (bands, network) = (Bands::new(), network(4));
    let moment = Moment { epochs: 0.0, seed: 1, batch: 0 };
    let found =
        |network: &Network<f32>| objective.gradient(network, bands.examples(), &moment).expect("in range");
    let here = found(&network);
    let clean = CleanCrossEntropy.gradient(&network, bands.examples(), &moment).expect("in range");
    assert!(here.loss.mean > clean.loss.mean + 0.1, "{} against {}", here.loss.mean, clean.loss.mean);
    let mut moved = network.clone();
    for (index, gradient) in here.parameters.iter().enumerate() {
        for (element, slope) in gradient.iter().enumerate() {
            let mut at = |step: f32| {
                let add = |network: &mut Network<f32>, step: f32| {
                    let (_, mut values) = network.parameters_mut().swap_remove(index);
                    *values.iter_mut().nth(element).expect("an element") += step;
                };
                add(&mut moved, step);
                let loss = found(&moved).loss.mean;
                moved.clone_from(&network);
                loss
            };
            let step = 1.0_f32 / 512.0;
            let difference = (at(step) - at(-step)) / f64::from(2.0 * step);
            let near = (difference - f64::from(*slope)).abs() < 0.01 * difference.abs().max(1.0);
            assert!(near, "parameter {index}, element {element}: {slope} is not {difference}");
        }
    }
}

#[test]
fn trades_with_steps_finds_a_greater_divergence() {
    let (bands, network) = (Bands::new(), trained_for(&CleanCrossEntropy));
    let moment = Moment { epochs: 0.0, seed: 1, batch: 0 };
    let trades = |beta, steps| {
        let step_share = 0.25;
        let objective = Trades { threat: threat(EPSILON), ramp: Ramp::NONE, beta, steps, step_share };
        objective.gradient(&network, bands.examples(), &moment).expect("in range").loss
    };
    let clean = CleanCrossEntropy.loss(&network, bands.examples(), &moment).expect("in range");
    assert!((trades(0.0, 10).mean - clean.mean).abs() < 1e-6);
    let (near, far) = (trades(1.0, 0).mean - clean.mean, trades(1.0, 10).mean - clean.mean);
    assert!(near >= 0.0 && far > 100.0 * near, "{near} at the start, {far} after ten steps");
    assert!(trades(1.0, 10).correct < trades(1.0, 0).correct);
}

#[test]
fn the_interval_loss_moves_from_the_clean_one_to_the_bounds() {
    let (bands, network) = (Bands::new(), network(4));
    let objective = interval_bound(0.25, Ramp { start: 1.0, length: 2.0 });
    let loss = |objective: &dyn Objective, epochs| {
        let moment = Moment { epochs, seed: 0, batch: 0 };
        objective.loss(&network, bands.examples(), &moment).expect("in range").mean
    };
    let clean = loss(&CleanCrossEntropy, 0.0);
    assert!((loss(&objective, 0.0) - clean).abs() < 1e-6);
    let bound = loss(&interval_bound(0.0, Ramp::NONE), 0.0);
    assert!(bound > clean);
    assert!((loss(&objective, 3.0) - (0.25 * clean + 0.75 * bound)).abs() < 1e-6);
    assert!(loss(&objective, 2.0) < loss(&objective, 3.0));
}

/// How many neurons interval arithmetic leaves open, over all points.
fn unstable(network: &Network<f32>) -> usize {
    let bands = Bands::new();
    let [(_, weight), (_, bias)] = &network.parameters()[..2] else { panic!("two layers") };
    let weight = weight.view().into_dimensionality::<ndarray::Ix2>().expect("a matrix");
    let radii = weight.mapv(f32::abs).sum_axis(ndarray::Axis(1)) * 0.04;
    let open = |point: ndarray::ArrayView1<'_, f32>| {
        let centres = weight.dot(&point) + bias;
        centres.iter().zip(&radii).filter(|(centre, radius)| centre.abs() < **radius).count()
    };
    bands.examples().inputs.outer_iter().map(open).sum()
}

#[test]
fn the_stability_loss_leaves_fewer_neurons_open() {
    let penalty = ReluStability { weight: 0.05, epsilon: EPSILON, ramp: Ramp::NONE, range: None };
    let stable = Penalized { objective: Box::new(CleanCrossEntropy), penalties: vec![Box::new(penalty)] };
    let (with, without) = (unstable(&trained_for(&stable)), unstable(&trained_for(&CleanCrossEntropy)));
    assert!(3 * with < 2 * without, "{with} neurons are open, without the loss {without}");
}

#[test]
fn the_l1_penalty_is_its_definition() {
    let (bands, mut network) = (Bands::new(), network(4));
    network.parameters_mut()[0].1.iter_mut().take(1).for_each(|weight| *weight = 0.0);
    let moment = Moment::of_judgement(0, 0);
    let plain = CleanCrossEntropy.gradient(&network, bands.examples(), &moment).expect("in range");
    let mut found = plain.clone();
    L1 { weight: 0.5 }.add(&network, bands.examples(), &moment, &mut found).expect("in range");
    let weights = network.parameters();
    let weights = weights.iter().filter(|(id, _)| id.role == ParameterRole::Weight);
    let sum: f64 = weights.flat_map(|(_, values)| values.iter()).map(|value| f64::from(value.abs())).sum();
    assert!((found.loss.mean - plain.loss.mean - 0.5 * sum).abs() < 1e-6);
    for (((id, values), found), plain) in
        network.parameters().iter().zip(&found.parameters).zip(&plain.parameters)
    {
        for ((value, found), plain) in values.iter().zip(found).zip(plain) {
            let expected = match id.role {
                ParameterRole::Weight if *value != 0.0 => 0.5_f32.copysign(*value),
                _ => 0.0,
            };
            assert!((found - plain - expected).abs() < 1e-6);
        }
    }
}

#[test]
fn settings_outside_their_range_are_errors() {
    let (bands, network) = (Bands::new(), network(4));
    let moment = Moment::of_judgement(0, 0);
    let bound = |objective: IntervalBound| objective.gradient(&network, bands.examples(), &moment);
    let penalized = |penalty: &dyn Penalty| -> Result<BatchGradient, TrainingError> {
        let mut found = CleanCrossEntropy.gradient(&network, bands.examples(), &moment)?;
        penalty.add(&network, bands.examples(), &moment, &mut found)?;
        Ok(found)
    };
    let stability = ReluStability { weight: 1.0, epsilon: 0.1, ramp: Ramp::NONE, range: None };
    let backwards = Ramp { start: 0.0, length: -1.0 };
    for (result, message) in [
        (
            bound(IntervalBound { epsilon: -0.1, ..interval_bound(0.5, Ramp::NONE) }),
            "epsilon is -0.1, but must be at least 0 and finite",
        ),
        (bound(interval_bound(1.5, Ramp::NONE)), "the share of the clean loss is 1.5, but must be in [0, 1]"),
        (
            bound(interval_bound(0.5, backwards)),
            "the length of a ramp is -1, but must be at least 0 and finite",
        ),
        (
            penalized(&L1 { weight: f64::NAN }),
            "the weight of the l1 penalty is NaN, but must be at least 0 and finite",
        ),
        (
            penalized(&ReluStability { weight: -1.0, ..stability }),
            "the weight of the ReLU stability loss is -1, but must be at least 0 and finite",
        ),
        (
            penalized(&ReluStability { epsilon: f64::INFINITY, ..stability }),
            "epsilon is inf, but must be at least 0 and finite",
        ),
    ] {
        assert_eq!(result.expect_err(message).to_string(), message);
    }
}
