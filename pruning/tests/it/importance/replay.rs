//! What the program claims is what the shifted network computes.

use ndarray::{Array2, array};
use nn_core::Network;
use pruning::LayerScores;
use pruning::importance::{
    ImportanceConfig, ImportanceMode, ImportanceModel, Phases, ScoredImage, mean_scores, score_by_class,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use solver_api::{Budget, Cancellation, Highs, Limits, Options, Solver};

use super::{exactly, solve};
use crate::support::{Draft, inputs, random_dense, small_lenet};

fn networks() -> Vec<(&'static str, Network<f64>)> {
    let maxima =
        Draft::new(&[1, 6, 6], 4).conv(2, 3, 0, 1).relu().maximum().flatten().dense(4).relu().dense(3);
    let residual = {
        let mut draft = Draft::new(&[3], 8).dense(4).relu();
        let branch = draft.last();
        draft = draft.dense(4).relu();
        let long = draft.last();
        draft.join(nn_core::Op::Add, &[branch, long]);
        draft.dense(3).finish()
    };
    vec![
        ("one hidden layer", random_dense(&[4, 6, 3], 2)),
        ("three hidden layers", random_dense(&[3, 5, 5, 4, 3], 3)),
        ("convolutions", small_lenet(5)),
        ("maxima", maxima.finish()),
        ("residual", residual),
    ]
}

fn random_scores(program: &ImportanceModel, seed: u64) -> Vec<LayerScores> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let score = |rng: &mut ChaCha8Rng| match rng.random_range(0..4) {
        0 => 0.0,
        1 => 1.0,
        _ => rng.random_range(0.0..1.0),
    };
    let layer = |layer: pruning::HiddenLayer| {
        LayerScores::new(layer.layer, (0..layer.units).map(|_| score(&mut rng)).collect()).expect("scores")
    };
    program.layers().map(layer).collect()
}

/// The least loss that the sound program claims for given scores, by its rows and some cuts at the true outputs.
fn claimed(program: &ImportanceModel, scores: &[LayerScores]) -> f64 {
    let mut model = program.model().clone();
    for (columns, scores) in program.score_columns().zip(scores) {
        for (column, score) in columns.iter().zip(scores.scores()) {
            model.set_bounds(*column, *score, *score).expect("a score");
        }
    }
    let mut session = Highs.open(&model, &Options::default()).expect("HiGHS opens it");
    let outcome = session.solve(&Limits::default()).expect("HiGHS solves it");
    let point = outcome.incumbent.unwrap_or_else(|| panic!("{}", outcome.raw_status)).values;
    program.objective(&point)
}

/// For any scores the sound program has a solution, and it is the shifted network: its phases leave no freedom.
#[test]
fn the_sound_program_is_the_shifted_network_for_all_scores() {
    for (name, network) in networks() {
        let inputs = inputs(&network, 3, 1);
        for epsilon in [0.0, 0.1] {
            let image = |(input, label)| ScoredImage::around(input, label, epsilon, None).expect("finite");
            let images: Vec<ScoredImage> = inputs.rows().into_iter().zip([0, 1, 2]).map(image).collect();
            let program =
                ImportanceModel::new(&network, &images, &ImportanceConfig::default()).expect("it fits");
            let without_loss = ImportanceConfig { loss_weight: 0.0, ..ImportanceConfig::default() };
            let sparsity = ImportanceModel::new(&network, &images, &without_loss).expect("it fits");
            for seed in 0..4 {
                let scores = random_scores(&program, seed);
                let loss = program.replayed_loss(&scores).expect("finite");
                let loss_claimed = (claimed(&program, &scores) - claimed(&sparsity, &scores)) / 5.0;
                let far = (loss - loss_claimed).abs();
                assert!(far < 1e-4, "{name}, {epsilon}, {seed}: {loss_claimed} instead of {loss}");
            }
        }
    }
}

/// On exact images a first layer's neuron emits `s max(a, 0)`.
#[test]
fn the_first_layer_is_scaled_by_its_scores() {
    let network = random_dense(&[4, 6, 3], 2);
    let inputs = inputs(&network, 1, 1);
    let images = exactly(&inputs, &[0]);
    let nn_core::Op::Affine(last) = network.node(network.output()).op() else { panic!("an affine map") };
    for mode in [ImportanceMode::Head, ImportanceMode::Sound] {
        let config = ImportanceConfig { mode, ..ImportanceConfig::default() };
        let program = ImportanceModel::new(&network, &images, &config).expect("it fits");
        assert_eq!(program.model().integer_count(), 0, "exact images leave no phase of the first layer open");
        let scores = random_scores(&program, 7);
        let relu = program.layers().next().expect("a layer").relu;
        let hidden = network.trace(inputs.view()).value(relu).row(0).to_owned();
        let scaled = &hidden * &ndarray::aview1(scores[0].scores());
        let expected = last.weight.dot(&scaled) + &last.bias;
        let shifted = program.shifted_network(0, &scores).expect("finite").forward(inputs.view());
        let far = (&shifted.row(0) - &expected).iter().fold(0.0_f64, |far, d| far.max(d.abs()));
        assert!(far < 1e-12, "{mode:?}: {far}");
    }
}

#[test]
fn found_scores_are_worth_what_is_claimed() {
    for (name, network) in networks() {
        let inputs = inputs(&network, 3, 1);
        let images = exactly(&inputs, &[0, 1, 2]);
        for mode in [ImportanceMode::Head, ImportanceMode::Sound] {
            let config = ImportanceConfig { mode, ..ImportanceConfig::default() };
            let found = solve(&network, &images, &config, &Highs);
            let far = (found.cross_entropy - found.replayed_cross_entropy).abs();
            assert!(far < 1e-4, "{name}, {mode:?}: {found:?}");
            let relaxed = ImportanceConfig { phases: Phases::Relaxed, ..config };
            let relaxed = solve(&network, &images, &relaxed, &Highs);
            assert!(relaxed.lower_bound <= found.minimised + 1e-6, "{name}, {mode:?}");
            let nominal = ImportanceModel::new(&network, &images, &config).expect("it fits");
            let ones: Vec<LayerScores> = nominal
                .layers()
                .map(|layer| LayerScores::new(layer.layer, vec![1.0; layer.units]).expect("scores"))
                .collect();
            let unpruned = nominal.replayed_loss(&ones).expect("finite");
            assert!(found.objective <= 5.0 * unpruned, "{name}, {mode:?}: the sparsity term is negative");
        }
    }
}

#[test]
fn the_loss_of_an_image_is_that_of_its_worst_point() {
    let network = random_dense(&[2, 4, 2], 6);
    let mut image = ScoredImage::around(array![0.5, 0.5].view(), 0, 0.3, None).expect("finite");
    let config = ImportanceConfig::default();
    let objective = |image: &ScoredImage| solve(&network, std::slice::from_ref(image), &config, &Highs);
    let one = objective(&image);
    image.add_point(array![0.3, 0.7].view());
    image.add_point(array![0.7, 0.2].view());
    let more = objective(&image);
    assert!(more.minimised >= one.minimised - 1e-5, "{} and {}", more.minimised, one.minimised);
    assert!((more.cross_entropy - more.replayed_cross_entropy).abs() < 1e-4, "{more:?}");
}

#[test]
fn classes_are_scored_apart_and_their_scores_averaged() {
    let network = random_dense(&[3, 5, 4, 3], 9);
    let inputs = inputs(&network, 5, 4);
    let images = exactly(&inputs, &[2, 0, 2, 1, 0]);
    let config = ImportanceConfig::default();
    let mut rounds = Vec::new();
    let found = score_by_class(
        &network,
        &images,
        &config,
        (&Highs, &Options::default()),
        (&Budget::unlimited(), None),
        &mut |class, _| rounds.push(class),
    )
    .expect("it solves");
    rounds.dedup();
    assert_eq!(rounds, [0, 1, 2]);
    assert_eq!(found.iter().map(|class| class.class).collect::<Vec<_>>(), [0, 1, 2]);
    let alone = solve(&network, &[images[3].clone()], &config, &Highs);
    assert_eq!(found[1].importance.scores, alone.scores);
    let scores: Vec<&[LayerScores]> = found.iter().map(|class| class.importance.scores.as_slice()).collect();
    let means = mean_scores(&scores);
    for (layer, mean) in means.iter().enumerate() {
        for (unit, mean) in mean.scores().iter().enumerate() {
            let sum: f64 = scores.iter().map(|scores| scores[layer].scores()[unit]).sum();
            assert!((mean - sum / 3.0).abs() < 1e-12);
        }
    }
}

#[test]
fn layers_in_turn_are_a_solution_of_the_whole_program() {
    for (name, network) in networks() {
        let inputs = inputs(&network, 3, 1);
        let images = exactly(&inputs, &[0, 1, 2]);
        for mode in [ImportanceMode::Head, ImportanceMode::Sound] {
            let config = ImportanceConfig { mode, ..ImportanceConfig::default() };
            let program = ImportanceModel::new(&network, &images, &config).expect("it fits");
            let mut layers = Vec::new();
            let budget = (&Budget::unlimited(), None);
            let found = program
                .solve_back_to_front(&Highs, &Options::default(), budget, &mut |layer, _| layers.push(layer))
                .expect("it solves");
            layers.dedup();
            let last_first: Vec<usize> = (0..program.layers().len()).rev().collect();
            assert_eq!(layers, last_first, "{name}");
            assert!(found.iter().all(|importance| importance.is_proven), "{name}, {mode:?}");
            let falls =
                |pair: &[pruning::importance::Importance]| pair[1].minimised <= pair[0].minimised + 2e-5;
            assert!(found.windows(2).all(falls), "{name}, {mode:?}: each layer makes it better");
            let last = found.last().expect("a layer");
            for (position, importance) in found.iter().enumerate() {
                let layer = found.len() - 1 - position;
                let kept = last.scores[layer].scores().iter().zip(importance.scores[layer].scores());
                assert!(kept.into_iter().all(|(a, b)| (a - b).abs() < 1e-6), "{name}: later scores are kept");
            }
            let whole = solve(&network, &images, &config, &Highs);
            assert!(whole.lower_bound <= last.minimised + 1e-5, "{name}, {mode:?}: the whole is no worse");
            assert!((last.cross_entropy - last.replayed_cross_entropy).abs() < 1e-4, "{name}, {mode:?}");
        }
    }
}

#[test]
fn a_budget_that_is_over_leaves_all_scores_at_1() {
    let network = random_dense(&[3, 5, 4, 3], 9);
    let images = exactly(&Array2::from_elem((1, 3), 0.5), &[0]);
    let program = ImportanceModel::new(&network, &images, &ImportanceConfig::default()).expect("it fits");
    let over = Cancellation::new();
    over.cancel();
    let budget = Budget::unlimited().with_cancellation(over);
    let found = program.solve(&Highs, &Options::default(), &budget, &mut |_| ()).expect("an answer");
    assert!(!found.is_proven && found.lower_bound == f64::NEG_INFINITY);
    assert!(found.scores.iter().all(|layer| layer.scores().iter().all(|score| *score == 1.0)));
    assert!((found.cross_entropy - found.replayed_cross_entropy).abs() < 1e-12);
}
