//! Radii within which bounds alone prove that there is no adversarial example.

use milp_encode::bounds::{BoundChain, NetworkBounds};
use milp_encode::property::LinearFunction;
use milp_encode::{MarginError, relaxed_minima};
use nn_core::Network;
use solver_api::Budget;

use super::ball::Balls;
use crate::AttackError;

/// How often the radius between what is certified and what is not is halved.
const HALVINGS: usize = 7;

/// Bounds over the box of one ball, and what they say of every function.
pub(super) struct Relaxation {
    pub(super) radius: f64,
    pub(super) bounds: NetworkBounds,
    pub(super) lower: Vec<f64>,
}

impl Relaxation {
    pub(super) fn of(
        network: &Network<f64>,
        chain: &BoundChain<'_>,
        functions: &[LinearFunction],
        balls: &Balls,
        radius: f64,
        budget: &Budget,
    ) -> Result<Self, AttackError> {
        let bounds = chain.compute(network, &balls.sides(radius)?, budget).map_err(MarginError::from)?;
        let lower = relaxed_minima(network, &bounds, chain, functions, f64::MIN_POSITIVE, budget)
            .map_err(MarginError::from)?;
        Ok(Self { radius, bounds, lower })
    }

    /// The functions that may be at most 0 in the ball, the most promising first.
    pub(super) fn open(&self) -> Vec<usize> {
        let mut open: Vec<usize> = (0..self.lower.len()).filter(|j| self.lower[*j] <= 0.0).collect();
        open.sort_by(|a, b| self.lower[*a].total_cmp(&self.lower[*b]));
        open
    }
}

/// A radius within which every function is positive, near the greatest that bounds can tell below `open_radius`.
pub(super) fn certified_radius(
    network: &Network<f64>,
    chain: &BoundChain<'_>,
    functions: &[LinearFunction],
    balls: &Balls,
    open_radius: f64,
    budget: &Budget,
) -> Result<f64, AttackError> {
    let (mut certified, mut open) = (0.0, open_radius);
    for _ in 0..HALVINGS {
        if budget.is_exhausted() {
            break;
        }
        let middle = 0.5 * (certified + open);
        let relaxation = Relaxation::of(network, chain, functions, balls, middle, budget)?;
        if relaxation.open().is_empty() { certified = middle } else { open = middle }
    }
    Ok(certified)
}
