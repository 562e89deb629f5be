use std::f64::consts::PI;

use crate::TrainingError;

/// How the learning rate changes from epoch to epoch: as a factor of the optimiser's own.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Schedule {
    /// It does not change.
    #[default]
    Constant,
    /// It is multiplied again and again: `factor^floor(epoch / every)`, PyTorch's `StepLR`.
    Step {
        /// After how many epochs each time; not 0.
        every: usize,
        /// By what; above 0.
        factor: f64,
    },
    /// It falls along half a cosine: `floor + (1 - floor) (1 + cos(pi epoch / epochs)) / 2`, PyTorch's
    /// `CosineAnnealingLR` (Loshchilov and Hutter, 2017) over the whole training.
    Cosine {
        /// What it would reach after the last epoch; in `[0, 1]`.
        floor: f64,
    },
}

impl Schedule {
    /// The factor in an epoch, counted from 0, of a training of so many epochs.
    pub fn factor(&self, epoch: usize, epochs: usize) -> f64 {
        match *self {
            Self::Constant => 1.0,
            Self::Step { every, factor } => factor.powf((epoch / every) as f64),
            Self::Cosine { floor } => {
                floor + (1.0 - floor) * (1.0 + (PI * epoch as f64 / epochs as f64).cos()) / 2.0
            }
        }
    }

    pub(crate) fn check(&self) -> Result<(), TrainingError> {
        let (setting, value, expected, fits) = match *self {
            Self::Constant => return Ok(()),
            Self::Step { every: 0, .. } => ("the schedule's step", 0.0, "at least one epoch", false),
            Self::Step { factor, .. } => {
                ("the schedule's factor", factor, "above 0 and finite", factor > 0.0 && factor.is_finite())
            }
            Self::Cosine { floor } => {
                ("the schedule's floor", floor, "in [0, 1]", (0.0..=1.0).contains(&floor))
            }
        };
        if fits { Ok(()) } else { Err(TrainingError::Setting { setting, value, expected }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schedule: Schedule, expected: [f64; 5]) {
        for (epoch, expected) in expected.into_iter().enumerate() {
            let factor = schedule.factor(epoch, 4);
            assert!((factor - expected).abs() < 1e-15, "{schedule:?}, epoch {epoch}: {factor}");
        }
    }

    #[test]
    fn factors_follow_their_formulas() {
        check(Schedule::Constant, [1.0; 5]);
        check(Schedule::Step { every: 2, factor: 0.5 }, [1.0, 1.0, 0.5, 0.5, 0.25]);
        let half = 0.5_f64.sqrt() / 2.0;
        check(Schedule::Cosine { floor: 0.0 }, [1.0, 0.5 + half, 0.5, 0.5 - half, 0.0]);
        check(Schedule::Cosine { floor: 0.2 }, [1.0, 0.6 + 0.8 * half, 0.6, 0.6 - 0.8 * half, 0.2]);
    }
}
