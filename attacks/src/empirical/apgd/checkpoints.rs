use milp_encode::property::Norm;

/// When step sizes are looked at again: in ever shorter distances for l-infinity and l2, in equal ones for l1.
pub(super) struct Checkpoints {
    distance: usize,
    shorter_by: usize,
    least: usize,
    since_last: usize,
}

impl Checkpoints {
    /// Checkpoints for so many steps. Sources: equation 2 of the paper on APGD and its authors' code for l-infinity and l2,
    /// which start with 22 % of the steps; the authors' code for l1.
    pub(super) fn new(norm: Norm, steps: usize) -> Self {
        let percent = |share: usize| (share * steps / 100).max(1);
        match norm {
            Norm::LInf | Norm::L2 => {
                Self { distance: percent(22), shorter_by: percent(3), least: percent(6), since_last: 0 }
            }
            Norm::L1 => Self { distance: percent(4), shorter_by: 0, least: percent(4), since_last: 0 },
        }
    }

    /// Counts a step. After the last one before a checkpoint: how many steps there were since the one before.
    pub(super) fn pass(&mut self) -> Option<usize> {
        self.since_last += 1;
        if self.since_last < self.distance {
            return None;
        }
        self.distance = self.distance.saturating_sub(self.shorter_by).max(self.least);
        Some(std::mem::take(&mut self.since_last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_are_those_of_the_papers() {
        let checks = |norm, steps| -> Vec<usize> {
            let mut checkpoints = Checkpoints::new(norm, steps);
            (1..=steps).filter(|_| checkpoints.pass().is_some()).collect()
        };
        assert_eq!(checks(Norm::LInf, 100), [22, 41, 57, 70, 80, 87, 93, 99]);
        assert_eq!(checks(Norm::L1, 100)[..3], [4, 8, 12]);
        assert_eq!(checks(Norm::L2, 3), [1, 2, 3]);
    }
}
