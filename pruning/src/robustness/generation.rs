use milp_encode::{MarginError, MarginOracle};
use nn_core::{Network, NetworkError};
use solver_api::{Budget, Options, Solver};
use thiserror::Error;

use super::worst_loss::{WorstLoss, worst_loss};
use crate::LayerScores;
use crate::importance::{ImportanceConfig, ImportanceError, ImportanceMode, ImportanceModel, ScoredImage};

/// When constraint generation ends, beside the budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RobustConfig {
    /// The program on a finite set of points; its mode is [`ImportanceMode::Sound`].
    pub importance: ImportanceConfig,
    /// The difference of value and lower bound that is close enough.
    pub gap: f64,
    /// How many times points are added at most.
    pub rounds: usize,
}

/// Scores against an attacker, with what is proven of them.
#[derive(Clone, Debug, PartialEq)]
pub struct RobustImportance {
    /// Those of the round with the least upper bound.
    pub scores: Vec<LayerScores>,
    /// A lower bound of the least objective, as good as the solver: that of a program with some of the points.
    pub lower_bound: f64,
    /// The objective of these scores at the worst points that were found.
    pub value: f64,
    /// The objective of these scores is no greater, by exact attacks.
    pub upper_bound: f64,
    /// For each image, what is known of its worst loss under these scores.
    pub losses: Vec<WorstLoss>,
    /// The images with all their points.
    pub images: Vec<ScoredImage>,
    /// How many programs were solved.
    pub rounds: usize,
    /// Why it ended: the gap is closed.
    pub is_closed: bool,
}

/// How far constraint generation is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GenerationRound {
    /// How many programs were solved.
    pub round: usize,
    /// The greatest lower bound known.
    pub lower_bound: f64,
    /// The least upper bound known.
    pub upper_bound: f64,
    /// How many points all images have together.
    pub points: usize,
}

/// Why there are no scores against an attacker.
#[derive(Debug, Error)]
pub enum RobustError {
    /// No program, or no answer to it.
    #[error(transparent)]
    Importance(#[from] ImportanceError),
    /// No exact attack.
    #[error(transparent)]
    Attack(#[from] MarginError),
    /// Shifted numbers left the range of f64.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A published program, whose rows forbid what the attacker may do.
    #[error(
        "scores for robustness need the sound program: published ones hold for a single point of each region only"
    )]
    Published,
}

/// Solves the program against an attacker who may choose any point of each image's region.
///
/// The attack minimises margins, one class at a time, which bounds the worst loss from above ([`worst_loss`]); where no point
/// reaches that bound, a gap remains that no further point can close, and the loop ends with it.
///
/// # Errors
/// [`RobustError`] where network and images do not fit, or a solver or the engine fails.
pub fn robust_importance(
    network: &Network<f64>,
    images: &[ScoredImage],
    config: &RobustConfig,
    (solver, options): (&dyn Solver, &Options),
    oracle: &dyn MarginOracle,
    budget: &Budget,
    on_round: &mut dyn FnMut(GenerationRound),
) -> Result<RobustImportance, RobustError> {
    if config.importance.mode != ImportanceMode::Sound {
        return Err(RobustError::Published);
    }
    let mut images = images.to_vec();
    let mut lower_bound = f64::NEG_INFINITY;
    let mut best: Option<RobustImportance> = None;
    for round in 1..=config.rounds.max(1) {
        let program = ImportanceModel::new(network, &images, &config.importance)?;
        let found = program.solve(solver, options, budget, &mut |_| ())?;
        lower_bound = lower_bound.max(found.lower_bound);
        let mut losses = Vec::with_capacity(images.len());
        for (index, image) in images.iter().enumerate() {
            let shifted = program.shifted_network(index, &found.scores)?;
            losses.push(worst_loss(&shifted, image, oracle, budget)?);
        }
        let mean =
            |loss: &dyn Fn(&WorstLoss) -> f64| losses.iter().map(loss).sum::<f64>() / losses.len() as f64;
        let objective =
            |loss: f64| config.importance.loss_weight * loss + (found.minimised - found.objective);
        let value = objective(mean(&|loss| loss.loss)) + found.sparsity;
        let upper_bound = objective(mean(&|loss| loss.at_most)) + found.sparsity;
        let is_new = add_worst_points(&mut images, &losses, &program.replayed_losses(&found.scores)?);
        if best.as_ref().is_none_or(|best| upper_bound < best.upper_bound) {
            let (scores, images) = (found.scores, Vec::new());
            let is_closed = false;
            best = Some(RobustImportance {
                scores,
                lower_bound,
                value,
                upper_bound,
                losses,
                images,
                rounds: round,
                is_closed,
            });
        }
        let upper_bound = best.as_ref().map_or(f64::INFINITY, |best| best.upper_bound);
        let points = images.iter().map(|image| image.points().nrows()).sum();
        on_round(GenerationRound { round, lower_bound, upper_bound, points });
        if let Some(best) = &mut best {
            (best.lower_bound, best.rounds) = (lower_bound, round);
            best.is_closed = upper_bound - lower_bound <= config.gap;
        }
        if upper_bound - lower_bound <= config.gap || !is_new || budget.is_exhausted() {
            break;
        }
    }
    let best = best.expect("at least one program was solved");
    Ok(RobustImportance { images, ..best })
}

/// Adds the worst points that are clearly worse than all that their image has; whether there was one.
fn add_worst_points(images: &mut [ScoredImage], losses: &[WorstLoss], known: &[f64]) -> bool {
    /// Solvers are not closer.
    const CLEARLY: f64 = 1e-6;
    let mut is_new = false;
    for ((image, worst), known) in images.iter_mut().zip(losses).zip(known) {
        if worst.loss > known + CLEARLY {
            image.add_point(worst.point.view());
            is_new = true;
        }
    }
    is_new
}
