//! FGSM and PGD where the worst input is known.

use attacks::empirical::{AttackLoss, EmpiricalAttack, Fgsm, LossKind, MarginLoss, Pgd, Start, ThreatModel};
use attacks::{AttackError, Target};
use milp_encode::property::{DataRange, Norm};
use milp_encode::{MarginGoal, Replayer};
use ndarray::{Array2, array};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use solver_api::Budget;

use super::support::digits::{CONVOLUTIONAL, FULLY_CONNECTED, TEST};
use super::support::{NORMS, Questions, linear, outsider, random_network, within};

fn margin_pgd(steps: usize) -> Pgd {
    Pgd { steps, loss: LossKind::Margin, start: Start::Clean, ..Pgd::default() }
}

#[test]
fn one_step_worked_out_by_hand() {
    // The margin of class 0 over 1 is 2 x0 - x1 + 0.5 x2.
    let network = linear(array![[2.0, 0.0, 0.5], [0.0, 1.0, 0.0]], array![0.0, 0.0]);
    let questions = Questions::new(array![[0.5, 0.5, 0.0625]], vec![0], Target::Any);
    for (norm, expected) in [
        (Norm::LInf, [0.375, 0.625, 0.0]),
        // 0.125 along (-2, 1, -0.5), whose length is the root of 5.25.
        (Norm::L2, [0.390_891, 0.554_554, 0.035_222]),
        (Norm::L1, [0.375, 0.5, 0.0625]),
    ] {
        let answer = &questions.ask(&Fgsm { loss: LossKind::Margin }, &network, &within(norm, 0.125))[0];
        for (x, expected) in answer.witness.input.iter().zip(expected) {
            assert!((x - expected).abs() < 1e-5, "{norm:?}: {}", answer.witness.input);
        }
        assert_eq!(answer.iterations, 1);
        assert_eq!(answer.loss_trace.len(), 2);
        assert_eq!(answer.loss_trace[0], -0.531_25);
        assert!((answer.distortion - 0.125).abs() < 1e-6);
    }
}

/// The least of a linear function over ball and box, by brute force over the one multiplier that the norm has.
fn least_linear(norm: Norm, epsilon: f64, center: &[f32], slopes: &[f64]) -> f64 {
    let room = |i: usize| f64::from(if slopes[i] > 0.0 { center[i] } else { 1.0 - center[i] });
    let all = 0..center.len();
    let gain: f64 = match norm {
        Norm::LInf => all.map(|i| slopes[i].abs() * room(i).min(epsilon)).sum(),
        Norm::L1 => {
            let mut order: Vec<usize> = all.collect();
            order.sort_by(|a, b| slopes[*b].abs().total_cmp(&slopes[*a].abs()));
            let mut left = epsilon;
            let used = order.into_iter().map(|i| {
                let way = room(i).min(left);
                left -= way;
                slopes[i].abs() * way
            });
            used.sum()
        }
        Norm::L2 => {
            let way = |scale: f64, i: usize| room(i).min(scale * slopes[i].abs());
            let (mut low, mut high) = (0.0, 1e9);
            for _ in 0..200 {
                let middle = 0.5 * (low + high);
                let length = all.clone().map(|i| way(middle, i).powi(2)).sum::<f64>().sqrt();
                if length <= epsilon { low = middle } else { high = middle }
            }
            all.map(|i| slopes[i].abs() * way(low, i)).sum()
        }
    };
    slopes.iter().zip(center).map(|(slope, c)| slope * f64::from(*c)).sum::<f64>() - gain
}

#[test]
fn the_worst_input_of_a_linear_network_is_found() {
    let mut generator = ChaCha8Rng::seed_from_u64(11);
    for norm in NORMS {
        for _ in 0..40 {
            let weight =
                Array2::from_shape_simple_fn((2, 9), || f64::from(generator.random_range(-1.0_f32..1.0)));
            let slopes = (&weight.row(0) - &weight.row(1)).to_vec();
            let center = Array2::from_shape_simple_fn((1, 9), || generator.random_range(0.0_f32..1.0));
            let epsilon = generator.random_range(0.05..1.0);
            let least = least_linear(norm, epsilon, center.as_slice().unwrap(), &slopes);
            let questions = Questions::new(center, vec![0], Target::Class(1));
            let network = linear(weight, array![0.0, 0.0]);
            // Steps that add up to the radius: in l1 one more would be spread over all elements.
            let step_size = if norm == Norm::L1 { 0.25 } else { 0.5 } * epsilon;
            for start in [Start::Clean, Start::CleanThenRandom] {
                let pgd = Pgd { step_size: Some(step_size), start, restarts: 2, ..margin_pgd(80) };
                let answer = &questions.ask(&pgd, &network, &within(norm, epsilon))[0];
                assert!(answer.margin >= least - 1e-9, "{norm:?}: {} below {least}", answer.margin);
                assert!(answer.margin <= least + 1e-5, "{norm:?}: {} above {least}", answer.margin);
            }
        }
    }
}

/// The chain of the formulas: no attack is worse than the unchanged input, more work is never worse.
#[test]
fn more_work_finds_lower_margins_on_real_networks() {
    for network in [&*FULLY_CONNECTED, &*CONVOLUTIONAL] {
        let chosen = TEST.first_right(network, 60);
        let outputs = network.forward(chosen.images.mapv(f64::from).view());
        let questions = Questions::new(chosen.images, chosen.labels, Target::Any);
        for (norm, epsilon) in [(Norm::LInf, 0.1), (Norm::L2, 0.6), (Norm::L1, 3.0)] {
            let threat = within(norm, epsilon);
            let margins = |pgd: &dyn EmpiricalAttack| -> Vec<f64> {
                questions.ask(pgd, network, &threat).iter().map(|answer| answer.margin).collect()
            };
            let clean = margins(&Pgd { restarts: 0, ..Pgd::default() });
            for ((row, label), clean) in outputs.outer_iter().zip(&questions.labels).zip(&clean) {
                let label = usize::from(*label);
                let others = (0..10).filter(|class| *class != label).map(|class| row[label] - row[class]);
                assert!((others.fold(f64::INFINITY, f64::min) - clean).abs() < 1e-9);
            }
            let fgsm = margins(&Fgsm::default());
            let short = margins(&margin_pgd(10));
            let long = margins(&Pgd { restarts: 3, start: Start::CleanThenRandom, ..margin_pgd(10) });
            let none_worse = |better: &[f64], worse: &[f64]| better.iter().zip(worse).all(|(a, b)| a <= b);
            assert!(none_worse(&fgsm, &clean) && none_worse(&short, &clean));
            // In f32, margins that differ less than rounding are in any order.
            assert!(long.iter().zip(&short).all(|(long, short)| *long <= short + 1e-4));
            let fooled = |margins: &[f64]| margins.iter().filter(|margin| **margin <= 0.0).count();
            let counts = [&clean, &fgsm, &short, &long].map(|margins| fooled(margins));
            assert!(
                counts[0] == 0 && counts[1] > 0 && counts[2] >= counts[1] && counts[3] >= counts[2],
                "{counts:?}"
            );
        }
    }
}

#[test]
fn a_row_is_done_with_its_first_adversarial_example() {
    let network = &*FULLY_CONNECTED;
    let questions = Questions::new(
        TEST.images.slice(ndarray::s![..100, ..]).to_owned(),
        TEST.labels[..100].to_vec(),
        Target::Any,
    );
    let threat = within(Norm::LInf, 0.1);
    let whole = Pgd { start: Start::Clean, ..Pgd::default() };
    let early = Pgd { goal: MarginGoal::Sign, momentum: 0.25, ..whole };
    let whole = Pgd { momentum: 0.25, ..whole };
    let (whole, early) = (questions.ask(&whole, network, &threat), questions.ask(&early, network, &threat));
    for (whole, early) in whole.iter().zip(&early) {
        assert_eq!(whole.is_adversarial(), early.is_adversarial());
        assert_eq!(whole.iterations, 40);
        assert_eq!(whole.loss_trace.len(), 41);
        if early.is_adversarial() {
            assert!(early.iterations < 40 && early.margin >= whole.margin - 1e-4);
        } else {
            assert_eq!(early.iterations, 40);
        }
    }
    let spent: usize = early.iter().map(|answer| answer.iterations).sum();
    assert!(spent < 40 * 100 * 3 / 4, "most rows end early: {spent}");
}

#[test]
fn a_target_is_reached_by_its_own_class() {
    let network = random_network(&[6, 12, 4], &mut ChaCha8Rng::seed_from_u64(5));
    let questions = Questions::new(Array2::from_elem((1, 6), 0.5), vec![0], Target::Any);
    let untargeted = questions.ask(&margin_pgd(40), &network, &within(Norm::LInf, 0.3))[0].margin;
    let targeted = [1, 2, 3].map(|class| {
        let questions = Questions::new(Array2::from_elem((1, 6), 0.5), vec![0], Target::Class(class));
        questions.ask(&margin_pgd(40), &network, &within(Norm::LInf, 0.3))[0].margin
    });
    let least = targeted.into_iter().fold(f64::INFINITY, f64::min);
    assert!((untargeted - least).abs() < 0.05 * least.abs().max(1.0), "{untargeted} {targeted:?}");
}

#[test]
fn perturbed_training_inputs_lie_in_the_ball_and_raise_the_loss() {
    let network = FULLY_CONNECTED.cast::<f32>();
    let questions = Questions::new(
        TEST.images.slice(ndarray::s![..50, ..]).to_owned(),
        TEST.labels[..50].to_vec(),
        Target::Any,
    );
    let loss = MarginLoss { labels: &questions.labels, targets: &questions.targets };
    for norm in NORMS {
        let threat = within(norm, 0.25);
        let pgd = Pgd { steps: 5, ..Pgd::default() };
        let perturb = |seed| {
            pgd.perturb(&network, questions.inputs.view(), &loss, &threat, &questions.streams, seed).unwrap()
        };
        let moved = perturb(1);
        assert_eq!(moved, perturb(1));
        assert_ne!(moved, perturb(2));
        for (center, point) in questions.inputs.rows().into_iter().zip(moved.rows()) {
            outsider::check(&threat, center.as_slice().unwrap(), point.as_slice().unwrap());
        }
        let mean =
            |inputs: &Array2<f32>| loss.evaluate(network.forward(inputs.view()).view()).0.mean().unwrap();
        assert!(mean(&moved) > mean(&questions.inputs));
    }
}

#[test]
fn an_ascent_that_begins_near_the_input_begins_beside_it() {
    let network = FULLY_CONNECTED.cast::<f32>();
    let inputs = TEST.images.slice(ndarray::s![..20, ..]);
    let streams: Vec<u64> = (0..20).collect();
    let (labels, targets) = (&TEST.labels[..20], [Target::Any; 20]);
    let loss = MarginLoss { labels, targets: &targets };
    let start = Pgd { steps: 0, start: Start::Near, ..Pgd::default() };
    for norm in NORMS {
        let threat = within(norm, 0.25);
        let points = start.perturb(&network, inputs, &loss, &threat, &streams, 3).unwrap();
        for (center, point) in inputs.rows().into_iter().zip(points.rows()) {
            let distance = norm.length(center.iter().zip(point).map(|(a, b)| f64::from(a - b)));
            assert!(distance > 0.0 && distance < 0.0026, "{norm:?}: {distance}");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let network = random_network(&[6, 5, 3], &mut ChaCha8Rng::seed_from_u64(1));
    let replayer = Replayer::new(&network);
    let fitting = Questions::new(Array2::from_elem((2, 6), 0.5), vec![0, 1], Target::Class(2));
    let error = |pgd: Pgd, questions: &Questions, threat: ThreatModel| {
        pgd.run(&replayer, &questions.batch(), &threat, 0, &Budget::unlimited()).err()
    };
    let threat = within(Norm::LInf, 0.1);
    assert!(error(Pgd::default(), &fitting, threat).is_none());
    let with = |change: fn(&mut Questions)| {
        let mut questions = Questions::new(fitting.inputs.clone(), vec![0, 1], Target::Class(2));
        change(&mut questions);
        error(Pgd::default(), &questions, threat)
    };
    assert!(matches!(with(|q| q.streams.truncate(1)), Some(AttackError::BatchLengths { rows: 2, found: 1 })));
    assert!(matches!(with(|q| q.labels[1] = 2), Some(AttackError::TargetIsLabel { row: 1, class: 2 })));
    assert!(matches!(with(|q| q.labels[1] = 3), Some(AttackError::Class { class: 3, classes: 3 })));
    assert!(matches!(with(|q| q.targets[0] = Target::Class(4)), Some(AttackError::Class { class: 4, .. })));
    assert!(matches!(with(|q| q.inputs[(1, 2)] = f32::NAN), Some(AttackError::Row { row: 1, .. })));
    assert!(matches!(
        with(|q| q.inputs = Array2::zeros((2, 5))),
        Some(AttackError::ImageSize { pixels: 5, .. })
    ));
    let far = ThreatModel { norm: Norm::L1, epsilon: f64::INFINITY, range: Some(DataRange::UNIT) };
    assert!(matches!(error(Pgd::default(), &fitting, far), Some(AttackError::Input(_))));
    let backwards = Pgd { step_size: Some(-0.1), ..Pgd::default() };
    assert!(matches!(error(backwards, &fitting, threat), Some(AttackError::Setting { .. })));
    let dlr = Pgd { loss: LossKind::Dlr, ..Pgd::default() };
    assert!(matches!(
        error(dlr, &fitting, threat),
        Some(AttackError::TooFewClasses { needed: 4, classes: 3 })
    ));
}
