use std::f64::consts::PI;

use crate::TrainingError;
use crate::error::{check_positive, check_setting, check_share};

/// How the learning rate changes in the course of a training: as a factor of the optimiser's own.
///
/// Time is counted in epochs and passes batch by batch.
#[derive(Clone, Debug, Default, PartialEq)]
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
    /// It is multiplied after each of some epochs, PyTorch's `MultiStepLR`.
    Milestones {
        /// After how many epochs of the training.
        epochs: Vec<usize>,
        /// By what; above 0.
        factor: f64,
    },
    /// It falls along half a cosine: `floor + (1 - floor) (1 + cos(pi epoch / epochs)) / 2`, as PyTorch's
    /// `CosineAnnealingLR` (Loshchilov and Hutter, 2017) over the whole training.
    Cosine {
        /// What it reaches at the end; in `[0, 1]`.
        floor: f64,
    },
    /// It rises evenly from 0 to 1 and falls evenly to 0: Smith's one-cycle policy in the form of Wong, Rice and Kolter's
    /// "Fast is better than free" (2020).
    OneCycle {
        /// At which share of the training it is greatest; in `[0, 1]`.
        peak: f64,
    },
}

impl Schedule {
    /// The factor when so many epochs have passed, with fractions, of a training of `epochs`.
    pub fn factor(&self, passed: f64, epochs: usize) -> f64 {
        match self {
            Self::Constant => 1.0,
            Self::Step { every, factor } => factor.powf((passed / *every as f64).floor()),
            Self::Milestones { epochs, factor } => {
                let reached = epochs.iter().filter(|epoch| **epoch as f64 <= passed).count();
                factor.powf(reached as f64)
            }
            Self::Cosine { floor } => {
                floor + (1.0 - floor) * (1.0 + (PI * passed / epochs as f64).cos()) / 2.0
            }
            Self::OneCycle { peak } => {
                let share = passed / epochs as f64;
                if share < *peak { share / peak } else { (1.0 - share) / (1.0 - peak).max(f64::MIN_POSITIVE) }
            }
        }
    }

    pub(crate) fn check(&self) -> Result<(), TrainingError> {
        match self {
            Self::Constant => Ok(()),
            Self::Step { every, factor } => {
                check_setting("the schedule's step", *every as f64, "at least one epoch", |every| {
                    every > 0.0
                })?;
                check_positive("the schedule's factor", *factor)
            }
            Self::Milestones { factor, .. } => check_positive("the schedule's factor", *factor),
            Self::Cosine { floor } => check_share("the schedule's floor", *floor),
            Self::OneCycle { peak } => check_share("the schedule's peak", *peak),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schedule: Schedule, expected: [f64; 5]) {
        for (epoch, expected) in expected.into_iter().enumerate() {
            let factor = schedule.factor(epoch as f64, 4);
            assert!((factor - expected).abs() < 1e-15, "{schedule:?}, epoch {epoch}: {factor}");
        }
    }

    #[test]
    fn factors_follow_their_formulas() {
        check(Schedule::Constant, [1.0; 5]);
        check(Schedule::Step { every: 2, factor: 0.5 }, [1.0, 1.0, 0.5, 0.5, 0.25]);
        check(
            Schedule::Milestones { epochs: vec![1, 3], factor: 0.1 },
            [1.0, 0.1, 0.1, 0.1 * 0.1, 0.1 * 0.1],
        );
        let half = 0.5_f64.sqrt() / 2.0;
        check(Schedule::Cosine { floor: 0.0 }, [1.0, 0.5 + half, 0.5, 0.5 - half, 0.0]);
        check(Schedule::Cosine { floor: 0.2 }, [1.0, 0.6 + 0.8 * half, 0.6, 0.6 - 0.8 * half, 0.2]);
        check(Schedule::OneCycle { peak: 0.5 }, [0.0, 0.5, 1.0, 0.5, 0.0]);
        check(Schedule::OneCycle { peak: 0.0 }, [1.0, 0.75, 0.5, 0.25, 0.0]);
    }

    #[test]
    fn steps_stay_within_an_epoch_and_cosines_do_not() {
        assert_eq!(Schedule::Step { every: 1, factor: 0.5 }.factor(1.99, 4), 0.5);
        assert!(Schedule::Cosine { floor: 0.0 }.factor(0.5, 4) < 1.0);
    }
}
