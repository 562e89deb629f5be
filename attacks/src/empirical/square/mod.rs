//! Random search in squares, without gradients.

mod canvas;
mod l2;
mod linf;

use milp_encode::property::Norm;
use milp_encode::{MarginGoal, Replayer};
use ndarray::{Array2, Axis};
use rand_chacha::ChaCha8Rng;
use solver_api::Budget;

use super::batch::least_margin;
use super::projection::Perturbation;
use super::random_start::generator;
use super::search::Search;
use super::{AttackBatch, EmpiricalAnswer, EmpiricalAttack, Region, ThreatModel, run_in_blocks};
use crate::AttackError;
use canvas::Canvas;

/// The Square attack: each query changes the perturbation inside a random square, smaller as time goes on, and keeps the
/// change where the margin falls. It needs the network's outputs alone.
///
/// Knows l-infinity and l2. Squares lie in the network's input image; in an input that is none, in a square image of one
/// channel where the number of elements is a square number, else in one line. Source: Andriushchenko, Croce, Flammarion
/// and Hein, "Square attack: a query-efficient black-box adversarial attack via random search", 2020.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Square {
    /// Evaluations of the network in one restart.
    pub queries: usize,
    /// How often the search begins anew.
    pub restarts: usize,
    /// The share of pixels in the first squares.
    pub first_share: f64,
    /// `Sign`: a row is done with its first adversarial example. `Minimum`: all queries look for the least margin.
    pub goal: MarginGoal,
}

impl Default for Square {
    /// 5000 queries of one restart; squares of 80 % of the pixels at first.
    fn default() -> Self {
        Self { queries: 5000, restarts: 1, first_share: 0.8, goal: MarginGoal::Minimum }
    }
}

impl EmpiricalAttack for Square {
    fn name(&self) -> &'static str {
        "square"
    }

    fn run(
        &self,
        networks: &Replayer<'_>,
        batch: &AttackBatch<'_>,
        threat: &ThreatModel,
        seed: u64,
        budget: &Budget,
    ) -> Result<Vec<EmpiricalAnswer>, AttackError> {
        if threat.norm == Norm::L1 {
            let mend = "take linf or l2, or another attack";
            return Err(AttackError::Norm { attack: "square", norm: threat.norm, mend });
        }
        if !(self.first_share > 0.0 && self.first_share <= 1.0) {
            let (setting, value) = ("the first share of pixels", self.first_share);
            return Err(AttackError::Setting { setting, value, needed: "above 0 and at most 1" });
        }
        let canvas = Canvas::of(networks.single().input_shape());
        run_in_blocks(networks, batch, |block| {
            let region = Region::around(block.inputs, threat)?;
            let mut search = Search::new(networks, &region, block, self.goal);
            search.observe_nearest();
            for restart in 0..self.restarts {
                let rows = search.open_rows();
                let generators =
                    rows.iter().map(|row| generator(seed, block.streams[*row], restart)).collect();
                let painters = Painters::new(&region, canvas, rows, generators);
                self.paint(networks, &mut search, painters, budget);
            }
            Ok(search.answers())
        })
    }
}

impl Square {
    fn paint(
        &self,
        networks: &Replayer<'_>,
        search: &mut Search<'_>,
        mut painters: Painters<'_>,
        budget: &Budget,
    ) {
        for query in 0..self.queries {
            if painters.rows.is_empty() || budget.is_exhausted() {
                return;
            }
            let tried = painters.tried((query > 0).then(|| self.share(query)));
            let logits = networks.single().forward(tried.view());
            let aims = search.aims(&painters.rows);
            let margin = |i: usize| {
                let outputs = logits.row(i);
                least_margin(outputs.as_slice().expect("rows are slices"), aims.labels[i], aims.targets[i])
            };
            let margins: Vec<f32> = (0..painters.rows.len()).map(margin).collect();
            search.observe(&painters.rows, tried.view(), logits.view());
            for (row, margin) in painters.rows.iter().zip(&margins) {
                search.count(*row);
                search.note_loss(*row, -margin);
            }
            painters.keep_better(&tried, &margins);
            painters.keep_open(search);
        }
    }

    /// The share of pixels in a square: halved at times that the paper gives for 10,000 queries.
    fn share(&self, query: usize) -> f64 {
        let time = query * 10_000 / self.queries.max(1);
        let halved_at = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];
        let halvings = halved_at.into_iter().filter(|limit| time > *limit).count();
        self.first_share / f64::from(1_u32 << halvings)
    }
}

/// The rows that go on, each with the best point of this restart.
struct Painters<'a> {
    region: &'a Region,
    canvas: Canvas,
    rows: Vec<usize>,
    generators: Vec<ChaCha8Rng>,
    points: Array2<f32>,
    margins: Vec<f32>,
    perturbation: Perturbation,
}

impl<'a> Painters<'a> {
    fn new(region: &'a Region, canvas: Canvas, rows: Vec<usize>, generators: Vec<ChaCha8Rng>) -> Self {
        let points = region.nearest().select(Axis(0), &rows);
        let margins = vec![f32::INFINITY; rows.len()];
        Self { region, canvas, rows, generators, points, margins, perturbation: Perturbation::new() }
    }

    /// What a query tries: the start, or a change of squares with this share of the pixels.
    fn tried(&mut self, share: Option<f64>) -> Array2<f32> {
        let (region, canvas, memory) = (self.region, self.canvas, &mut self.perturbation);
        let mut tried = self.points.clone();
        let rows = self.rows.iter().zip(&mut self.generators).zip(tried.outer_iter_mut());
        for ((row, generator), mut point) in rows {
            let point = point.as_slice_mut().expect("rows are slices");
            match (region.threat().norm, share) {
                (Norm::L2, None) => l2::start(region, *row, canvas, generator, point, memory),
                (Norm::L2, Some(share)) => l2::change(region, *row, canvas, share, generator, point, memory),
                (_, None) => linf::start(region, *row, canvas, generator, point),
                (_, Some(share)) => linf::change(region, *row, canvas, share, generator, point),
            }
        }
        tried
    }

    fn keep_better(&mut self, tried: &Array2<f32>, margins: &[f32]) {
        for (i, margin) in margins.iter().enumerate() {
            if *margin < self.margins[i] {
                self.margins[i] = *margin;
                self.points.row_mut(i).assign(&tried.row(i));
            }
        }
    }

    /// Leaves out the rows that are done.
    fn keep_open(&mut self, search: &Search<'_>) {
        let open: Vec<usize> = (0..self.rows.len()).filter(|i| search.is_open(self.rows[*i])).collect();
        if open.len() < self.rows.len() {
            self.rows = open.iter().map(|i| self.rows[*i]).collect();
            self.generators = open.iter().map(|i| self.generators[*i].clone()).collect();
            self.margins = open.iter().map(|i| self.margins[*i]).collect();
            self.points = self.points.select(Axis(0), &open);
        }
    }
}
