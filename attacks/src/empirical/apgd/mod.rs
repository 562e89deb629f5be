//! Projected gradient ascent that finds its step sizes itself.

mod checkpoints;
mod climbers;
mod moves;
mod pace;
mod phase;

use milp_encode::{MarginGoal, Replayer};
use ndarray::Array2;
use solver_api::Budget;

use super::pgd::Start;
use super::search::Search;
use super::{AttackBatch, EmpiricalAnswer, EmpiricalAttack, LossKind, Region, ThreatModel, run_in_blocks};
use crate::AttackError;
use checkpoints::Checkpoints;
use climbers::Climbers;
use moves::Moves;
use phase::{Phase, phases};

/// Auto-PGD: at checkpoints each row's step is halved, and the row returns to its best point, where the loss rose too
/// seldom or no longer grows.
///
/// In l-infinity and l2 steps have momentum; in l1 they move the elements with the greatest slopes, about as many as the
/// best perturbation has, are projected onto the intersection of ball and range, and go through larger balls first. Sources: Croce and Hein, "Reliable
/// evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks", 2020, algorithm 1; for l1,
/// "Mind the box: l1-APGD for sparse adversarial attacks on image classifiers", 2021.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Apgd {
    /// Gradient evaluations of one restart.
    pub steps: usize,
    /// How often the ascent begins anew.
    pub restarts: usize,
    /// What is ascended.
    pub loss: LossKind,
    /// Where restarts begin.
    pub start: Start,
    /// `Sign`: a row is done with its first adversarial example. `Minimum`: all steps look for the least margin.
    pub goal: MarginGoal,
}

impl Default for Apgd {
    /// 100 steps of one restart on the cross-entropy.
    fn default() -> Self {
        let (loss, start) = (LossKind::CrossEntropy, Start::Random);
        Self { steps: 100, restarts: 1, loss, start, goal: MarginGoal::Minimum }
    }
}

impl EmpiricalAttack for Apgd {
    fn name(&self) -> &'static str {
        match self.loss {
            LossKind::CrossEntropy => "apgd-ce",
            LossKind::Margin => "apgd-margin",
            LossKind::Dlr => "apgd-dlr",
        }
    }

    fn run(
        &self,
        networks: &Replayer<'_>,
        batch: &AttackBatch<'_>,
        threat: &ThreatModel,
        seed: u64,
        budget: &Budget,
    ) -> Result<Vec<EmpiricalAnswer>, AttackError> {
        self.loss.check(batch.targets, networks.single().output_count())?;
        run_in_blocks(networks, batch, |block| {
            let region = Region::around(block.inputs, threat)?;
            let mut search = Search::new(networks, &region, block, self.goal);
            search.observe_nearest();
            for restart in 0..self.restarts {
                let rows = search.open_rows();
                if rows.is_empty() || budget.is_exhausted() {
                    break;
                }
                let mut points = self.start.points(&region, &rows, block.streams, seed, restart);
                for phase in phases(threat.norm, self.steps) {
                    let wider = phase.threat(threat).map(|wider| Region::around(block.inputs, &wider));
                    points = match wider.transpose()? {
                        Some(wider) => self.climb(phase, &wider, &mut search, &rows, points, budget),
                        None => self.climb(phase, &region, &mut search, &rows, points, budget),
                    };
                }
            }
            Ok(search.answers())
        })
    }
}

impl Apgd {
    /// One ascent in one ball; the best points there.
    fn climb(
        &self,
        phase: Phase,
        region: &Region,
        search: &mut Search<'_>,
        rows: &[usize],
        points: Array2<f32>,
        budget: &Budget,
    ) -> Array2<f32> {
        let mut climbers = Climbers::start(phase, region, search, self.loss, rows, points);
        let mut moves = Moves::new(region);
        let mut checkpoints = Checkpoints::new(region.threat().norm, phase.steps);
        climbers.keep_open(search);
        for _ in 1..phase.steps {
            if climbers.is_empty() || budget.is_exhausted() {
                return climbers.into_best();
            }
            climbers.advance(&mut moves);
            climbers.evaluate(search, self.loss);
            if let Some(steps) = checkpoints.pass() {
                climbers.check(region, steps);
            }
            climbers.keep_open(search);
        }
        if phase.is_last() {
            climbers.advance(&mut moves);
            climbers.evaluate_last(search, self.loss);
        }
        climbers.into_best()
    }
}
