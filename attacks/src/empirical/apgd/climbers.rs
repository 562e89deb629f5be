use ndarray::{Array2, Axis};

use super::moves::Moves;
use super::pace::{GoOn, Pace, Rise};
use super::phase::Phase;
use crate::empirical::losses::LossKind;
use crate::empirical::projection::Perturbation;
use crate::empirical::region::Region;
use crate::empirical::search::{Aims, Search};

/// The rows that go on, each with its iterate, the one before, and its best one.
pub(super) struct Climbers {
    phase: Phase,
    rows: Vec<usize>,
    aims: Aims,
    points: Array2<f32>,
    previous: Array2<f32>,
    gradient: Array2<f32>,
    best: Array2<f32>,
    best_gradient: Array2<f32>,
    paces: Vec<Pace>,
}

impl Climbers {
    /// Rows at their first points, which are projected into the region and evaluated.
    pub(super) fn start(
        phase: Phase,
        region: &Region,
        search: &mut Search<'_>,
        loss: LossKind,
        rows: &[usize],
        mut points: Array2<f32>,
    ) -> Self {
        let mut memory = Perturbation::new();
        for (row, mut point) in rows.iter().zip(points.outer_iter_mut()) {
            region.project(*row, point.as_slice_mut().expect("rows are slices"), &mut memory);
        }
        let threat = region.threat();
        let aims = search.aims(rows);
        let (losses, gradient) = evaluate(phase, search, loss, rows, &aims, &points);
        let pace = |loss: &f32| Pace::new(threat.norm, threat.epsilon, *loss, points.ncols());
        Self {
            phase,
            paces: losses.iter().map(pace).collect(),
            previous: points.clone(),
            best: points.clone(),
            best_gradient: gradient.clone(),
            rows: rows.to_vec(),
            aims,
            points,
            gradient,
        }
    }

    /// The points with the greatest losses.
    pub(super) fn into_best(self) -> Array2<f32> {
        self.best
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Moves every row along its gradient.
    pub(super) fn advance(&mut self, moves: &mut Moves<'_>) {
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

    /// Losses and gradients of the points.
    pub(super) fn evaluate(&mut self, search: &mut Search<'_>, loss: LossKind) {
        let (losses, gradient) = evaluate(self.phase, search, loss, &self.rows, &self.aims, &self.points);
        self.gradient = gradient;
        for (i, loss) in losses.into_iter().enumerate() {
            if self.paces[i].observe(loss) == Rise::ToBest {
                self.best.row_mut(i).assign(&self.points.row(i));
                self.best_gradient.row_mut(i).assign(&self.gradient.row(i));
            }
        }
    }

    /// The losses of the last points.
    pub(super) fn evaluate_last(&self, search: &mut Search<'_>, loss: LossKind) {
        search.evaluate_last(loss, &self.rows, &self.aims, &self.points);
    }

    /// Adapts the steps at a checkpoint.
    pub(super) fn check(&mut self, region: &Region, steps: usize) {
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
    pub(super) fn keep_open(&mut self, search: &Search<'_>) {
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

/// Losses and gradients of points of some rows. Only points of the ball that was asked for are answers.
fn evaluate(
    phase: Phase,
    search: &mut Search<'_>,
    loss: LossKind,
    rows: &[usize],
    aims: &Aims,
    points: &Array2<f32>,
) -> (Vec<f32>, Array2<f32>) {
    if phase.is_last() {
        search.evaluate(loss, rows, aims, points)
    } else {
        search.evaluate_outside(loss, rows, aims, points)
    }
}
