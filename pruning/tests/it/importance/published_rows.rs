//! What the rows of each mode allow: the intervals that were worked out by hand from the published code.

use ndarray::{Array2, array};
use nn_core::Network;
use pruning::importance::{
    ImportanceConfig, ImportanceError, ImportanceMode, ImportanceModel, Phases, ScoredImage,
};
use solver_api::{ColumnId, Highs, Limits, Model, Options, Solver, Verdict};

use super::exactly;
use crate::support::{Draft, dense, random_dense};

const MODES: [ImportanceMode; 3] = [ImportanceMode::V1, ImportanceMode::Head, ImportanceMode::Sound];

fn config(mode: ImportanceMode, phases: Phases) -> ImportanceConfig {
    ImportanceConfig { mode, phases, ..ImportanceConfig::default() }
}

/// One neuron after another: `p2 = weight * s1 + bias` for the input 1.
fn two_neurons(weight: f64, bias: f64) -> Network<f64> {
    dense(&[
        (array![[1.0]], array![0.0]),
        (array![[weight]], array![bias]),
        (array![[1.0], [0.0]], array![0.0, 0.0]),
    ])
}

/// The range of a column where others have these values; `None` where there is no solution.
fn range(model: &Model, column: ColumnId, fixed: &[(ColumnId, f64)]) -> Option<(f64, f64)> {
    let end = |sign: f64| {
        let mut model = model.clone();
        for (column, value) in fixed {
            model.set_bounds(*column, *value, *value).expect("a number");
        }
        model.set_objective(0.0, [(column, sign)]).expect("a column");
        let mut session = Highs.open(&model, &Options::default()).expect("HiGHS opens it");
        let outcome = session.solve(&Limits::default()).expect("HiGHS solves it");
        match outcome.verdict {
            Verdict::Optimal => Some(sign * outcome.incumbent.expect("an optimum").objective),
            Verdict::Infeasible => None,
            other => panic!("{other:?}"),
        }
    };
    Some((end(1.0)?, end(-1.0)?))
}

/// The scores of the first neuron that a score of the second allows.
fn allowed(network: &Network<f64>, mode: ImportanceMode, phases: Phases, second: f64) -> Option<(f64, f64)> {
    let images = exactly(&array![[1.0]], &[0]);
    let program = ImportanceModel::new(network, &images, &config(mode, phases)).expect("it fits");
    let columns: Vec<ColumnId> = program.score_columns().map(|columns| columns[0]).collect();
    range(program.model(), columns[0], &[(columns[1], second)])
}

fn assert_range(actual: Option<(f64, f64)>, (lower, upper): (f64, f64), what: &str) {
    let (least, greatest) = actual.unwrap_or_else(|| panic!("{what}: no solution"));
    let near = (least - lower).abs() < 1e-5 && (greatest - upper).abs() < 1e-5;
    assert!(near, "{what}: {least}..{greatest} instead of {lower}..{upper}");
}

/// Of an active neuron with the nominal value `a` the published rows demand `p` in `[(1 - s) a, (2 - s) a]`. Here `a = 1` and
/// `p = 2 - s1`, so that the first score is at least the second one. The sound rows allow all.
#[test]
fn an_active_neuron_may_not_move_above_its_range() {
    for phases in [Phases::Binary, Phases::Relaxed] {
        for second in [0.0, 0.3, 1.0] {
            for mode in MODES {
                let least = if mode == ImportanceMode::Sound { 0.0 } else { second };
                let found = allowed(&two_neurons(-1.0, 2.0), mode, phases, second);
                assert_range(found, (least, 1.0), &format!("{mode:?}, {phases:?}, s = {second}"));
            }
        }
    }
}

/// Of an inactive neuron the code of 2021 demands `p` in `[a, 0]`, that of 2020 `[(2 - s) a, (1 - s) a]`, coupled to a score
/// that has no other meaning. Here `a = -1` and `p = s1 - 2`, or with the other sign `p = 0.5 - 1.5 s1`.
#[test]
fn an_inactive_neuron_is_coupled_to_its_score_in_the_code_of_2020() {
    for phases in [Phases::Binary, Phases::Relaxed] {
        for second in [0.0, 0.5, 1.0] {
            let falling = |mode| allowed(&two_neurons(1.0, -2.0), mode, phases, second);
            assert_range(falling(ImportanceMode::Head), (1.0, 1.0), "2021, falling");
            assert_range(falling(ImportanceMode::V1), (second, 1.0), "2020, falling");
            assert_range(falling(ImportanceMode::Sound), (0.0, 1.0), "sound, falling");
            let rising = |mode| allowed(&two_neurons(-1.5, 0.5), mode, phases, second);
            assert_range(rising(ImportanceMode::Head), (1.0 / 3.0, 1.0), "2021, rising");
            let least = (1.5 - second) / 1.5;
            assert_range(rising(ImportanceMode::V1), (least, 1.0), "2020, rising");
            assert_range(rising(ImportanceMode::Sound), (0.0, 1.0), "sound, rising");
        }
    }
}

/// `L = -1, U = 3, p = 0.5, s = 0` has no solution with the published `L` and one with `L - U`.
#[test]
fn an_open_neuron_cannot_be_silenced_by_the_published_rows() {
    let network = dense(&[(array![[1.0]], array![0.0]), (array![[1.0], [0.0]], array![0.0, 0.0])]);
    let image = ScoredImage::around(array![1.0].view(), 0, 2.0, None).expect("finite");
    let mut at_half = ScoredImage::around(array![1.0].view(), 0, 2.0, None).expect("finite");
    at_half.add_point(array![0.5].view());
    for (mode, image, solvable) in [
        (ImportanceMode::Head, &at_half, false),
        (ImportanceMode::Sound, &at_half, true),
        (ImportanceMode::Sound, &image, true),
    ] {
        let program =
            ImportanceModel::new(&network, std::slice::from_ref(image), &config(mode, Phases::Binary))
                .expect("it fits");
        assert!(program.model().integer_count() > 0, "the neuron is open");
        let score = program.score_columns().next().expect("a layer")[0];
        assert_eq!(range(program.model(), score, &[(score, 0.0)]).is_some(), solvable, "{mode:?}");
    }
}

/// In the published box the centre of an active neuron lies below its upper bound, so that its score cannot be 0.
#[test]
fn scores_in_the_published_box_end_a_little_above_0() {
    let network = two_neurons(1.0, 0.0);
    let image = ScoredImage::published(array![0.5].view(), 0).expect("finite");
    for mode in [ImportanceMode::V1, ImportanceMode::Head] {
        let program =
            ImportanceModel::new(&network, std::slice::from_ref(&image), &config(mode, Phases::Binary))
                .expect("it fits");
        let first = program.score_columns().next().expect("a layer")[0];
        let (least, _) = range(program.model(), first, &[]).expect("all scores 1 are a solution");
        let expected = 1.0 - 0.5 / (0.5 + 1e-5);
        assert!((least - expected).abs() < 1e-7, "{mode:?}: {least} instead of {expected}");
    }
}

/// `I_1` lies in `-100..-50` and `I_2` in `-40..-20` for 50 and 20 units: the code of 2020 always takes the second, so that
/// the first layer feels no pressure; that of 2021 takes the layer with the greater mean.
#[test]
fn the_sparsity_terms_of_the_seed_network() {
    let network = random_dense(&[6, 50, 20, 3], 1);
    let images = exactly(&Array2::from_elem((1, 6), 0.5), &[0]);
    let value = |mode, first: f64, second: f64| {
        let config = ImportanceConfig { loss_weight: 0.0, ..config(mode, Phases::Binary) };
        let program = ImportanceModel::new(&network, &images, &config).expect("it fits");
        let mut point = vec![0.0; program.model().column_count()];
        for (columns, score) in program.score_columns().zip([first, second]) {
            columns.iter().for_each(|column| point[column.index()] = score);
        }
        program.objective(&point)
    };
    for (first, second) in [(0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (1.0, 0.0), (0.3, 0.6)] {
        let close =
            |actual: f64, expected: f64| assert!((actual - expected).abs() < 1e-12, "{actual}, {expected}");
        close(value(ImportanceMode::V1, first, second), 20.0 * (second - 2.0) / 70.0);
        for mode in [ImportanceMode::Head, ImportanceMode::Sound] {
            close(value(mode, first, second), f64::max(first - 2.0, second - 2.0));
        }
    }
}

#[test]
fn the_code_of_2021_weighs_feature_maps_by_their_kernels() {
    let network = Draft::new(&[1, 4, 4], 2).conv(2, 3, 0, 1).relu().flatten().dense(3).finish();
    let images = exactly(&Array2::from_elem((1, 16), 0.5), &[0]);
    for (mode, expected) in [(ImportanceMode::Head, -2.0 / 9.0), (ImportanceMode::Sound, -2.0)] {
        let config = ImportanceConfig { loss_weight: 0.0, ..config(mode, Phases::Binary) };
        let program = ImportanceModel::new(&network, &images, &config).expect("it fits");
        let value = program.objective(&vec![0.0; program.model().column_count()]);
        assert!((value - expected).abs() < 1e-12, "{mode:?}: {value}");
    }
}

#[test]
fn what_has_no_program_is_refused() {
    let convolution = Draft::new(&[1, 4, 4], 2).conv(2, 3, 0, 1).relu().flatten().dense(3).finish();
    let wide = exactly(&Array2::from_elem((1, 16), 0.5), &[0]);
    let v1 = config(ImportanceMode::V1, Phases::Binary);
    let refuse =
        |network: &Network<f64>, images: &[ScoredImage], config: &ImportanceConfig, message: &str| {
            let error =
                ImportanceModel::new(network, images, config).err().unwrap_or_else(|| panic!("{message}"));
            assert_eq!(error.to_string(), message);
        };
    refuse(
        &convolution,
        &wide,
        &v1,
        "the network has no hidden layer of ReLUs whose units could be scored; mode v1 scores fully connected layers alone",
    );
    let one_layer = random_dense(&[2, 3, 2], 0);
    let images = exactly(&array![[0.5, 0.5]], &[0]);
    refuse(
        &one_layer,
        &images,
        &v1,
        "mode v1 has no sparsity term for a network with one hidden layer; take head or sound",
    );
    let sound = ImportanceConfig::default();
    refuse(&one_layer, &wide, &sound, "samples have 16 values, but the network takes 2");
    refuse(&one_layer, &[], &sound, "there are no samples to score neurons on");
    let negative = ImportanceConfig { loss_weight: -1.0, ..sound };
    refuse(&one_layer, &images, &negative, "the weight of the loss is -1, but must be finite and at least 0");
    let tanh = Draft::new(&[2], 1).dense(3).relu().dense(3).add(nn_core::Op::Tanh).dense(2).finish();
    let error = ImportanceModel::new(&tanh, &images, &sound).err();
    assert!(matches!(error, Some(ImportanceError::Operator { op: "Tanh", .. })), "{error:?}");
    let mut outside = images.clone();
    outside[0].add_point(array![0.5, 0.6].view());
    refuse(&one_layer, &outside, &sound, "point 1 of image 0 lies outside the image's region");
}
