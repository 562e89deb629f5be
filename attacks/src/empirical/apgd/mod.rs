//! Projected gradient ascent that finds its step sizes itself.

mod checkpoints;
mod moves;
mod pace;

use milp_encode::{MarginGoal, Replayer};
use ndarray::{Array2, Axis};
use solver_api::Budget;

use super::pgd::Start;
use super::search::{Aims, Search};
use super::{AttackBatch, EmpiricalAnswer, EmpiricalAttack, LossKind, Region, ThreatModel, run_in_blocks};
use crate::AttackError;
use checkpoints::Checkpoints;
use moves::Moves;
use pace::{GoOn, Pace, Rise};

/// Auto-PGD: at checkpoints each row's step is halved, and the row returns to its best point, where the loss rose too
/// seldom or no longer grows.
///
/// In l-infinity and l2 steps have momentum; in l1 they move the elements with the greatest slopes, about as many as the
/// best perturbation has, and are projected onto the intersection of ball and range. Sources: Croce and Hein, "Reliable
/// evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks", 2020, algorithm 1; for l1,
/// "Mind the box: l1-APGD for sparse adversarial attacks on image classifiers", 2021, with one radius.
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
                if rows.is_empty() || budget.is_exhausted() || self.steps == 0 {
                    break;
                }
                let points = self.start.points(&region, &rows, block.streams, seed, restart);
                self.ascend(&region, &mut search, rows, points, budget);
            }
            Ok(search.answers())
        })
    }
}

/// The rows that go on, each with its iterate, the one before, and its best one.
struct Climbers {
    rows: Vec<usize>,
    aims: Aims,
    points: Array2<f32>,
    previous: Array2<f32>,
    gradient: Array2<f32>,
    best: Array2<f32>,
    best_gradient: Array2<f32>,
    paces: Vec<Pace>,
}

impl Apgd {
    fn ascend(
        &self,
        region: &Region,
        search: &mut Search<'_>,
        rows: Vec<usize>,
        points: Array2<f32>,
        budget: &Budget,
    ) {
        let threat = region.threat();
        let aims = search.aims(&rows);
        let (losses, gradient) = search.evaluate(self.loss, &rows, &aims, &points);
        let elements = points.ncols();
        let pace = |loss: &f32| Pace::new(threat.norm, threat.epsilon, *loss, elements);
        let mut climbers = Climbers {
            paces: losses.iter().map(pace).collect(),
            previous: points.clone(),
            best: points.clone(),
            best_gradient: gradient.clone(),
            rows,
            aims,
            points,
            gradient,
        };
        let mut moves = Moves::new(region);
        let mut checkpoints = Checkpoints::new(threat.norm, self.steps);
        climbers.keep_open(search);
        for _ in 1..self.steps {
            if climbers.rows.is_empty() || budget.is_exhausted() {
                return;
            }
            climbers.advance(&mut moves);
            let (losses, gradient) =
                search.evaluate(self.loss, &climbers.rows, &climbers.aims, &climbers.points);
            climbers.gradient = gradient;
            climbers.note(&losses);
            if let Some(steps) = checkpoints.pass() {
                climbers.check(region, steps);
            }
            climbers.keep_open(search);
        }
        climbers.advance(&mut moves);
        search.evaluate_last(self.loss, &climbers.rows, &climbers.aims, &climbers.points);
    }
}

impl Climbers {
    fn advance(&mut self, moves: &mut Moves<'_>) {
        for (i, row) in self.rows.iter().enumerate() {
            let (mut point, mut previous) = (self.points.row_mut(i), self.previous.row_mut(i));
            let gradient = self.gradient.row(i);
            moves.advance(
                *row,
                &self.paces[i],
                point.as_slice_mut().expect("rows are slices"),
                previous.as_slice_mut().expect("rows are slices"),
                gradient.as_slice().expect("rows are slices"),
            );
        }
    }

    /// Takes over the losses of the points.
    fn note(&mut self, losses: &[f32]) {
        for (i, loss) in losses.iter().enumerate() {
            if self.paces[i].observe(*loss) == Rise::ToBest {
                self.best.row_mut(i).assign(&self.points.row(i));
                self.best_gradient.row_mut(i).assign(&self.gradient.row(i));
            }
        }
    }

    /// Adapts the steps at a checkpoint.
    fn check(&mut self, region: &Region, steps: usize) {
        for (i, row) in self.rows.iter().enumerate() {
            let center = region.center(*row);
            let moved = self.best.row(i).iter().zip(center).filter(|(x, c)| x != c).count();
            if self.paces[i].check(steps, moved, center.len()) == GoOn::FromBest {
                self.points.row_mut(i).assign(&self.best.row(i));
                self.gradient.row_mut(i).assign(&self.best_gradient.row(i));
            }
        }
    }

    /// Leaves out the rows that are done.
    fn keep_open(&mut self, search: &Search<'_>) {
        let open: Vec<usize> = (0..self.rows.len()).filter(|i| search.is_open(self.rows[*i])).collect();
        if open.len() == self.rows.len() {
            return;
        }
        let arrays = [
            &mut self.points,
            &mut self.previous,
            &mut self.gradient,
            &mut self.best,
            &mut self.best_gradient,
        ];
        arrays.into_iter().for_each(|array| *array = array.select(Axis(0), &open));
        self.rows = open.iter().map(|i| self.rows[*i]).collect();
        self.paces = open.iter().map(|i| self.paces[*i].clone()).collect();
        self.aims = search.aims(&self.rows);
    }
}
