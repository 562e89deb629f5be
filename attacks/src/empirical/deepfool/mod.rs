//! The nearest adversarial example that linear approximations find.

mod crossing;
mod linearised;
mod pull;

use milp_encode::{MarginGoal, Replayer};
use ndarray::{Array2, Axis};
use solver_api::Budget;

use super::answer::Replayed;
use super::search::Search;
use super::stepper::Stepper;
use super::{AttackBatch, EmpiricalAnswer, EmpiricalAttack, Region, ThreatModel, run_in_blocks};
use crate::AttackError;
use crossing::length_of_fall;
use linearised::{Linearised, linearise};
use pull::pull_in;

/// Looks for a near adversarial example, not for a bad one.
///
/// From the unchanged input, each step goes just across the nearest class boundary of the linear approximation, in the
/// threat's norm; the input that errs at last is pulled back towards the unchanged one by bisection. Then, as long as that
/// helps, the search begins again where the approximation at the best input has its nearest point. Epsilon only limits how
/// far is searched. Where nothing is found, the answer is the input with the least margin.
///
/// Source: Moosavi-Dezfooli, Fawzi and Frossard, "DeepFool: a simple and accurate method to fool deep neural networks",
/// 2016, with dual norms as its section on other norms has it; starting again from the boundary's approximation is the
/// idea of Croce and Hein, "Minimally distorted adversarial examples with a fast adaptive boundary attack", 2020.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DeepFool {
    /// The most steps until an input errs. A step evaluates one gradient for each class that it may go to.
    pub steps: usize,
    /// By what share a step goes beyond the boundary.
    pub overshoot: f64,
    /// How often the search may begin again.
    pub refinements: usize,
}

impl Default for DeepFool {
    /// 50 steps that go 2 % too far, and 10 refinements.
    fn default() -> Self {
        Self { steps: 50, overshoot: 0.02, refinements: 10 }
    }
}

/// An adversarial example and how far it is from the unchanged input.
struct Nearest {
    replayed: Replayed,
    distortion: f64,
}

impl EmpiricalAttack for DeepFool {
    fn name(&self) -> &'static str {
        "deepfool"
    }

    fn run(
        &self,
        networks: &Replayer<'_>,
        batch: &AttackBatch<'_>,
        threat: &ThreatModel,
        _seed: u64,
        budget: &Budget,
    ) -> Result<Vec<EmpiricalAnswer>, AttackError> {
        if !(self.overshoot.is_finite() && self.overshoot >= 0.0) {
            let (setting, value) = ("the overshoot", self.overshoot);
            return Err(AttackError::Setting {
                setting,
                value,
                needed: "a finite number that is at least 0",
            });
        }
        run_in_blocks(networks, batch, |block| {
            let region = Region::around(block.inputs, threat)?;
            let search = Search::new(networks, &region, block, MarginGoal::Minimum);
            let mut hunt = Hunt { settings: self, networks, region: &region, search, nearest: Vec::new() };
            hunt.nearest.resize_with(block.inputs.nrows(), || None);
            hunt.run(budget);
            Ok(hunt.answers())
        })
    }
}

/// The search for the nearest adversarial examples of a block.
struct Hunt<'a> {
    settings: &'a DeepFool,
    networks: &'a Replayer<'a>,
    region: &'a Region,
    search: Search<'a>,
    nearest: Vec<Option<Nearest>>,
}

impl Hunt<'_> {
    fn run(&mut self, budget: &Budget) {
        let all: Vec<usize> = (0..self.nearest.len()).collect();
        let mut improved = self.approach(all, self.region.nearest().to_owned(), budget);
        // Near a boundary the approximation is better, and what a step goes too far bends the way back.
        let mut overshoot = self.settings.overshoot;
        for _ in 0..self.settings.refinements {
            overshoot *= 0.25;
            if improved.is_empty() || budget.is_exhausted() {
                return;
            }
            let (rows, starts) = self.projections(&improved, overshoot);
            improved = self.approach(rows, starts, budget);
        }
    }

    /// Steps from some points until they err; the rows for which that gave a nearer example than before.
    fn approach(&mut self, mut rows: Vec<usize>, mut points: Array2<f32>, budget: &Budget) -> Vec<usize> {
        let mut stepper = Stepper::new(self.region);
        let mut improved = Vec::new();
        for _ in 0..=self.settings.steps {
            if rows.is_empty() || budget.is_exhausted() {
                break;
            }
            let found = self.linearise(&rows, &points);
            let erring: Vec<usize> = (0..rows.len()).filter(|i| found[*i].least <= 0.0).collect();
            let erring_rows: Vec<usize> = erring.iter().map(|i| rows[*i]).collect();
            improved.extend(self.take_over(&erring_rows, points.select(Axis(0), &erring)));
            for (i, row) in rows.iter().enumerate() {
                let mut point = points.row_mut(i);
                let point = point.as_slice_mut().expect("rows are slices");
                let fall = (1.0 + self.settings.overshoot) * found[i].margin;
                self.cross(&mut stepper, *row, &found[i], fall, point);
            }
            let open: Vec<usize> = (0..rows.len()).filter(|i| found[*i].least > 0.0).collect();
            points = points.select(Axis(0), &open);
            rows = open.iter().map(|i| rows[*i]).collect();
        }
        improved
    }

    fn linearise(&mut self, rows: &[usize], points: &Array2<f32>) -> Vec<Linearised> {
        let norm = self.region.threat().norm;
        linearise(self.networks.single(), &mut self.search, norm, rows, points)
    }

    /// Moves a point so far that an approximation falls by `fall`, and what rounding may hide.
    fn cross(
        &self,
        stepper: &mut Stepper<'_>,
        row: usize,
        boundary: &Linearised,
        fall: f64,
        point: &mut [f32],
    ) {
        if fall > 0.0 {
            let fall = fall + boundary.noise;
            let length = length_of_fall(self.region, row, point, &boundary.downhill, fall);
            stepper.advance_row(row, point, &boundary.downhill, length);
        }
    }

    /// Pulls erring points in and keeps the nearer ones; their rows.
    fn take_over(&mut self, rows: &[usize], points: Array2<f32>) -> Vec<usize> {
        let mut improved = Vec::new();
        let pulled = pull_in(self.networks, self.region, &self.search.aims(rows), rows, points);
        for (row, replayed) in rows.iter().zip(pulled) {
            let Some(replayed) = replayed else { continue };
            let distortion = self.region.distance(*row, replayed.witness.input.as_slice().expect("a vector"));
            if self.nearest[*row].as_ref().is_none_or(|nearest| distortion < nearest.distortion) {
                self.nearest[*row] = Some(Nearest { replayed, distortion });
                improved.push(*row);
            }
        }
        improved
    }

    /// For the best example of some rows, the point at which its linear approximation is nearest to the unchanged input.
    fn projections(&mut self, rows: &[usize], overshoot: f64) -> (Vec<usize>, Array2<f32>) {
        let best =
            |row: &usize| self.nearest[*row].as_ref().map(|nearest| nearest.replayed.witness.input.clone());
        let mut points = self.region.nearest().select(Axis(0), rows);
        for (mut point, best) in points.outer_iter_mut().zip(rows.iter().filter_map(best)) {
            point.assign(&best);
        }
        let found = self.linearise(rows, &points);
        let mut stepper = Stepper::new(self.region);
        let mut starts = self.region.nearest().select(Axis(0), rows);
        for (i, row) in rows.iter().enumerate() {
            let mut start = starts.row_mut(i);
            let way = points
                .row(i)
                .iter()
                .zip(&start)
                .map(|(x, c)| f64::from(*x) - f64::from(*c))
                .collect::<Vec<_>>();
            let margin = found[i].value_without(way.into_iter());
            let start = start.as_slice_mut().expect("rows are slices");
            self.cross(&mut stepper, *row, &found[i], (1.0 + overshoot) * margin, start);
        }
        (rows.to_vec(), starts)
    }

    fn answers(self) -> Vec<EmpiricalAnswer> {
        let mut answers = self.search.answers();
        for (answer, nearest) in answers.iter_mut().zip(self.nearest) {
            if let Some(Nearest { replayed, distortion }) = nearest {
                let Replayed { witness, margin, margin_f32 } = replayed;
                (answer.witness, answer.margin, answer.margin_f32) = (witness, margin, margin_f32);
                answer.distortion = distortion;
            }
        }
        answers
    }
}
