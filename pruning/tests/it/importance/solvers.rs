//! The same program on every solver of the build.

use pruning::importance::{ImportanceConfig, ImportanceMode, Phases};
use pruning::{NeuronMask, Threshold};

use super::{exactly, solve, solvers};
use crate::support::{Draft, inputs, random_dense};

#[test]
fn objectives_of_all_solvers_agree_and_their_masks_are_equal() {
    let convolutional = Draft::new(&[1, 6, 6], 5)
        .conv(2, 3, 0, 1)
        .relu()
        .average()
        .flatten()
        .dense(4)
        .relu()
        .dense(3)
        .finish();
    for (name, network) in [("dense", random_dense(&[4, 8, 6, 3], 11)), ("convolutions", convolutional)] {
        let images = exactly(&inputs(&network, 3, 1), &[0, 1, 2]);
        for mode in [ImportanceMode::Head, ImportanceMode::Sound] {
            for phases in [Phases::Binary, Phases::Relaxed] {
                let config = ImportanceConfig { mode, phases, ..ImportanceConfig::default() };
                let answers: Vec<_> = solvers()
                    .iter()
                    .map(|solver| {
                        (solver.name().to_owned(), solve(&network, &images, &config, solver.as_ref()))
                    })
                    .collect();
                let (_, first) = &answers[0];
                let mask =
                    |scores| NeuronMask::from_scores(scores, Threshold::Absolute(0.05)).expect("a number");
                for (solver, other) in &answers[1..] {
                    let what = format!("{name}, {mode:?}, {phases:?}, {solver}");
                    let far = (other.objective - first.objective).abs();
                    assert!(far < 1e-4, "{what}: {} instead of {}", other.objective, first.objective);
                    assert_eq!(
                        mask(&other.scores),
                        mask(&first.scores),
                        "{what}: {:?} instead of {:?}",
                        other.scores,
                        first.scores
                    );
                }
            }
        }
    }
}
