use milp_encode::property::Norm;

use crate::empirical::ThreatModel;

/// A part of an ascent, in a ball of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Phase {
    /// The radius as a multiple of epsilon.
    pub(super) multiple: f64,
    /// Gradient evaluations.
    pub(super) steps: usize,
}

/// The balls that an ascent goes through, from outside inward. In l1 the larger ones show which elements are worth
/// moving: the radii and their shares of the steps are those of the paper on l1-APGD.
pub(super) fn phases(norm: Norm, steps: usize) -> Vec<Phase> {
    let share = |multiple: f64, percent: usize| Phase { multiple, steps: steps * percent / 100 };
    let mut phases = match norm {
        Norm::LInf | Norm::L2 => Vec::new(),
        Norm::L1 => vec![share(3.0, 30), share(2.0, 30)],
    };
    let spent: usize = phases.iter().map(|phase| phase.steps).sum();
    phases.push(Phase { multiple: 1.0, steps: steps - spent });
    phases.retain(|phase| phase.steps > 0);
    phases
}

impl Phase {
    /// Whether the ball is the one that was asked for.
    pub(super) fn is_last(self) -> bool {
        self.multiple == 1.0
    }

    /// The larger ball, where it is one.
    pub(super) fn threat(self, asked: &ThreatModel) -> Option<ThreatModel> {
        let epsilon = (self.multiple * asked.epsilon).min(f64::MAX);
        (!self.is_last()).then_some(ThreatModel { epsilon, ..*asked })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_share_the_steps() {
        let steps = |norm, steps| phases(norm, steps).iter().map(|phase| phase.steps).collect::<Vec<_>>();
        assert_eq!(steps(Norm::LInf, 50), [50]);
        assert_eq!(steps(Norm::L1, 50), [15, 15, 20]);
        assert_eq!(steps(Norm::L1, 1), [1]);
        assert!(steps(Norm::L1, 0).is_empty());
    }
}
