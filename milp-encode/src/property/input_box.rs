//! Boxes of inputs.

use ndarray::{Array1, ArrayView1};
use thiserror::Error;

/// All inputs between two corners: `lower <= x <= upper`, element by element.
///
/// Never empty, and every corner is finite.
#[derive(Clone, Debug, PartialEq)]
pub struct InputBox {
    lower: Array1<f64>,
    upper: Array1<f64>,
}

/// The range of values that data can have, such as 0 to 1 for pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DataRange {
    /// The least value.
    pub lower: f64,
    /// The greatest value.
    pub upper: f64,
}

/// Why two corners are no input box.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum InputBoxError {
    /// The corners have different numbers of elements.
    #[error("lower corner has {lower} elements, upper corner {upper}")]
    Lengths {
        /// Elements of the lower corner.
        lower: usize,
        /// Elements of the upper corner.
        upper: usize,
    },
    /// A bound is NaN or infinite.
    #[error("input {index}: bound {value} is not finite")]
    NotFinite {
        /// Which input element.
        index: usize,
        /// The bound.
        value: f64,
    },
    /// No value lies between the bounds.
    #[error("input {index}: no value lies between {lower} and {upper}")]
    Empty {
        /// Which input element.
        index: usize,
        /// Its lower bound.
        lower: f64,
        /// Its upper bound.
        upper: f64,
    },
    /// No value lies in the data's range.
    #[error("the data's range from {lower} to {upper} holds no value")]
    Range {
        /// Its least value.
        lower: f64,
        /// Its greatest value.
        upper: f64,
    },
    /// The radius is negative, NaN or infinite.
    #[error("epsilon is {0}, but must be a finite number that is at least 0")]
    Radius(f64),
}

impl DataRange {
    /// Values from 0 to 1: pixels divided by their maximum.
    pub const UNIT: DataRange = DataRange { lower: 0.0, upper: 1.0 };

    /// All numbers, where no range is given.
    ///
    /// # Errors
    /// [`InputBoxError::Range`] for a range that holds no value.
    pub fn or_all_numbers(range: Option<DataRange>) -> Result<DataRange, InputBoxError> {
        match range {
            None => Ok(DataRange { lower: f64::NEG_INFINITY, upper: f64::INFINITY }),
            Some(DataRange { lower, upper }) if lower <= upper => Ok(DataRange { lower, upper }),
            Some(DataRange { lower, upper }) => Err(InputBoxError::Range { lower, upper }),
        }
    }
}

impl InputBox {
    /// The box between two corners.
    ///
    /// # Errors
    /// [`InputBoxError`] where the corners differ in length, hold a number that is not finite, or leave no value.
    pub fn new(lower: Array1<f64>, upper: Array1<f64>) -> Result<Self, InputBoxError> {
        if lower.len() != upper.len() {
            return Err(InputBoxError::Lengths { lower: lower.len(), upper: upper.len() });
        }
        for (index, (&lower, &upper)) in lower.iter().zip(&upper).enumerate() {
            if let Some(value) = [lower, upper].into_iter().find(|value| !value.is_finite()) {
                return Err(InputBoxError::NotFinite { index, value });
            }
            if lower > upper {
                return Err(InputBoxError::Empty { index, lower, upper });
            }
        }
        Ok(Self { lower, upper })
    }

    /// The l-infinity ball of radius `epsilon` around a point, cut to the data's range where one is given.
    ///
    /// Its sides are rounded inward: the box holds all `f64` points of the ball and no other point.
    ///
    /// # Errors
    /// [`InputBoxError`] for a radius that is negative or not finite, a centre that is not finite, or a centre so far
    /// outside the range that nothing is left.
    pub fn around(
        center: ArrayView1<'_, f64>,
        epsilon: f64,
        range: Option<DataRange>,
    ) -> Result<Self, InputBoxError> {
        if !(epsilon.is_finite() && epsilon >= 0.0) {
            return Err(InputBoxError::Radius(epsilon));
        }
        let range = DataRange::or_all_numbers(range)?;
        if let Some((index, value)) = center.iter().copied().enumerate().find(|(_, value)| !value.is_finite())
        {
            return Err(InputBoxError::NotFinite { index, value });
        }
        Self::new(
            center.mapv(|value| -sum_rounded_down(-value, epsilon)).mapv(|side| side.max(range.lower)),
            center.mapv(|value| sum_rounded_down(value, epsilon)).mapv(|side| side.min(range.upper)),
        )
    }

    /// The least value of every element.
    pub fn lower(&self) -> ArrayView1<'_, f64> {
        self.lower.view()
    }

    /// The greatest value of every element.
    pub fn upper(&self) -> ArrayView1<'_, f64> {
        self.upper.view()
    }

    /// The box of all `f32` values between the sides, as its lower and upper corner.
    ///
    /// `None` where some side of the box holds no `f32` value.
    pub fn f32_corners(&self) -> Option<(Array1<f32>, Array1<f32>)> {
        let lower = self.lower.mapv(|side| -f32_rounded_down(-side));
        let upper = self.upper.mapv(f32_rounded_down);
        lower.iter().zip(&upper).all(|(lower, upper)| lower <= upper).then_some((lower, upper))
    }

    /// How many elements an input has.
    pub fn element_count(&self) -> usize {
        self.lower.len()
    }

    /// Whether a point lies in the box, to the last bit.
    pub fn contains(&self, point: ArrayView1<'_, f64>) -> bool {
        point.len() == self.lower.len()
            && point.iter().zip(&self.lower).zip(&self.upper).all(|((x, l), u)| l <= x && x <= u)
    }

    /// The point in the middle, up to rounding.
    pub fn center(&self) -> Array1<f64> {
        let middle = |l: &f64, u: &f64| (0.5 * l + 0.5 * u).max(*l).min(*u);
        ndarray::Zip::from(&self.lower).and(&self.upper).map_collect(middle)
    }

    /// The nearest point of the box.
    ///
    /// # Panics
    /// Where the point has another number of elements.
    pub fn project(&self, point: ArrayView1<'_, f64>) -> Array1<f64> {
        assert_eq!(point.len(), self.lower.len(), "a point has one value for each side of the box");
        let clamp = |((x, l), u): ((&f64, &f64), &f64)| x.max(*l).min(*u);
        point.iter().zip(&self.lower).zip(&self.upper).map(clamp).collect()
    }

    /// The point of the box nearest to `point` whose elements are all `f32` values.
    ///
    /// `None` where some side of the box holds no `f32` value.
    ///
    /// # Panics
    /// Where the point has another number of elements.
    pub fn project_to_f32(&self, point: ArrayView1<'_, f64>) -> Option<Array1<f32>> {
        let projected = self.project(point);
        let inside = |((x, l), u): ((&f64, &f64), &f64)| nearest_f32_between(*x, *l, *u);
        projected.iter().zip(&self.lower).zip(&self.upper).map(inside).collect()
    }
}

/// The greatest f64 that is not above `a + b`. Source: the error of a sum is Knuth's two-sum.
fn sum_rounded_down(a: f64, b: f64) -> f64 {
    let sum = a + b;
    let from_b = sum - a;
    let error = (a - (sum - from_b)) + (b - from_b);
    if error < 0.0 { sum.next_down() } else { sum }
}

#[allow(clippy::cast_possible_truncation)]
fn f32_rounded_down(value: f64) -> f32 {
    let nearest = value as f32;
    if f64::from(nearest) > value { nearest.next_down() } else { nearest }
}

#[allow(clippy::cast_possible_truncation)]
fn nearest_f32_between(value: f64, lower: f64, upper: f64) -> Option<f32> {
    let nearest = value as f32;
    let candidates = [nearest, nearest.next_up(), nearest.next_down()];
    candidates.into_iter().find(|candidate| (lower..=upper).contains(&f64::from(*candidate)))
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_ball_is_cut_to_the_data_range() {
        let ball = InputBox::around(array![0.0, 0.5, 1.0].view(), 0.1, Some(DataRange::UNIT)).unwrap();
        assert_eq!(ball.lower(), array![0.0, 0.4, 0.9]);
        assert_eq!(ball.upper(), array![0.1, 0.6, 1.0]);
    }

    #[test]
    fn a_ball_holds_the_f64_values_within_its_radius_and_no_other() {
        // 0.45 + 0.1 is rounded to more than the sum, 0.45 - 0.1 to less than the difference.
        let units = |value: f64| (value * 2_f64.powi(60)) as i128;
        let (center, epsilon) = (array![0.45, 0.7, 0.5], 0.1);
        let ball = InputBox::around(center.view(), epsilon, None).unwrap();
        for (element, center) in center.iter().enumerate() {
            let (lower, upper) = (ball.lower()[element], ball.upper()[element]);
            let is_within = |side: f64| (units(side) - units(*center)).abs() <= units(epsilon);
            assert!(is_within(lower) && is_within(upper), "{lower} and {upper} lie in the ball");
            assert!(!is_within(lower.next_down()) && !is_within(upper.next_up()), "and nothing beyond them");
        }
        assert!(center[0] + epsilon > ball.upper()[0] && center[0] - epsilon < ball.lower()[0]);
    }

    #[test]
    fn corners_in_f32_are_the_outermost_values_of_the_box() {
        let sides = InputBox::new(array![0.1, -0.1], array![0.2, 1e300]).unwrap();
        let (lower, upper) = sides.f32_corners().unwrap();
        assert_eq!(lower, array![0.1_f32, (-0.1_f32).next_up()]);
        assert_eq!(upper, array![0.2_f32.next_down(), f32::MAX]);
        assert_eq!(InputBox::new(array![0.1], array![0.1]).unwrap().f32_corners(), None);
    }

    #[test]
    fn what_is_no_box_is_rejected() {
        let around =
            |center, epsilon| InputBox::around(array![center].view(), epsilon, Some(DataRange::UNIT));
        assert_eq!(around(0.5, -1.0), Err(InputBoxError::Radius(-1.0)));
        assert!(matches!(around(0.5, f64::NAN), Err(InputBoxError::Radius(_))));
        assert!(matches!(around(f64::NAN, 0.1), Err(InputBoxError::NotFinite { index: 0, .. })));
        let nowhere = Some(DataRange { lower: f64::NAN, upper: 1.0 });
        let error = InputBox::around(array![0.5].view(), 0.1, nowhere).unwrap_err();
        assert!(matches!(error, InputBoxError::Range { .. }));
        assert!(matches!(around(3.0, 0.1), Err(InputBoxError::Empty { index: 0, .. })));
        assert!(matches!(InputBox::new(array![1.0], array![0.0]), Err(InputBoxError::Empty { .. })));
        assert!(matches!(InputBox::new(array![1.0], array![]), Err(InputBoxError::Lengths { .. })));
    }

    #[test]
    fn projection_to_f32_stays_inside_to_the_last_bit() {
        let lower = f64::from(0.1_f32) + 1e-12;
        let sides = InputBox::new(array![lower], array![0.2]).unwrap();
        let point = sides.project_to_f32(array![0.0].view()).unwrap();
        assert_eq!(point[0], 0.1_f32.next_up());
        assert!(sides.contains(point.mapv(f64::from).view()));

        let between_two_floats = InputBox::new(array![lower], array![lower]).unwrap();
        assert_eq!(between_two_floats.project_to_f32(array![lower].view()), None);
    }
}
