use crate::error::check_not_negative;
use crate::{Moment, TrainingError};

/// A share that grows evenly from 0 to 1 in the course of a training; what is ramped is the radius of a ball, or the weight
/// of a loss.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ramp {
    /// Epochs for which it stays at 0.
    pub start: f64,
    /// Epochs in which it grows; 0 for a jump.
    pub length: f64,
}

impl Ramp {
    /// Always 1.
    pub const NONE: Ramp = Ramp { start: 0.0, length: 0.0 };

    /// The share at a moment, in `[0, 1]`.
    pub fn share(&self, moment: &Moment) -> f64 {
        let passed = moment.epochs - self.start;
        if passed >= self.length { 1.0 } else { (passed / self.length).max(0.0) }
    }

    pub(crate) fn check(&self) -> Result<(), TrainingError> {
        check_not_negative("the start of a ramp", self.start)?;
        check_not_negative("the length of a ramp", self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_waits_grows_and_stays() {
        let ramp = Ramp { start: 1.0, length: 2.0 };
        let share = |epochs| ramp.share(&Moment { epochs, seed: 0, batch: 0 });
        assert_eq!([0.0, 1.0, 1.5, 2.0, 3.0, 9.0].map(share), [0.0, 0.0, 0.25, 0.5, 1.0, 1.0]);
        assert_eq!(share(f64::INFINITY), 1.0);
        assert_eq!(Ramp::NONE.share(&Moment { epochs: 0.0, seed: 0, batch: 0 }), 1.0);
    }
}
