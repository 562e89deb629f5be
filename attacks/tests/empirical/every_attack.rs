//! What holds for every attack, norm and network.

use attacks::Target;
use attacks::empirical::{
    Apgd, AttackBatch, DeepFool, EmpiricalAnswer, EmpiricalAttack, Fgsm, LossKind, Pgd, Square, Start,
    ThreatModel,
};
use milp_encode::property::{DataRange, Norm};
use milp_encode::{MarginGoal, Replayer};
use ndarray::{Array2, s};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use solver_api::{Budget, Cancellation};

use super::support::digits::{CONVOLUTIONAL, FULLY_CONNECTED, TEST};
use super::support::{NORMS, Questions, outsider, random_network, within};

fn attacks(goal: MarginGoal) -> Vec<Box<dyn EmpiricalAttack>> {
    let (restarts, start) = (2, Start::Random);
    vec![
        Box::new(Fgsm::default()),
        Box::new(Pgd { steps: 10, restarts, goal, momentum: 0.75, ..Pgd::default() }),
        Box::new(Apgd { steps: 12, restarts, goal, start, loss: LossKind::Margin }),
        Box::new(DeepFool { refinements: 2, ..DeepFool::default() }),
        Box::new(Square { queries: 20, restarts, goal, ..Square::default() }),
    ]
}

/// Each attack in each norm that it knows.
fn cases(goal: MarginGoal) -> Vec<(Box<dyn EmpiricalAttack>, Norm)> {
    let every =
        NORMS.into_iter().flat_map(|norm| attacks(goal).into_iter().map(move |attack| (attack, norm)));
    every.filter(|(attack, norm)| attack.name() != "square" || *norm != Norm::L1).collect()
}

fn first_digits(count: usize) -> Questions {
    Questions::new(TEST.images.slice(s![..count, ..]).to_owned(), TEST.labels[..count].to_vec(), Target::Any)
}

/// `Questions::ask` holds every answer against ball, range and network.
#[test]
fn answers_stay_inside_for_centers_and_radii_of_all_kinds() {
    let mut generator = ChaCha8Rng::seed_from_u64(9);
    for trial in 0..60 {
        let network = random_network(&[9, 8, 4], &mut generator);
        let inputs = Array2::from_shape_simple_fn((6, 9), || match generator.random_range(0..5) {
            0 => [0.0, 1.0, f32::MIN_POSITIVE, 1e-42, 1.0_f32.next_down()]
                .choose(&mut generator)
                .copied()
                .unwrap(),
            _ => generator.random_range(0.0..1.0),
        });
        let epsilon = [0.0, 1e-40, 1.0 / 255.0, 0.1, 8.0 / 255.0, 0.7, 100.0][trial % 7];
        let range = if trial % 5 == 0 { None } else { Some(DataRange::UNIT) };
        let target = if trial % 2 == 0 { Target::Any } else { Target::Class(3) };
        let labels = (0..6).map(|row| row % 3).collect();
        let questions = Questions::new(inputs, labels, target);
        for (attack, norm) in cases([MarginGoal::Minimum, MarginGoal::Sign][trial % 2]) {
            let answers = questions.ask(attack.as_ref(), &network, &ThreatModel { norm, epsilon, range });
            let clean = network.forward(questions.inputs.mapv(f64::from).view());
            for (row, answer) in answers.iter().enumerate() {
                let label = usize::from(questions.labels[row]);
                let margins =
                    (0..4).filter(|class| *class != label && (target == Target::Any || *class == 3));
                let margins = margins.map(|class| clean[(row, label)] - clean[(row, class)]);
                let least = margins.fold(f64::INFINITY, f64::min);
                assert!(
                    answer.margin <= least + 1e-5 || least <= 0.0,
                    "{} is worse than nothing",
                    attack.name()
                );
                assert!(epsilon > 0.0 || answer.distortion == 0.0);
            }
        }
    }
}

/// Centres a little outside the range move to its edge at least.
#[test]
fn centers_outside_the_range_are_moved_in() {
    let network = random_network(&[4, 8, 3], &mut ChaCha8Rng::seed_from_u64(2));
    let inputs = ndarray::array![[-0.05_f32, 0.5, 1.05, 1.0], [0.5, 0.5, 0.5, -0.15]];
    let questions = Questions::new(inputs, vec![0, 1], Target::Class(2));
    for (attack, norm) in cases(MarginGoal::Minimum) {
        questions.ask(attack.as_ref(), &network, &within(norm, 0.2));
    }
}

/// Outputs that are infinite or no numbers end no attack and let no point out.
#[test]
fn overflowing_networks_do_no_harm() {
    let network = random_network(&[4, 8, 3], &mut ChaCha8Rng::seed_from_u64(3));
    let inputs = ndarray::array![[3e38_f32, -3e38, 1e38, 0.0], [1e30, 1e-30, -1e35, 2e38]];
    let questions = Questions::new(inputs, vec![0, 1], Target::Any);
    let replayer = Replayer::new(&network);
    for (attack, norm) in cases(MarginGoal::Sign) {
        for epsilon in [1e30, 1e38, 1e300] {
            let threat = ThreatModel { norm, epsilon, range: None };
            let answers =
                attack.run(&replayer, &questions.batch(), &threat, 1, &Budget::unlimited()).unwrap();
            for (answer, center) in answers.iter().zip(questions.inputs.rows()) {
                outsider::check(
                    &threat,
                    center.as_slice().unwrap(),
                    answer.witness.input.as_slice().unwrap(),
                );
            }
        }
    }
}

#[test]
fn convolutional_networks_are_fooled_too() {
    let questions = first_digits(60);
    for network in [&*FULLY_CONNECTED, &*CONVOLUTIONAL] {
        for (attack, norm) in cases(MarginGoal::Sign) {
            let epsilon = [0.2, 1.5, 8.0][NORMS.iter().position(|known| *known == norm).unwrap()];
            let answers = questions.ask(attack.as_ref(), network, &within(norm, epsilon));
            let fooled = answers.iter().filter(|answer| answer.is_adversarial()).count();
            let enough = if attack.name() == "square" { 10 } else { 30 };
            assert!(fooled > enough, "{} {norm:?}: {fooled}", attack.name());
        }
    }
}

#[test]
fn seeds_repeat_answers_and_company_does_not_matter() {
    let questions = first_digits(40);
    let replayer = Replayer::new(&FULLY_CONNECTED);
    let half = AttackBatch {
        inputs: questions.inputs.slice(s![20.., ..]),
        labels: &questions.labels[20..],
        targets: &questions.targets[20..],
        streams: &questions.streams[20..],
    };
    for (attack, norm) in cases(MarginGoal::Minimum) {
        let epsilon = if norm == Norm::LInf { 0.1 } else { 0.6 };
        let run = |batch: &AttackBatch<'_>, seed| {
            attack.run(&replayer, batch, &within(norm, epsilon), seed, &Budget::unlimited()).unwrap()
        };
        let all = run(&questions.batch(), 3);
        assert_eq!(all, run(&questions.batch(), 3), "{} twice", attack.name());
        // The last bits of sums differ with the batch, and an ascent may turn on them: not so at its start, nor in the mean.
        let halves = run(&half, 3);
        let mean = |answers: &[EmpiricalAnswer]| answers.iter().map(|a| a.margin).sum::<f64>() / 20.0;
        assert!((mean(&halves) - mean(&all[20..])).abs() < 0.05, "{}", attack.name());
        for (alone, together) in halves.iter().zip(&all[20..]) {
            assert!((alone.loss_trace[0] - together.loss_trace[0]).abs() < 1e-4, "{}", attack.name());
        }
        let other = run(&questions.batch(), 4);
        let is_random = !["fgsm", "deepfool"].contains(&attack.name());
        assert_eq!(
            all.iter().zip(&other).any(|(a, b)| a.loss_trace != b.loss_trace),
            is_random,
            "{}",
            attack.name()
        );
    }
}

#[test]
fn a_spent_budget_answers_with_the_unchanged_input() {
    let cancellation = Cancellation::new();
    cancellation.cancel();
    let budget = Budget::unlimited().with_cancellation(cancellation);
    let questions = first_digits(3);
    let replayer = Replayer::new(&FULLY_CONNECTED);
    for (attack, norm) in cases(MarginGoal::Minimum) {
        let answers = attack.run(&replayer, &questions.batch(), &within(norm, 0.5), 0, &budget).unwrap();
        for (answer, input) in answers.iter().zip(questions.inputs.rows()) {
            assert_eq!((answer.witness.input.view(), answer.iterations), (input, 0), "{}", attack.name());
        }
    }
}

#[test]
fn an_empty_batch_has_no_answers() {
    let questions = first_digits(0);
    for (attack, norm) in cases(MarginGoal::Sign) {
        assert!(questions.ask(attack.as_ref(), &FULLY_CONNECTED, &within(norm, 0.5)).is_empty());
    }
}
