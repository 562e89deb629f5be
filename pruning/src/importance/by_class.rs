use std::time::Duration;

use nn_core::Network;
use solver_api::{Budget, Options, Solver};

use super::{Importance, ImportanceConfig, ImportanceError, ImportanceModel, Round, ScoredImage};
use crate::LayerScores;

/// The scores of one class's images alone.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassImportance {
    /// The label that the images share.
    pub class: usize,
    /// What they gave.
    pub importance: Importance,
}

/// One program a class, in ascending order, each on the images of that class; the published code's `-seq`.
///
/// The thresholds belong to the mean of their scores, [`mean_scores`]. Each class gets the time limit for itself. A budget that
/// runs out leaves later classes with scores of 1, which [`Importance::is_proven`] tells.
///
/// # Errors
/// As [`ImportanceModel::new`] and [`ImportanceModel::solve`].
pub fn score_by_class(
    network: &Network<f64>,
    images: &[ScoredImage],
    config: &ImportanceConfig,
    (solver, options): (&dyn Solver, &Options),
    (budget, time_limit): (&Budget, Option<Duration>),
    on_round: &mut dyn FnMut(usize, Round),
) -> Result<Vec<ClassImportance>, ImportanceError> {
    let mut classes: Vec<usize> = images.iter().map(ScoredImage::label).collect();
    classes.sort_unstable();
    classes.dedup();
    let of_class = |class: usize| {
        let own: Vec<ScoredImage> = images.iter().filter(|image| image.label() == class).cloned().collect();
        let program = ImportanceModel::new(network, &own, config)?;
        let budget = time_limit.map_or_else(|| budget.clone(), |limit| budget.limited_to(limit));
        let importance = program.solve(solver, options, &budget, &mut |round| on_round(class, round))?;
        Ok(ClassImportance { class, importance })
    };
    classes.into_iter().map(of_class).collect()
}

/// The arithmetic mean, unit by unit, of scores of the same layers.
///
/// # Panics
/// Where there are none, or they belong to different layers.
pub fn mean_scores(scores: &[&[LayerScores]]) -> Vec<LayerScores> {
    let mean = |position: usize| {
        let layers: Vec<&LayerScores> = scores.iter().map(|layers| &layers[position]).collect();
        let layer = layers[0].layer();
        assert!(layers.iter().all(|other| other.layer() == layer), "scores of different layers have no mean");
        let of_unit = |unit: usize| {
            let sum: f64 = layers.iter().map(|layer| layer.scores()[unit]).sum();
            (sum / layers.len() as f64).clamp(0.0, 1.0)
        };
        let means = (0..layers[0].scores().len()).map(of_unit).collect();
        LayerScores::new(layer, means).expect("a mean lies between 0 and 1")
    };
    (0..scores[0].len()).map(mean).collect()
}
