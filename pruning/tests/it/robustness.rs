//! Scores against an attacker, and exact ablation.

use milp_encode::bounds::BoundChain;
use milp_encode::property::DataRange;
use milp_encode::{Alternatives, Formulation, MilpOracle, SolverStart};
use ndarray::{Array1, array};
use nn_core::Network;
use pruning::importance::{ImportanceConfig, ImportanceMode, ImportanceModel, ScoredImage};
use pruning::robustness::{RobustConfig, RobustError, RobustImportance, ablate, robust_importance};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use solver_api::{Budget, Cancellation, Highs, Options};

use crate::support::{dense, random_dense};

fn oracle() -> MilpOracle<'static> {
    MilpOracle {
        solver: &Highs,
        options: Options::default(),
        bounds: BoundChain::crown(),
        formulation: Formulation::BigM,
        alternatives: Alternatives::InTurn,
        start: SolverStart::None,
    }
}

fn images(points: &[Array1<f64>], labels: &[usize], epsilon: f64) -> Vec<ScoredImage> {
    let image = |(point, label): (&Array1<f64>, &usize)| {
        ScoredImage::around(point.view(), *label, epsilon, Some(DataRange::UNIT)).expect("finite")
    };
    points.iter().zip(labels).map(image).collect()
}

fn robust(network: &Network<f64>, images: &[ScoredImage]) -> RobustImportance {
    let config = RobustConfig { importance: ImportanceConfig::default(), gap: 1e-3, rounds: 12 };
    let solver = (&Highs as &dyn solver_api::Solver, &Options::default());
    let mut rounds = Vec::new();
    let found =
        robust_importance(network, images, &config, solver, &oracle(), &Budget::unlimited(), &mut |round| {
            rounds.push(round);
        })
        .expect("it solves");
    assert_eq!(rounds.len(), found.rounds);
    assert!(rounds.windows(2).all(|pair| pair[1].lower_bound >= pair[0].lower_bound), "bounds only grow");
    let but_the_last = &rounds[..rounds.len() - 1];
    assert!(but_the_last.windows(2).all(|pair| pair[1].points > pair[0].points), "each adds points");
    found
}

/// The margin is `2 A + 2 B` with `A = 2 x1` between 1.8 and 2.2 and `B = 40 x2 - 1` between 0 and 7, 3 at the image.
fn fragile() -> (Network<f64>, Vec<Array1<f64>>, f64) {
    let network = dense(&[
        (array![[2.0, 0.0], [0.0, 40.0]], array![0.0, -1.0]),
        (array![[1.0, 1.0], [-1.0, -1.0]], array![0.0, 0.0]),
    ]);
    (network, vec![array![1.0, 0.1]], 0.1)
}

#[test]
fn a_neuron_that_an_attacker_can_switch_off_does_not_replace_a_steady_one() {
    let (network, points, epsilon) = fragile();
    let plain = ImportanceModel::new(&network, &images(&points, &[0], 0.0), &ImportanceConfig::default())
        .expect("it fits")
        .solve(&Highs, &Options::default(), &Budget::unlimited(), &mut |_| ())
        .expect("it solves");
    let [steady, fragile] = plain.scores[0].scores() else { panic!("two neurons") };
    assert!(fragile > steady, "at the image the fragile neuron is stronger: {steady}, {fragile}");

    let found = robust(&network, &images(&points, &[0], epsilon));
    let [steady, fragile] = found.scores[0].scores() else { panic!("two neurons") };
    assert!(
        *steady > 0.5 && *fragile < 0.1,
        "against an attacker only the steady one helps: {steady}, {fragile}"
    );
    assert!(found.is_closed, "two classes leave no gap: {found:?}");
    assert!(found.lower_bound <= found.value + 1e-3 && found.value <= found.upper_bound + 1e-9, "{found:?}");
    assert!(found.value > plain.objective, "an attacker does harm");
}

#[test]
fn worst_losses_are_no_less_than_any_in_the_box() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for seed in 0..4 {
        let network = random_dense(&[3, 5, 3], seed);
        let points = [array![0.3, 0.6, 0.5], array![0.8, 0.2, 0.4]];
        let images = images(&points, &[0, 2], 0.05);
        let found = robust(&network, &images);
        assert!(found.lower_bound <= found.upper_bound + 1e-4, "{found:?}");
        let program = ImportanceModel::new(&network, &images, &ImportanceConfig::default()).expect("it fits");
        for (index, (image, worst)) in images.iter().zip(&found.losses).enumerate() {
            assert!(worst.loss <= worst.at_most + 1e-9 && image.region().contains(worst.point.view()));
            let shifted = program.shifted_network(index, &found.scores).expect("finite");
            for _ in 0..200 {
                let sides = image.region().lower().into_iter().zip(image.region().upper());
                let point: Array1<f64> =
                    sides.map(|(l, u)| l + (u - l) * rng.random_range(0.0..1.0)).collect();
                let logits = shifted.forward_one(point.view());
                let loss = logits.iter().map(|logit| logit.exp()).sum::<f64>().ln() - logits[image.label()];
                assert!(
                    loss <= worst.at_most + 1e-6,
                    "seed {seed}: {loss} in the box, at most {}",
                    worst.at_most
                );
            }
        }
    }
}

#[test]
fn without_a_box_the_attacker_changes_nothing() {
    let network = random_dense(&[3, 5, 3], 2);
    let images = images(&[array![0.3, 0.6, 0.5]], &[1], 0.0);
    let config = ImportanceConfig::default();
    let plain = ImportanceModel::new(&network, &images, &config)
        .expect("it fits")
        .solve(&Highs, &Options::default(), &Budget::unlimited(), &mut |_| ())
        .expect("it solves");
    let found = robust(&network, &images);
    assert_eq!(found.scores, plain.scores);
    assert!(found.is_closed && (found.value - plain.minimised).abs() < 1e-6, "{found:?}");
}

#[test]
fn published_programs_know_no_attacker() {
    let (network, points, epsilon) = fragile();
    let importance = ImportanceConfig { mode: ImportanceMode::Head, ..ImportanceConfig::default() };
    let config = RobustConfig { importance, gap: 1e-3, rounds: 3 };
    let solver = (&Highs as &dyn solver_api::Solver, &Options::default());
    let images = images(&points, &[0], epsilon);
    let found =
        robust_importance(&network, &images, &config, solver, &oracle(), &Budget::unlimited(), &mut |_| ());
    assert!(matches!(found, Err(RobustError::Published)), "{found:?}");
}

/// Without the steady neuron the least margin falls from 3.6 to 0; without the fragile one it stays.
#[test]
fn ablation_measures_exact_margins() {
    let (network, points, epsilon) = fragile();
    let images = images(&points, &[0], epsilon);
    let mut seen = Vec::new();
    let ablation = ablate(&network, &images, &oracle(), &Budget::unlimited(), &mut |unit| seen.push(unit))
        .expect("it solves");
    assert!(ablation.is_complete && seen == [1, 2]);
    assert!((ablation.whole.mean_margin - 3.6).abs() < 1e-5, "{ablation:?}");
    assert_eq!((ablation.whole.certified, ablation.whole.unproven), (1, 0));
    let certified: Vec<usize> = ablation.units.iter().map(|unit| unit.robustness.certified).collect();
    assert_eq!(certified, [0, 1]);
    let [steady, fragile] = ablation.importance()[..] else { panic!("two neurons") };
    assert!((steady - 3.6).abs() < 1e-5 && fragile.abs() < 1e-5, "{steady}, {fragile}");

    let over = Cancellation::new();
    over.cancel();
    let budget = Budget::unlimited().with_cancellation(over);
    let ablation = ablate(&network, &images, &oracle(), &budget, &mut |_| ()).expect("an answer");
    assert!(!ablation.is_complete && ablation.units.is_empty());
}
