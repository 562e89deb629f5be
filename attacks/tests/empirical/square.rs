//! The Square attack, which sees outputs only.

use attacks::empirical::{EmpiricalAttack, Pgd, Square};
use attacks::{AttackError, Target};
use milp_encode::property::Norm;
use milp_encode::{MarginGoal, Replayer};
use ndarray::{Array2, array};
use nn_core::{Affine, NetworkBuilder, NodeId, Op};
use solver_api::Budget;

use super::support::digits::{CONVOLUTIONAL, FULLY_CONNECTED, TEST};
use super::support::{Questions, linear, within};

#[test]
fn the_corner_of_a_linear_network_is_reached() {
    // 16 elements: a square; 5: a line. The margin is least where all elements are lowest or highest.
    for count in [16_usize, 5] {
        let slopes =
            Array2::from_shape_fn(
                (2, count),
                |(class, i)| {
                    if class == 1 { 0.0 } else { [1.0, -0.5, 0.25][i % 3] }
                },
            );
        let network = linear(slopes.clone(), array![0.0, 0.0]);
        let questions = Questions::new(Array2::from_elem((1, count), 0.5), vec![0], Target::Any);
        let answer = &questions.ask(
            &Square { queries: 600, ..Square::default() },
            &network,
            &within(Norm::LInf, 0.25),
        )[0];
        let least = slopes.row(0).iter().map(|slope: &f64| 0.5 * slope - 0.25 * slope.abs()).sum::<f64>();
        assert!((answer.margin - least).abs() < 1e-6, "{count}: {} {least}", answer.margin);
        assert_eq!((answer.iterations, answer.loss_trace.len()), (600, 600));
    }
}

#[test]
fn channels_are_changed_apart() {
    let mut builder = NetworkBuilder::new([2, 2, 2]);
    let weight = array![[1.0, 1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0], [0.0; 8]];
    let flat = builder.reshape("flat", NodeId::INPUT, [8]).expect("8 elements");
    let output = builder.add("linear", Op::Affine(Affine { weight, bias: array![0.0, 0.0] }), &[flat]);
    let network = builder.finish(output.expect("it fits"));
    let questions = Questions::new(Array2::from_elem((1, 8), 0.5), vec![0], Target::Any);
    let answer =
        &questions.ask(&Square { queries: 100, ..Square::default() }, &network, &within(Norm::LInf, 0.25))[0];
    assert_eq!(answer.margin, -2.0);
}

#[test]
fn it_comes_near_to_gradients_on_trained_networks() {
    for network in [&*FULLY_CONNECTED, &*CONVOLUTIONAL] {
        for (norm, epsilon, share) in [(Norm::LInf, 0.1, 0.9), (Norm::L2, 0.6, 0.5)] {
            let chosen = TEST.first_right(network, 60);
            let questions = Questions::new(chosen.images, chosen.labels, Target::Any);
            let fooled = |attack: &dyn EmpiricalAttack| {
                let answers = questions.ask(attack, network, &within(norm, epsilon));
                answers.iter().filter(|answer| answer.is_adversarial()).count()
            };
            let square = fooled(&Square { queries: 1000, goal: MarginGoal::Sign, ..Square::default() });
            let (few, pgd) = (fooled(&Square { queries: 10, ..Square::default() }), fooled(&Pgd::default()));
            assert!(few < square && square as f64 >= share * pgd as f64, "{norm:?}: {few} {square} {pgd}");
        }
    }
}

#[test]
fn norms_and_shares_that_it_does_not_know_are_refused() {
    let network = linear(array![[1.0], [0.0]], array![0.0, 0.0]);
    let questions = Questions::new(array![[0.5]], vec![0], Target::Any);
    let replayer = Replayer::new(&network);
    let error = |square: Square, norm| {
        square.run(&replayer, &questions.batch(), &within(norm, 0.1), 0, &Budget::unlimited()).unwrap_err()
    };
    assert!(matches!(error(Square::default(), Norm::L1), AttackError::Norm { attack: "square", .. }));
    let none = Square { first_share: 0.0, ..Square::default() };
    assert!(matches!(error(none, Norm::L2), AttackError::Setting { .. }));
}
