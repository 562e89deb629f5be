//! Random points of balls.

use milp_encode::property::Norm;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::projection::Perturbation;
use super::region::Region;

/// Numbers between the beginnings of two restarts in a row's stream: more than a restart uses.
const NUMBERS_A_RESTART: u128 = 1 << 40;

/// The random numbers of one restart of one row.
pub(super) fn generator(seed: u64, stream: u64, restart: usize) -> ChaCha8Rng {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(stream);
    generator.set_word_pos(restart as u128 * NUMBERS_A_RESTART);
    generator
}

/// Sets `point` to a random one of a row's ball, uniform before it is cut to the range.
pub(super) fn draw(
    region: &Region,
    row: usize,
    generator: &mut ChaCha8Rng,
    point: &mut [f32],
    memory: &mut Perturbation,
) {
    let epsilon = region.threat().epsilon;
    let (count, center) = (point.len(), region.center(row));
    match region.threat().norm {
        Norm::LInf => {
            let (lower, upper) = region.sides(row);
            for (i, x) in point.iter_mut().enumerate() {
                let share = 2.0 * generator.random::<f32>() - 1.0;
                *x = (center[i] + share * epsilon as f32).max(lower[i]).min(upper[i]);
            }
            return;
        }
        Norm::L2 => {
            memory.set((0..count).map(|_| normal(generator)));
            let length = memory.elements.iter().map(|z| z * z).sum::<f64>().sqrt();
            let radius = epsilon * generator.random::<f64>().powf(1.0 / count as f64);
            scale(&mut memory.elements, radius / length);
        }
        Norm::L1 => {
            // Exponential numbers over their sum with one more are uniform in the simplex below 1.
            let exponential = |generator: &mut ChaCha8Rng| -(1.0 - generator.random::<f64>()).ln();
            memory.set((0..count).map(|_| exponential(generator)));
            let sum = memory.elements.iter().sum::<f64>() + exponential(generator);
            for z in memory.elements.iter_mut() {
                *z = if generator.random() { *z } else { -*z };
            }
            scale(&mut memory.elements, epsilon / sum);
        }
    }
    region.place(row, memory, point);
}

/// A normal number. Source: Box and Muller, "A note on the generation of random normal deviates", 1958.
fn normal(generator: &mut ChaCha8Rng) -> f64 {
    let length = (-2.0 * (1.0 - generator.random::<f64>()).ln()).sqrt();
    length * (std::f64::consts::TAU * generator.random::<f64>()).cos()
}

fn scale(values: &mut [f64], factor: f64) {
    let factor = if factor.is_finite() { factor } else { 0.0 };
    values.iter_mut().for_each(|value| *value *= factor);
}
