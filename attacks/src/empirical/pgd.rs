use milp_encode::{MarginGoal, Replayer};
use ndarray::{Array2, ArrayView2, Axis, Zip};
use nn_core::Network;
use solver_api::Budget;

use super::batch::check_width;
use super::projection::Perturbation;
use super::search::Search;
use super::stepper::Stepper;
use super::{
    AttackBatch, AttackLoss, EmpiricalAnswer, EmpiricalAttack, LossKind, Region, ThreatModel, random_start,
    run_in_blocks,
};
use crate::AttackError;

/// Projected gradient ascent of a loss from random starts.
///
/// Each step goes where the linear approximation of the loss grows most and is projected back into ball and range. In l1
/// such steps take few elements to the ends of the range, which misses most examples on networks that were trained
/// against l-infinity: [`Apgd`](super::Apgd) is the attack for l1.
/// Sources: Madry et al., "Towards deep learning models resistant to adversarial attacks", 2018; with momentum, Dong et
/// al., "Boosting adversarial attacks with momentum", 2018.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pgd {
    /// Gradient steps of one restart.
    pub steps: usize,
    /// How far one step goes, in the threat's norm; 2.5 epsilon over the number of steps where none is given.
    pub step_size: Option<f64>,
    /// How often the ascent begins anew.
    pub restarts: usize,
    /// The share of the direction so far that a step keeps; gradients are divided by their l1 norms before they are added.
    pub momentum: f64,
    /// What is ascended.
    pub loss: LossKind,
    /// Where restarts begin.
    pub start: Start,
    /// `Sign`: a row is done with its first adversarial example. `Minimum`: all steps look for the least margin.
    pub goal: MarginGoal,
}

/// Where an ascent begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Start {
    /// At the unchanged input.
    Clean,
    /// At a random point of the ball.
    #[default]
    Random,
    /// At the unchanged input in the first restart, at random points in the others.
    CleanThenRandom,
    /// At a random point so near to the unchanged input that only a loss with no slope there tells the difference: a
    /// hundredth of the way to a random point of the ball.
    Near,
}

impl Default for Pgd {
    /// 40 steps of one restart from a random point.
    fn default() -> Self {
        Self {
            steps: 40,
            step_size: None,
            restarts: 1,
            momentum: 0.0,
            loss: LossKind::CrossEntropy,
            start: Start::Random,
            goal: MarginGoal::Minimum,
        }
    }
}

impl Start {
    fn is_clean(self, restart: usize) -> bool {
        match self {
            Start::Clean => true,
            Start::Random | Start::Near => false,
            Start::CleanThenRandom => restart == 0,
        }
    }

    /// The points at which some rows begin.
    pub(super) fn points(
        self,
        region: &Region,
        rows: &[usize],
        streams: &[u64],
        seed: u64,
        restart: usize,
    ) -> Array2<f32> {
        let mut points = region.nearest().select(Axis(0), rows);
        if self.is_clean(restart) {
            return points;
        }
        let mut memory = Perturbation::new();
        for (row, mut point) in rows.iter().zip(points.outer_iter_mut()) {
            let mut generator = random_start::generator(seed, streams[*row], restart);
            let point = point.as_slice_mut().expect("fresh rows");
            random_start::draw(region, *row, &mut generator, point, &mut memory);
            if self == Start::Near {
                let center = region.nearest().index_axis_move(Axis(0), *row);
                point.iter_mut().zip(center).for_each(|(x, center)| *x = center + (*x - center) / 100.0);
            }
        }
        points
    }
}

impl Pgd {
    /// The last iterates of one ascent of a caller's loss, for adversarial training: nothing is replayed, no row leaves the
    /// batch, and `restarts`, `loss` and `goal` do not matter.
    ///
    /// # Errors
    /// [`AttackError`] as [`EmpiricalAttack::run`].
    pub fn perturb(
        &self,
        network: &Network<f32>,
        inputs: ArrayView2<'_, f32>,
        loss: &dyn AttackLoss,
        threat: &ThreatModel,
        streams: &[u64],
        seed: u64,
    ) -> Result<Array2<f32>, AttackError> {
        self.check()?;
        check_width(network, inputs)?;
        if streams.len() != inputs.nrows() {
            return Err(AttackError::BatchLengths { rows: inputs.nrows(), found: streams.len() });
        }
        let region = Region::around(inputs, threat)?;
        let rows: Vec<usize> = (0..inputs.nrows()).collect();
        let mut points = self.start.points(&region, &rows, streams, seed, 0);
        let mut ascent = Ascent::new(self, &region);
        for _ in 0..self.steps {
            let trace = network.trace(points.view());
            let (_, slopes) = loss.evaluate(trace.output());
            ascent.advance(&rows, &mut points, network.input_gradient(&trace, slopes.view()));
        }
        Ok(points)
    }

    fn check(&self) -> Result<(), AttackError> {
        let settings = [("the step size", self.step_size.unwrap_or(0.0)), ("the momentum", self.momentum)];
        match settings.into_iter().find(|(_, value)| !(value.is_finite() && *value >= 0.0)) {
            Some((setting, value)) => {
                Err(AttackError::Setting { setting, value, needed: "a finite number that is at least 0" })
            }
            None => Ok(()),
        }
    }

    fn ascend(
        &self,
        search: &mut Search<'_>,
        mut ascent: Ascent<'_>,
        mut rows: Vec<usize>,
        mut points: Array2<f32>,
        budget: &Budget,
    ) {
        let mut aims = search.aims(&rows);
        for _ in 0..self.steps {
            if rows.is_empty() || budget.is_exhausted() {
                return;
            }
            let (_, gradient) = search.evaluate(self.loss, &rows, &aims, &points);
            ascent.advance(&rows, &mut points, gradient);
            let open: Vec<usize> = (0..rows.len()).filter(|i| search.is_open(rows[*i])).collect();
            if open.len() < rows.len() {
                points = points.select(Axis(0), &open);
                ascent.keep(&open);
                rows = open.iter().map(|i| rows[*i]).collect();
                aims = search.aims(&rows);
            }
        }
        search.evaluate_last(self.loss, &rows, &aims, &points);
    }
}

impl EmpiricalAttack for Pgd {
    fn name(&self) -> &'static str {
        "pgd"
    }

    fn run(
        &self,
        networks: &Replayer<'_>,
        batch: &AttackBatch<'_>,
        threat: &ThreatModel,
        seed: u64,
        budget: &Budget,
    ) -> Result<Vec<EmpiricalAnswer>, AttackError> {
        self.check()?;
        self.loss.check(batch.targets, networks.single().output_count())?;
        run_in_blocks(networks, batch, |block| {
            let region = Region::around(block.inputs, threat)?;
            let mut search = Search::new(networks, &region, block, self.goal);
            if self.restarts == 0 || !self.start.is_clean(0) {
                search.observe_nearest();
            }
            for restart in 0..self.restarts {
                let rows = search.open_rows();
                if rows.is_empty() || budget.is_exhausted() {
                    break;
                }
                let points = self.start.points(&region, &rows, block.streams, seed, restart);
                self.ascend(&mut search, Ascent::new(self, &region), rows, points, budget);
            }
            Ok(search.answers())
        })
    }
}

/// Steps with momentum.
struct Ascent<'a> {
    stepper: Stepper<'a>,
    length: f64,
    momentum: f32,
    direction: Option<Array2<f32>>,
}

impl<'a> Ascent<'a> {
    #[allow(clippy::cast_possible_truncation)]
    fn new(pgd: &Pgd, region: &'a Region) -> Self {
        let usual = || 2.5 * region.threat().epsilon / pgd.steps.max(1) as f64;
        let length = pgd.step_size.unwrap_or_else(usual);
        Self { stepper: Stepper::new(region), length, momentum: pgd.momentum as f32, direction: None }
    }

    fn advance(&mut self, rows: &[usize], points: &mut Array2<f32>, gradient: Array2<f32>) {
        if self.momentum == 0.0 {
            return self.stepper.advance(rows, points, &gradient, self.length);
        }
        let direction = self.direction.get_or_insert_with(|| Array2::zeros(gradient.raw_dim()));
        for (mut direction, gradient) in direction.outer_iter_mut().zip(gradient.outer_iter()) {
            let length = gradient.fold(0.0, |sum: f32, slope| sum + slope.abs());
            let share = if length > 0.0 && length.is_finite() { 1.0 / length } else { 0.0 };
            Zip::from(&mut direction).and(&gradient).for_each(|d, g| *d = self.momentum * *d + share * g);
        }
        self.stepper.advance(rows, points, direction, self.length);
    }

    /// Goes on with some of the rows only.
    fn keep(&mut self, rows: &[usize]) {
        self.direction = self.direction.take().map(|direction| direction.select(Axis(0), rows));
    }
}
