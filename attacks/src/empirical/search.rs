//! The best input of every row while an attack goes on.

use milp_encode::{MarginGoal, Replayer};
use ndarray::{Array2, ArrayView2};
use nn_core::Trace;

use super::answer::{gather, replay};
use super::batch::{AttackBatch, least_margin};
use super::region::Region;
use super::{EmpiricalAnswer, LossKind};
use crate::Target;

/// What an attack on the rows of a block has found so far.
pub(super) struct Search<'a> {
    networks: &'a Replayer<'a>,
    region: &'a Region,
    labels: &'a [u8],
    targets: &'a [Target],
    goal: MarginGoal,
    best: Array2<f32>,
    margins: Vec<f32>,
    /// Rows whose best input is an adversarial example that was replayed.
    proven: Vec<bool>,
    iterations: Vec<usize>,
    loss_traces: Vec<Vec<f32>>,
}

/// Labels and targets of the rows that an attack goes on with.
pub(super) struct Aims {
    pub(super) labels: Vec<u8>,
    pub(super) targets: Vec<Target>,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        networks: &'a Replayer<'a>,
        region: &'a Region,
        batch: &'a AttackBatch<'_>,
        goal: MarginGoal,
    ) -> Self {
        let rows = batch.inputs.nrows();
        Self {
            networks,
            region,
            labels: batch.labels,
            targets: batch.targets,
            goal,
            best: region.nearest().to_owned(),
            margins: vec![f32::INFINITY; rows],
            proven: vec![false; rows],
            iterations: vec![0; rows],
            loss_traces: vec![Vec::new(); rows],
        }
    }

    /// The rows that are worth going on with.
    pub(super) fn open_rows(&self) -> Vec<usize> {
        (0..self.proven.len()).filter(|row| self.is_open(*row)).collect()
    }

    pub(super) fn is_open(&self, row: usize) -> bool {
        !self.proven[row] || self.goal == MarginGoal::Minimum
    }

    pub(super) fn aims(&self, rows: &[usize]) -> Aims {
        Aims {
            labels: rows.iter().map(|row| self.labels[*row]).collect(),
            targets: rows.iter().map(|row| self.targets[*row]).collect(),
        }
    }

    /// Takes over points of some rows that are better than what was known.
    pub(super) fn observe(
        &mut self,
        rows: &[usize],
        points: ArrayView2<'_, f32>,
        logits: ArrayView2<'_, f32>,
    ) {
        let mut improved = Vec::new();
        for (i, row) in rows.iter().enumerate() {
            let outputs = logits.row(i);
            let outputs = outputs.as_slice().expect("outputs lie in row-major order");
            let margin = least_margin(outputs, self.labels[*row], self.targets[*row]);
            if margin < self.margins[*row] {
                self.margins[*row] = margin;
                self.best.row_mut(*row).assign(&points.row(i));
                improved.push(*row);
            }
        }
        if self.goal == MarginGoal::Sign {
            improved.retain(|row| self.margins[*row] <= 0.0);
            self.prove(&improved);
        }
    }

    /// Replays the best inputs of some rows.
    fn prove(&mut self, rows: &[usize]) {
        if rows.is_empty() {
            return;
        }
        let aims = rows.iter().map(|row| (self.labels[*row], self.targets[*row]));
        let replayed = replay(self.networks, gather(self.best.view(), rows).view(), aims);
        for (row, replayed) in rows.iter().zip(replayed) {
            self.proven[*row] = replayed.is_adversarial();
        }
    }

    /// Takes the unchanged inputs as a first attempt.
    pub(super) fn observe_nearest(&mut self) {
        let logits = self.networks.single().forward(self.region.nearest());
        self.observe(&self.open_rows(), self.region.nearest(), logits.view());
    }

    /// The losses of points of some rows and their gradients; the points are observed, and the evaluation counted.
    pub(super) fn evaluate(
        &mut self,
        loss: LossKind,
        rows: &[usize],
        aims: &Aims,
        points: &Array2<f32>,
    ) -> (Vec<f32>, Array2<f32>) {
        let trace = self.networks.single().trace(points.view());
        self.observe(rows, points.view(), trace.output());
        self.differentiate(loss, rows, aims, &trace)
    }

    /// As [`Search::evaluate`] for points that may lie outside the region: they are not observed.
    pub(super) fn evaluate_outside(
        &mut self,
        loss: LossKind,
        rows: &[usize],
        aims: &Aims,
        points: &Array2<f32>,
    ) -> (Vec<f32>, Array2<f32>) {
        let trace = self.networks.single().trace(points.view());
        self.differentiate(loss, rows, aims, &trace)
    }

    fn differentiate(
        &mut self,
        loss: LossKind,
        rows: &[usize],
        aims: &Aims,
        trace: &Trace<f32>,
    ) -> (Vec<f32>, Array2<f32>) {
        let (losses, slopes) = loss.on(&aims.labels, &aims.targets).evaluate(trace.output());
        for (row, loss) in rows.iter().zip(&losses) {
            self.count(*row);
            self.note_loss(*row, *loss);
        }
        (losses.to_vec(), self.networks.single().input_gradient(trace, slopes.view()))
    }

    /// As [`Search::evaluate`] for last iterates, whose gradients nobody needs.
    pub(super) fn evaluate_last(
        &mut self,
        loss: LossKind,
        rows: &[usize],
        aims: &Aims,
        points: &Array2<f32>,
    ) {
        let logits = self.networks.single().forward(points.view());
        let (losses, _) = loss.on(&aims.labels, &aims.targets).evaluate(logits.view());
        self.observe(rows, points.view(), logits.view());
        rows.iter().zip(&losses).for_each(|(row, loss)| self.note_loss(*row, *loss));
    }

    /// Counts an evaluation of a row.
    pub(super) fn count(&mut self, row: usize) {
        self.iterations[row] += 1;
    }

    /// Appends to a row's trace.
    pub(super) fn note_loss(&mut self, row: usize, loss: f32) {
        self.loss_traces[row].push(loss);
    }

    /// The best inputs, replayed.
    pub(super) fn answers(self) -> Vec<EmpiricalAnswer> {
        let aims = self.labels.iter().copied().zip(self.targets.iter().copied());
        let replayed = replay(self.networks, self.best.view(), aims);
        let spent = self.iterations.into_iter().zip(self.loss_traces);
        let answers = replayed.into_iter().zip(spent).enumerate();
        answers
            .map(|(row, (replayed, (iterations, loss_trace)))| {
                let point = replayed.witness.input.as_slice().expect("a vector");
                EmpiricalAnswer {
                    margin: replayed.margin,
                    margin_f32: replayed.margin_f32,
                    distortion: self.region.distance(row, point),
                    witness: replayed.witness,
                    iterations,
                    loss_trace,
                }
            })
            .collect()
    }
}
