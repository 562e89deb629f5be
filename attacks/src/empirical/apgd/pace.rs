use milp_encode::property::Norm;

/// The share of steps that must raise the loss, so that a step size stays.
const ENOUGH_RISES: f64 = 0.75;

/// By what a step of l1 is shortened, and how much sparser than the best point's its direction is.
const L1_FACTOR: f64 = 1.5;

/// The shortest step of l1 is this part of the first.
const L1_SHORTEST: f64 = 0.1;

/// The share of elements that the first directions of l1 move.
const L1_FIRST_SHARE: f64 = 0.2;

/// A perturbation of l1 has become sparser where it moves less than this share of the elements that it moved before.
const L1_SPARSER: f64 = 0.95;

/// How far a row's steps go, as its losses tell.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    norm: Norm,
    first_length: f64,
    /// The length of a step in the threat's norm.
    pub(super) length: f64,
    /// The share of elements that a step of l1 moves.
    pub(super) share: f64,
    best_loss: f32,
    last_loss: f32,
    rises: usize,
    best_at_check: f32,
    was_shortened: bool,
    moved_at_check: usize,
}

/// Where a row goes on after a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GoOn {
    FromHere,
    FromBest,
}

/// Whether a loss is the greatest so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rise {
    ToBest,
    No,
}

impl Pace {
    /// The pace at a start with this loss, in a ball of so many elements.
    pub(super) fn new(norm: Norm, epsilon: f64, loss: f32, elements: usize) -> Self {
        let first_length = if norm == Norm::L1 { epsilon } else { 2.0 * epsilon };
        Self {
            norm,
            first_length,
            length: first_length,
            share: L1_FIRST_SHARE,
            best_loss: loss,
            last_loss: loss,
            rises: 0,
            best_at_check: loss,
            was_shortened: true,
            moved_at_check: elements,
        }
    }

    /// Notes the loss after a step.
    pub(super) fn observe(&mut self, loss: f32) -> Rise {
        self.rises += usize::from(loss > self.last_loss);
        self.last_loss = loss;
        if loss > self.best_loss {
            self.best_loss = loss;
            return Rise::ToBest;
        }
        Rise::No
    }

    /// Adapts the step after `steps` steps; `moved` of `elements` elements differ between centre and best point.
    pub(super) fn check(&mut self, steps: usize, moved: usize, elements: usize) -> GoOn {
        let go_on = match self.norm {
            Norm::LInf | Norm::L2 => self.halve_where_stuck(steps),
            Norm::L1 => self.follow_sparsity(moved, elements),
        };
        self.rises = 0;
        self.best_at_check = self.best_loss;
        go_on
    }

    /// Halves the step where the loss rose too seldom, or neither step nor best loss changed since the last checkpoint.
    fn halve_where_stuck(&mut self, steps: usize) -> GoOn {
        let oscillates = self.rises as f64 <= ENOUGH_RISES * steps as f64;
        let has_stalled = !self.was_shortened && self.best_at_check >= self.best_loss;
        self.was_shortened = oscillates || has_stalled;
        if !self.was_shortened {
            return GoOn::FromHere;
        }
        self.length *= 0.5;
        self.last_loss = self.best_loss;
        GoOn::FromBest
    }

    /// Begins anew with long steps, from the best point, while that becomes sparser; else shortens them.
    fn follow_sparsity(&mut self, moved: usize, elements: usize) -> GoOn {
        let is_sparser = (moved as f64) < L1_SPARSER * self.moved_at_check as f64;
        self.moved_at_check = moved;
        self.share = moved as f64 / elements.max(1) as f64 / L1_FACTOR;
        if is_sparser {
            self.length = self.first_length;
            return GoOn::FromBest;
        }
        self.length = (self.length / L1_FACTOR).max(L1_SHORTEST * self.first_length);
        GoOn::FromHere
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_halved_where_the_loss_does_not_rise() {
        let mut pace = Pace::new(Norm::LInf, 0.5, 0.0, 9);
        let rising: Vec<Rise> = [1.0, 2.0, 3.0, 4.0].into_iter().map(|loss| pace.observe(loss)).collect();
        assert_eq!(rising, [Rise::ToBest; 4]);
        assert_eq!((pace.check(4, 9, 9), pace.length), (GoOn::FromHere, 1.0));
        // Three of four are not more than three quarters.
        let rising: Vec<Rise> = [5.0, 6.0, 7.0, 1.0].into_iter().map(|loss| pace.observe(loss)).collect();
        assert_eq!(rising[2..], [Rise::ToBest, Rise::No]);
        assert_eq!((pace.check(4, 9, 9), pace.length), (GoOn::FromBest, 0.5));
        // All but the first step rise, from a lower place: no new best since the last checkpoint.
        [1.0, 2.0, 3.0, 4.0, 5.0].into_iter().for_each(|loss| assert_eq!(pace.observe(loss), Rise::No));
        assert_eq!((pace.check(5, 9, 9), pace.length), (GoOn::FromHere, 0.5), "the step was just halved");
        [5.25, 5.5, 5.75, 6.0].into_iter().for_each(|loss| assert_eq!(pace.observe(loss), Rise::No));
        assert_eq!((pace.check(4, 9, 9), pace.length), (GoOn::FromBest, 0.25));
    }

    #[test]
    fn steps_of_l1_follow_sparsity() {
        let mut pace = Pace::new(Norm::L1, 3.0, 0.0, 100);
        assert_eq!(pace.check(4, 60, 100), GoOn::FromBest);
        assert!(pace.length == 3.0 && (pace.share - 0.4).abs() < 1e-12);
        assert_eq!(pace.check(4, 58, 100), GoOn::FromHere);
        assert_eq!(pace.length, 2.0);
        (0..20).for_each(|_| assert_eq!(pace.check(4, 58, 100), GoOn::FromHere));
        assert!((pace.length - 0.3).abs() < 1e-12);
    }
}
