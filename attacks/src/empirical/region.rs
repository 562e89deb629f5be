use milp_encode::property::{DataRange, InputBoxError, Norm};
use ndarray::{Array2, ArrayView1, ArrayView2};

use super::projection::Perturbation;
use super::threat::ThreatModel;
use crate::AttackError;

/// Where the rows of a batch may be moved: balls around them, cut to the data's range, as sets of `f32` points.
///
/// The points of l-infinity lie between sides that are `f32` values: the outermost ones whose exact difference from the
/// centre is at most the greatest `f32` that is not above epsilon. Anyone who subtracts in f64 or in f32 finds
/// `|x - c| <= epsilon`. For l2 and l1 points lie between the same sides, and the norm that is computed in f64, in
/// whatever order, is at most epsilon.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    threat: ThreatModel,
    /// A radius for l2 and l1 that leaves room for all roundings.
    safe_radius: f64,
    centers: Array2<f32>,
    lower: Array2<f32>,
    upper: Array2<f32>,
    /// The point of the range nearest to the centre: the centre itself, where it lies inside.
    nearest: Array2<f32>,
}

impl Region {
    /// The region around each row.
    ///
    /// # Errors
    /// [`AttackError::Input`] for a radius that is negative or not finite and a range without a value; [`AttackError::Row`]
    /// for a centre that is not finite, or so far outside the range that no `f32` point is left on some side, and
    /// [`AttackError::OutOfReach`] where the sides leave one but the ball does not.
    pub fn around(centers: ArrayView2<'_, f32>, threat: &ThreatModel) -> Result<Self, AttackError> {
        if !(threat.epsilon.is_finite() && threat.epsilon >= 0.0) {
            return Err(InputBoxError::Radius(threat.epsilon).into());
        }
        let epsilon = f64::from(f32_at_most(threat.epsilon));
        let range = DataRange::or_all_numbers(threat.range)?;
        let (least, greatest) = (-f32_at_most(-range.lower), f32_at_most(range.upper));
        let lower = centers.mapv(|center| (-side_above(-center, epsilon)).max(least));
        let upper = centers.mapv(|center| side_above(center, epsilon).min(greatest));
        let corners = lower.outer_iter().zip(upper.outer_iter()).zip(centers.outer_iter());
        for (row, ((lower, upper), center)) in corners.enumerate() {
            check_sides(center, lower, upper).map_err(|reason| AttackError::Row { row, reason })?;
        }
        let centers = centers.as_standard_layout().into_owned();
        let mut nearest = centers.clone();
        ndarray::Zip::from(&mut nearest)
            .and(&lower)
            .and(&upper)
            .for_each(|x, low, high| *x = x.max(*low).min(*high));
        let roundings = 16.0 + 4.0 * centers.ncols() as f64;
        let safe_radius = threat.epsilon * (1.0 - roundings * f64::EPSILON);
        let region = Self { threat: *threat, safe_radius, centers, lower, upper, nearest };
        region.check_nearest()?;
        Ok(region)
    }

    fn check_nearest(&self) -> Result<(), AttackError> {
        match (0..self.centers.nrows()).find(|row| !self.holds(*row, row_of(&self.nearest, *row))) {
            Some(row) => Err(AttackError::OutOfReach { row, epsilon: self.threat.epsilon }),
            None => Ok(()),
        }
    }

    /// What was asked for.
    pub fn threat(&self) -> &ThreatModel {
        &self.threat
    }

    /// The point of each row's region nearest to the centre, which is the centre where that lies in the data's range.
    pub fn nearest(&self) -> ArrayView2<'_, f32> {
        self.nearest.view()
    }

    /// Whether a point lies in a row's region, to the last bit.
    pub fn holds(&self, row: usize, point: &[f32]) -> bool {
        let (lower, upper) = self.sides(row);
        let is_between = point.iter().zip(lower).zip(upper).all(|((x, low), high)| low <= x && x <= high);
        is_between && (self.threat.norm == Norm::LInf || self.norm_bound(row, point) <= self.threat.epsilon)
    }

    /// Moves a point to the nearest one of a row's region, up to rounding towards the centre.
    pub fn project(&self, row: usize, point: &mut [f32], memory: &mut Perturbation) {
        let (lower, upper) = self.sides(row);
        if self.threat.norm == Norm::LInf {
            for ((x, low), high) in point.iter_mut().zip(lower).zip(upper) {
                *x = if x.is_nan() { *low } else { clamped(*x, *low, *high) };
            }
            return;
        }
        let greatest = f64::from(f32::MAX);
        let finite = |x: f32| if x.is_nan() { 0.0 } else { f64::from(x).clamp(-greatest, greatest) };
        memory.set(point.iter().zip(self.center(row)).map(|(x, c)| finite(*x) - f64::from(*c)));
        self.place(row, memory, point);
    }

    /// Sets `point` to the centre plus the projection of a perturbation.
    pub(super) fn place(&self, row: usize, perturbation: &mut Perturbation, point: &mut [f32]) {
        let (lower, upper) = self.sides(row);
        let center = self.center(row);
        perturbation.project(self.threat.norm, self.safe_radius, center, lower, upper);
        let sides = center.iter().zip(lower.iter().zip(upper));
        for ((x, step), (center, (low, high))) in point.iter_mut().zip(&perturbation.elements).zip(sides) {
            *x = clamped(rounded_towards(*center, *step), *low, *high);
        }
        // Only where the centre lies outside the range can the sides push a point out of the ball.
        if center != row_of(&self.nearest, row) && !self.holds(row, point) {
            point.copy_from_slice(row_of(&self.nearest, row));
        }
    }

    pub(super) fn center(&self, row: usize) -> &[f32] {
        row_of(&self.centers, row)
    }

    pub(super) fn sides(&self, row: usize) -> (&[f32], &[f32]) {
        (row_of(&self.lower, row), row_of(&self.upper, row))
    }

    /// At least what the distance from the centre is in any order of f64 sums.
    fn norm_bound(&self, row: usize, point: &[f32]) -> f64 {
        let distance = self.distance(row, point);
        distance * (1.0 + (4.0 + point.len() as f64) * f64::EPSILON)
    }

    /// The distance of a point from a row's centre in the threat's norm, rounded up.
    pub fn distance(&self, row: usize, point: &[f32]) -> f64 {
        let differences = point.iter().zip(self.center(row)).map(|(x, c)| f64::from(*x) - f64::from(*c));
        self.threat.norm.length(differences)
    }
}

fn row_of(array: &Array2<f32>, row: usize) -> &[f32] {
    let width = array.ncols();
    &array.as_slice().expect("the region's arrays lie in row-major order")[row * width..(row + 1) * width]
}

fn check_sides(
    center: ArrayView1<'_, f32>,
    lower: ArrayView1<'_, f32>,
    upper: ArrayView1<'_, f32>,
) -> Result<(), InputBoxError> {
    if let Some(index) = center.iter().position(|value| !value.is_finite()) {
        return Err(InputBoxError::NotFinite { index, value: f64::from(center[index]) });
    }
    match (0..lower.len()).find(|index| lower[*index] > upper[*index]) {
        Some(index) => {
            let (lower, upper) = (f64::from(lower[index]), f64::from(upper[index]));
            Err(InputBoxError::Empty { index, lower, upper })
        }
        None => Ok(()),
    }
}

/// The greatest `f32` value that is not above a number.
#[allow(clippy::cast_possible_truncation)]
fn f32_at_most(value: f64) -> f32 {
    let nearest = value as f32;
    if f64::from(nearest) > value { nearest.next_down() } else { nearest }
}

/// The greatest `f32` value whose exact difference from the centre is at most `epsilon`, an `f32` value.
#[allow(clippy::cast_possible_truncation)]
fn side_above(center: f32, epsilon: f64) -> f32 {
    let nearest = (f64::from(center) + epsilon) as f32;
    let (above, below) = (f64::from(nearest), f64::from(center));
    let difference = above - below;
    // What rounding took from the difference (Knuth's two-sum) decides where it seems to be epsilon.
    let is_beyond = difference > epsilon || {
        let from_below = difference - above;
        let lost = (above - (difference - from_below)) + (-below - from_below);
        difference == epsilon && lost > 0.0
    };
    if is_beyond { nearest.next_down() } else { nearest }
}

/// `center + step` as the `f32` value that is no farther from the centre than `step`.
#[allow(clippy::cast_possible_truncation)]
fn rounded_towards(center: f32, step: f64) -> f32 {
    let nearest = (f64::from(center) + step) as f32;
    let is_beyond = (f64::from(nearest) - f64::from(center)).abs() > step.abs();
    // The neighbour towards the centre, by its bits: away from 0 or towards it.
    let neighbour = if (nearest > 0.0) == (nearest > center) { -1 } else { 1 };
    let moved = f32::from_bits(nearest.to_bits().wrapping_add_signed(if is_beyond { neighbour } else { 0 }));
    // Beyond and 0: both the centre and the sum are next to nothing.
    if is_beyond & (nearest == 0.0) { center } else { moved }
}

fn clamped(value: f32, lower: f32, upper: f32) -> f32 {
    let raised = if value < lower { lower } else { value };
    if raised > upper { upper } else { raised }
}
