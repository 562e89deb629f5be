use milp_encode::property::Norm;

use super::pace::Pace;
use crate::empirical::projection::Perturbation;
use crate::empirical::region::Region;
use crate::empirical::stepper::Stepper;

/// The share of a step that follows the gradient; the rest repeats the step before.
const FRESH: f32 = 0.75;

/// The next iterates of rows.
pub(super) struct Moves<'a> {
    region: &'a Region,
    stepper: Stepper<'a>,
    perturbation: Perturbation,
    stepped: Vec<f32>,
    sizes: Vec<f32>,
}

impl<'a> Moves<'a> {
    pub(super) fn new(region: &'a Region) -> Self {
        let (perturbation, stepped, sizes) = (Perturbation::new(), Vec::new(), Vec::new());
        Self { region, stepper: Stepper::new(region), perturbation, stepped, sizes }
    }

    /// Moves a point along its gradient; `previous` becomes where it was.
    pub(super) fn advance(
        &mut self,
        row: usize,
        pace: &Pace,
        point: &mut [f32],
        previous: &mut [f32],
        gradient: &[f32],
    ) {
        match self.region.threat().norm {
            Norm::LInf | Norm::L2 => self.with_momentum(row, pace.length, point, previous, gradient),
            Norm::L1 => {
                previous.copy_from_slice(point);
                self.sparsely(row, pace, point, gradient);
            }
        }
    }

    /// `x + a (z - x) + (1 - a) (x - previous)` with `z` the projected step; projected once more.
    fn with_momentum(
        &mut self,
        row: usize,
        length: f64,
        point: &mut [f32],
        previous: &mut [f32],
        gradient: &[f32],
    ) {
        self.stepped.clear();
        self.stepped.extend_from_slice(point);
        self.stepper.advance_row(row, &mut self.stepped, gradient, length);
        for ((x, before), stepped) in point.iter_mut().zip(previous.iter_mut()).zip(&self.stepped) {
            let here = *x;
            *x = here + FRESH * (stepped - here) + (1.0 - FRESH) * (here - *before);
            *before = here;
        }
        self.region.project(row, point, &mut self.perturbation);
    }

    /// A step of the pace's l1 length, divided equally among the elements with the greatest slopes.
    fn sparsely(&mut self, row: usize, pace: &Pace, point: &mut [f32], gradient: &[f32]) {
        let count = gradient.len();
        if count == 0 {
            return;
        }
        let left_out = (((1.0 - pace.share) * count as f64) as usize).min(count - 1);
        self.sizes.clear();
        self.sizes.extend(gradient.iter().map(|slope| slope.abs()));
        let (_, threshold, _) = self.sizes.select_nth_unstable_by(left_out, f32::total_cmp);
        let threshold = *threshold;
        let moves = |slope: f32| slope.abs() >= threshold && slope != 0.0;
        let moving = gradient.iter().filter(|slope| moves(**slope)).count();
        let step = pace.length / moving.max(1) as f64;
        let center = self.region.center(row);
        self.perturbation.set(point.iter().zip(center).zip(gradient).map(|((x, c), slope)| {
            let step = if moves(*slope) { step.copysign(f64::from(*slope)) } else { 0.0 };
            f64::from(*x) - f64::from(*c) + step
        }));
        self.region.place(row, &mut self.perturbation, point);
    }
}
