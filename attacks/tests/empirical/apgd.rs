//! APGD against PGD with as many gradient evaluations, on trained networks.

use attacks::Target;
use attacks::empirical::{Apgd, EmpiricalAttack, LossKind, Pgd, Start, ThreatModel};
use milp_encode::MarginGoal;
use milp_encode::property::Norm;
use nn_core::Network;

use super::support::digits::{CONVOLUTIONAL, FULLY_CONNECTED, TEST};
use super::support::{Questions, within};

/// How many rows an attack fools, and the mean of its margins.
fn strength(attack: &dyn EmpiricalAttack, network: &Network<f64>, threat: &ThreatModel) -> (usize, f64) {
    let chosen = TEST.first_right(network, 150);
    let questions = Questions::new(chosen.images, chosen.labels, Target::Any);
    let answers = questions.ask(attack, network, threat);
    assert!(answers.iter().all(|answer| answer.iterations == 50 && answer.loss_trace.len() == 51));
    let fooled = answers.iter().filter(|answer| answer.is_adversarial()).count();
    (fooled, answers.iter().map(|answer| answer.margin).sum::<f64>() / answers.len() as f64)
}

#[test]
fn it_is_not_weaker_than_pgd() {
    for network in [&*FULLY_CONNECTED, &*CONVOLUTIONAL] {
        for (norm, epsilon) in [(Norm::LInf, 0.08), (Norm::L2, 0.5), (Norm::L1, 1.0)] {
            let threat = within(norm, epsilon);
            for loss in [LossKind::CrossEntropy, LossKind::Margin] {
                let start = Start::Random;
                let apgd = Apgd { steps: 50, loss, start, ..Apgd::default() };
                let pgd = Pgd { steps: 50, loss, start, ..Pgd::default() };
                let (apgd, pgd) = (strength(&apgd, network, &threat), strength(&pgd, network, &threat));
                let context = format!("{norm:?} {}: {apgd:?} {pgd:?}", loss.name());
                assert!(apgd.0 > 10 && apgd.0 < 140, "neither none nor all: {context}");
                // One row of 150 may fall to one of them by chance. With 64 elements and 50 steps in l1, PGD's steps to the
                // ends of the range are a little better; published.rs has a case where they are much worse.
                let slack = if norm == Norm::L1 { 6 } else { 1 };
                assert!(apgd.0 + slack >= pgd.0, "{context}");
            }
        }
    }
}

#[test]
fn the_ratio_of_logits_fools_as_many_rows() {
    let network = &*FULLY_CONNECTED;
    let threat = within(Norm::LInf, 0.08);
    let fooled = |loss| strength(&Apgd { steps: 50, loss, ..Apgd::default() }, network, &threat).0;
    let (entropy, ratio) = (fooled(LossKind::CrossEntropy), fooled(LossKind::Dlr));
    assert!(ratio + 4 >= entropy, "{ratio} {entropy}");
    let chosen = TEST.first_right(network, 30);
    let targets = chosen.labels.iter().map(|label| Target::Class(usize::from((label + 1) % 10))).collect();
    let questions = Questions { targets, ..Questions::new(chosen.images, chosen.labels, Target::Any) };
    let answers =
        questions.ask(&Apgd { loss: LossKind::Dlr, ..Apgd::default() }, network, &within(Norm::LInf, 0.3));
    assert!(answers.iter().filter(|answer| answer.is_adversarial()).count() >= 25);
}

#[test]
fn rows_that_are_done_leave() {
    let network = &*FULLY_CONNECTED;
    let chosen = TEST.first_right(network, 150);
    let questions = Questions::new(chosen.images, chosen.labels, Target::Any);
    for (norm, epsilon) in [(Norm::LInf, 0.08), (Norm::L1, 2.0)] {
        let whole = Apgd { steps: 30, ..Apgd::default() };
        let early = Apgd { goal: MarginGoal::Sign, restarts: 2, ..whole };
        let threat = within(norm, epsilon);
        let (whole, early) =
            (questions.ask(&whole, network, &threat), questions.ask(&early, network, &threat));
        for (whole, early) in whole.iter().zip(&early) {
            assert!(early.is_adversarial() || !whole.is_adversarial());
            assert!(early.is_adversarial() || early.iterations == 60);
            assert!(!whole.is_adversarial() || early.iterations <= 30);
        }
    }
}
