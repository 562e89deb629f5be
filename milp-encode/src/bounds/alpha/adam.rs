//! Adam, kept inside a box.

use ndarray::{Array1, Array2, Axis, Zip};
use nn_core::Scalar;

/// How much of the gradient's running mean and of its square's a step keeps.
const KEPT: [f64; 2] = [0.9, 0.999];

/// Maximises functions row by row, each over its own variables, from their gradients.
///
/// Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1, followed by a projection.
pub(super) struct ProjectedAdam<T> {
    /// (rows, variables), as the two below.
    variables: Array2<T>,
    mean: Array2<T>,
    square: Array2<T>,
    least: Array1<T>,
    steps: i32,
}

impl<T: Scalar> ProjectedAdam<T> {
    /// Variables between `least` and 1, the same start for all rows.
    pub(super) fn new(rows: usize, start: &Array1<T>, least: Array1<T>) -> Self {
        let shape = (rows, start.len());
        let variables = start.broadcast(shape).expect("a row can be repeated").to_owned();
        Self { variables, mean: Array2::zeros(shape), square: Array2::zeros(shape), least, steps: 0 }
    }

    pub(super) fn variables(&self) -> &Array2<T> {
        &self.variables
    }

    /// Drops all rows but some.
    pub(super) fn keep(&mut self, rows: &[usize]) {
        for values in [&mut self.variables, &mut self.mean, &mut self.square] {
            *values = values.select(Axis(0), rows);
        }
    }

    /// One step uphill; where a gradient is not a number its variable becomes the least.
    pub(super) fn step(&mut self, gradient: &Array2<T>, learning_rate: f64) {
        self.steps += 1;
        let [kept, kept_square] = KEPT.map(T::from_f64);
        let unbiased = KEPT.map(|kept| 1.0 - kept.powi(self.steps));
        let rate = T::from_f64(learning_rate / unbiased[0]);
        let square_share = T::from_f64(1.0 / unbiased[1]);
        let least = self.least.broadcast(self.variables.dim()).expect("a row can be repeated");
        Zip::from(&mut self.variables)
            .and(&mut self.mean)
            .and(&mut self.square)
            .and(gradient)
            .and(least)
            .for_each(|variable, mean, square, gradient, least| {
                *mean = kept * *mean + (T::one() - kept) * *gradient;
                *square = kept_square * *square + (T::one() - kept_square) * *gradient * *gradient;
                let length = (*square * square_share).sqrt() + T::min_positive_value();
                *variable = (*variable + rate * *mean / length).max(*least).min(T::one());
            });
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_concave_function_is_climbed_to_its_maximum_in_the_box() {
        // -(x - 0.3)^2 and -(x - 2)^2 and -(x + 1)^2: inside, beyond 1, below the least.
        let mut adam = ProjectedAdam::new(1, &array![1.0, 0.0, 1.0], array![0.0, 0.0, 0.1]);
        for step in 0..200 {
            let gradient = (adam.variables() - &array![[0.3, 2.0, -1.0]]) * -2.0;
            adam.step(&gradient, 0.2 * 0.97_f64.powi(step));
        }
        let distance = (adam.variables() - &array![[0.3, 1.0, 0.1]]).mapv(f64::abs);
        assert!(distance.iter().all(|distance| *distance < 1e-3), "{}", adam.variables());
    }

    #[test]
    fn the_first_step_has_the_rates_length_whatever_the_gradients() {
        let mut adam = ProjectedAdam::new(2, &array![0.5_f32, 0.5], array![0.0, 0.0]);
        adam.step(&array![[1e-6, -1e6], [0.0, f32::NAN]], 0.25);
        let expected = array![[0.75, 0.25], [0.5, 0.0]];
        assert!((adam.variables() - &expected).iter().all(|difference: &f32| difference.abs() < 1e-3));
    }

    #[test]
    fn rows_that_are_dropped_take_their_moments_along() {
        let mut adam = ProjectedAdam::new(2, &array![0.5], array![0.0]);
        adam.step(&array![[1.0], [-1.0]], 0.1);
        adam.keep(&[1]);
        adam.step(&array![[0.0]], 0.1);
        assert!(adam.variables()[[0, 0]] < 0.4, "the mean gradient still points down");
    }
}
