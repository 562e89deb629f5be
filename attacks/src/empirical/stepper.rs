//! Steps along gradients and back into the region.

use milp_encode::property::Norm;
use ndarray::Array2;

use super::projection::Perturbation;
use super::region::Region;
use super::steepest::Steepest;

/// Moves the rows of a batch along their gradients, inside their regions.
///
/// A step goes where the linear approximation of the loss grows most within a step's length in the threat's norm, as
/// far as the data's range lets it for l1: along the signs (l-infinity), along the gradient (l2), or to the range's ends
/// of the elements with the greatest slopes (l1).
pub(super) struct Stepper<'a> {
    region: &'a Region,
    perturbation: Perturbation,
    steepest: Steepest,
}

impl<'a> Stepper<'a> {
    pub(super) fn new(region: &'a Region) -> Self {
        Self { region, perturbation: Perturbation::new(), steepest: Steepest::default() }
    }

    /// One step of all points, which belong to these rows of the region.
    pub(super) fn advance(
        &mut self,
        rows: &[usize],
        points: &mut Array2<f32>,
        directions: &Array2<f32>,
        length: f64,
    ) {
        let width = points.ncols().max(1);
        let points = points.as_slice_mut().expect("points lie in row-major order").chunks_exact_mut(width);
        let directions = directions.as_slice().expect("gradients lie in row-major order").chunks_exact(width);
        for ((row, point), direction) in rows.iter().zip(points).zip(directions) {
            self.advance_row(*row, point, direction, length);
        }
    }

    /// One step of one point.
    pub(super) fn advance_row(&mut self, row: usize, point: &mut [f32], direction: &[f32], length: f64) {
        match self.region.threat().norm {
            Norm::LInf => self.along_signs(row, point, direction, length),
            Norm::L2 => self.along_gradient(row, point, direction, length),
            Norm::L1 => self.along_greatest(row, point, direction, length),
        }
    }

    #[allow(clippy::cast_possible_truncation)]
    fn along_signs(&self, row: usize, point: &mut [f32], direction: &[f32], length: f64) {
        let (lower, upper) = self.region.sides(row);
        let length = length as f32;
        for (((x, slope), low), high) in point.iter_mut().zip(direction).zip(lower).zip(upper) {
            let up = if *slope > 0.0 { length } else { 0.0 };
            let down = if *slope < 0.0 { length } else { 0.0 };
            *x = (*x + up - down).max(*low).min(*high);
        }
    }

    fn along_gradient(&mut self, row: usize, point: &mut [f32], direction: &[f32], length: f64) {
        let slope = direction.iter().map(|slope| f64::from(*slope) * f64::from(*slope)).sum::<f64>().sqrt();
        if !(slope > 0.0 && slope.is_finite()) {
            return;
        }
        let share = length / slope;
        let center = self.region.center(row);
        let moved = point.iter().zip(center).zip(direction);
        self.perturbation
            .set(moved.map(|((x, c), slope)| f64::from(*x) - f64::from(*c) + share * f64::from(*slope)));
        self.region.place(row, &mut self.perturbation, point);
    }

    fn along_greatest(&mut self, row: usize, point: &mut [f32], direction: &[f32], length: f64) {
        let (lower, upper) = self.region.sides(row);
        let center = self.region.center(row);
        self.perturbation.set(point.iter().zip(center).map(|(x, c)| f64::from(*x) - f64::from(*c)));
        let slopes = direction.iter().zip(point.iter()).zip(lower.iter().zip(upper));
        self.steepest.set(slopes.map(|((slope, x), (low, high))| {
            // Elements at their ends have nowhere to go.
            let room = if *slope > 0.0 { high - x } else { x - low };
            if room > 0.0 && slope.is_finite() { slope.abs() } else { 0.0 }
        }));
        let mut left = length;
        while let Some(i) = self.steepest.next() {
            let end = if direction[i] > 0.0 { upper[i] } else { lower[i] };
            let way = f64::from(end) - f64::from(point[i]);
            self.perturbation.elements[i] += way.clamp(-left, left);
            left -= way.abs();
            if left <= 0.0 {
                break;
            }
        }
        self.region.place(row, &mut self.perturbation, point);
    }
}
