//! Balls around an image, cut to the data's range.

use milp_encode::property::{DataRange, InputBox, InputBoxError, Norm};
use ndarray::{Array1, Zip};

/// All balls around one image.
#[derive(Clone, Debug)]
pub(super) struct Balls {
    pub(super) norm: Norm,
    pub(super) center: Array1<f64>,
    pub(super) range: Option<DataRange>,
}

impl Balls {
    /// The least box around a ball.
    pub(super) fn sides(&self, radius: f64) -> Result<InputBox, InputBoxError> {
        InputBox::around(self.center.view(), radius, self.range)
    }

    /// The radius of the ball that holds all data.
    pub(super) fn reach(&self) -> Option<f64> {
        let range = self.range?;
        let farther = |x: &f64| if x - range.lower > range.upper - x { range.lower } else { range.upper };
        Some(self.distance(&self.center.mapv(|x| farther(&x))))
    }

    /// The distance of a point from the image.
    pub(super) fn distance(&self, point: &Array1<f64>) -> f64 {
        self.norm.distance(point.view(), self.center.view())
    }

    /// The point of a ball at which a linear function with this gradient is least.
    pub(super) fn lowest(&self, radius: f64, gradient: &Array1<f64>) -> Array1<f64> {
        self.move_down(&self.center, radius, gradient)
    }

    /// The point at most `step` away from `point` (in this norm), inside the range, at which a linear function with this
    /// gradient is least.
    pub(super) fn move_down(&self, point: &Array1<f64>, step: f64, gradient: &Array1<f64>) -> Array1<f64> {
        let range = self.range.unwrap_or(DataRange { lower: f64::NEG_INFINITY, upper: f64::INFINITY });
        let end = |x: f64, slope: f64| match slope.partial_cmp(&0.0) {
            Some(std::cmp::Ordering::Greater) => (x - step).max(range.lower),
            Some(std::cmp::Ordering::Less) => (x + step).min(range.upper),
            _ => x,
        };
        match self.norm {
            Norm::LInf => Zip::from(point).and(gradient).map_collect(|x, slope| end(*x, *slope)),
            Norm::L1 => {
                let mut order: Vec<usize> = (0..point.len()).collect();
                order.sort_by(|a, b| gradient[*b].abs().total_cmp(&gradient[*a].abs()));
                let (mut moved, mut left) = (point.clone(), step);
                for element in order {
                    let way = (end(point[element], gradient[element]) - point[element]).clamp(-left, left);
                    moved[element] += way;
                    left -= way.abs();
                    if left <= 0.0 {
                        break;
                    }
                }
                moved
            }
            Norm::L2 => unreachable!("[`MinimalDistortion::find`] refuses l2"),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn balls(norm: Norm) -> Balls {
        Balls { norm, center: array![0.25, 0.5, 1.0], range: Some(DataRange::UNIT) }
    }

    #[test]
    fn the_lowest_point_of_a_ball_is_cut_to_the_range() {
        let gradient = array![2.0, 1.0, -3.0];
        assert_eq!(balls(Norm::LInf).lowest(0.5, &gradient), array![0.0, 0.0, 1.0]);
        assert_eq!(balls(Norm::L1).lowest(0.5, &gradient), array![0.0, 0.25, 1.0]);
        assert_eq!(balls(Norm::L1).lowest(0.125, &-gradient), array![0.25, 0.5, 0.875]);
    }

    #[test]
    fn the_farthest_data_give_the_reach() {
        assert_eq!(balls(Norm::LInf).reach(), Some(1.0));
        assert!((balls(Norm::L1).reach().unwrap() - 2.25).abs() < 1e-12);
        assert_eq!(Balls { range: None, ..balls(Norm::L1) }.reach(), None);
    }
}
