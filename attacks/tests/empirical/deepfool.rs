//! DeepFool's distances, where they are known.

use attacks::Target;
use attacks::empirical::{DeepFool, Pgd};
use milp_encode::property::Norm;
use ndarray::{Array2, array};

use super::support::digits::{CONVOLUTIONAL, FULLY_CONNECTED, TEST};
use super::support::{NORMS, Questions, linear, within};

#[test]
fn the_distance_of_a_linear_boundary_is_found() {
    // The margins of class 0 are 1.125 over class 1, with the gradient (1, -1, 2), and 1.5 over class 2, with (1, 0, 4).
    let weight = array![[1.0, 0.0, 4.0], [0.0, 1.0, 2.0], [0.0, 0.0, 0.0]];
    let network = linear(weight, array![0.25, 0.0, 1.0]);
    let center = array![[0.5_f32, 0.5, 0.4375]];
    for (norm, second, third) in [
        (Norm::LInf, 1.125 / 4.0, 1.5 / 5.0),
        (Norm::L2, 1.125 / 6.0_f64.sqrt(), 1.5 / 17.0_f64.sqrt()),
        // The third element reaches 0 and leaves 0.25 to another one.
        (Norm::L1, 0.4375 + 0.25, 1.5 / 4.0),
    ] {
        let expected =
            [(Target::Any, second.min(third)), (Target::Class(1), second), (Target::Class(2), third)];
        for (target, expected) in expected {
            let questions = Questions::new(center.clone(), vec![0], target);
            let answer = &questions.ask(&DeepFool::default(), &network, &within(norm, 1.0))[0];
            assert!(answer.is_adversarial(), "{norm:?} {target:?} {answer:?}");
            let above = answer.distortion - expected;
            assert!((-1e-12..2e-6).contains(&above), "{norm:?} {target:?}: {}", answer.distortion);
        }
    }
}

#[test]
fn examples_are_nearer_than_those_of_pgd() {
    for network in [&*FULLY_CONNECTED, &*CONVOLUTIONAL] {
        let chosen = TEST.first_right(network, 40);
        let questions = Questions::new(chosen.images, chosen.labels, Target::Any);
        for (norm, epsilon) in [(Norm::LInf, 0.15), (Norm::L2, 1.0), (Norm::L1, 4.0)] {
            let threat = within(norm, epsilon);
            let far = questions.ask(&Pgd::default(), network, &threat);
            let near = questions.ask(&DeepFool::default(), network, &threat);
            let plain = questions.ask(&DeepFool { refinements: 0, ..DeepFool::default() }, network, &threat);
            let fooled = |answers: &[attacks::empirical::EmpiricalAnswer]| {
                answers.iter().filter(|a| a.is_adversarial()).count()
            };
            assert!(
                fooled(&near) + 2 >= fooled(&far) && fooled(&near) > 20,
                "{norm:?}: {} {}",
                fooled(&near),
                fooled(&far)
            );
            let both =
                near.iter().zip(&far).filter(|(near, far)| near.is_adversarial() && far.is_adversarial());
            let nearer = both.clone().filter(|(near, far)| near.distortion <= far.distortion).count();
            assert!(10 * nearer >= 9 * both.count(), "{norm:?}: {nearer} of {}", fooled(&far));
            for (near, plain) in near.iter().zip(&plain).filter(|(_, plain)| plain.is_adversarial()) {
                assert!(near.is_adversarial() && near.distortion <= plain.distortion);
            }
        }
    }
}

#[test]
fn an_input_that_errs_is_its_own_nearest_example() {
    let network = linear(array![[1.0, 0.0], [0.0, 1.0]], array![0.0, 0.0]);
    let questions = Questions::new(array![[0.25, 0.5], [0.5, 0.5]], vec![0, 0], Target::Any);
    for norm in NORMS {
        for answer in questions.ask(&DeepFool::default(), &network, &within(norm, 1.0)) {
            assert!(answer.is_adversarial() && answer.distortion == 0.0, "{norm:?}: {answer:?}");
        }
    }
}

#[test]
fn where_no_example_is_near_the_least_margin_is_told() {
    let network = linear(array![[1.0, 0.0], [0.0, 1.0]], array![0.0, 0.0]);
    let questions = Questions::new(array![[0.75_f32, 0.25]], vec![0], Target::Any);
    let answer = &questions.ask(&DeepFool::default(), &network, &within(Norm::LInf, 0.125))[0];
    assert!(!answer.is_adversarial() && answer.margin < 0.26, "{answer:?}");
    // No gradient, no way.
    let flat = linear(Array2::zeros((2, 2)), array![1.0, 0.0]);
    let answer = &questions.ask(&DeepFool::default(), &flat, &within(Norm::L2, 1.0))[0];
    assert_eq!((answer.margin, answer.distortion), (1.0, 0.0));
}
