//! Which neuron to branch on: pseudo-costs, made reliable by probes.
//!
//! Source: Achterberg, Koch and Martin, "Branching rules revisited", Operations Research Letters 33, 2005.

use super::relaxation::Halves;
use crate::neurons::Assumed;

/// An assumption about a neuron, and the linear program in which it was open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Branch {
    pub(super) neuron: usize,
    pub(super) assumed: Assumed,
    /// By how much the assumption is violated there: the share of the half that it fixes to 0.
    pub(super) violation: f64,
    /// The objective there.
    pub(super) objective: f64,
}

/// By how much objectives rose when neurons were decided, a unit of violation.
#[derive(Clone, Debug)]
pub(super) struct PseudoCosts {
    /// A neuron's, active and then inactive.
    rises: Vec<[Mean; 2]>,
    all: [Mean; 2],
}

#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    count: u32,
}

/// As many rises of a side make its mean reliable.
const RELIABLE: u32 = 2;

/// So that one side without a rise does not hide what the other one has.
const LEAST_RISE: f64 = 1e-6;

impl PseudoCosts {
    /// Of so many neurons nothing is known yet.
    pub(super) fn unknown(neurons: usize) -> Self {
        Self { rises: vec![[Mean::default(); 2]; neurons], all: [Mean::default(); 2] }
    }

    /// Takes note of the objective that a branch led to.
    pub(super) fn learn(&mut self, branch: &Branch, objective: f64) {
        let rise = (objective - branch.objective).max(0.0) / branch.violation.max(LEAST_RISE);
        if rise.is_finite() {
            let side = side(branch.assumed);
            self.rises[branch.neuron][side].add(rise);
            self.all[side].add(rise);
        }
    }

    /// Whether enough is known of both sides of a neuron.
    pub(super) fn is_reliable(&self, neuron: usize) -> bool {
        self.rises[neuron].iter().all(|mean| mean.count >= RELIABLE)
    }

    /// The rises expected where a neuron with these halves is active, and where it is inactive.
    pub(super) fn expected(&self, neuron: usize, halves: Halves) -> [f64; 2] {
        let rate = |side: usize| {
            let own = self.rises[neuron][side];
            if own.count > 0 { own.mean() } else { self.all[side].mean() }
        };
        [rate(0) * halves.negative, rate(1) * halves.positive]
    }
}

/// How good a neuron is to branch on whose two sides raise the objective by so much.
pub(super) fn score(rises: [f64; 2]) -> f64 {
    rises.into_iter().map(|rise| rise.max(LEAST_RISE)).product()
}

fn side(assumed: Assumed) -> usize {
    match assumed {
        Assumed::Active => 0,
        Assumed::Inactive => 1,
        Assumed::Open => unreachable!("a branch decides its neuron"),
    }
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    /// 1 where there is no value.
    fn mean(self) -> f64 {
        if self.count == 0 { 1.0 } else { self.sum / f64::from(self.count) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_are_expected_in_proportion_to_violations() {
        let mut costs = PseudoCosts::unknown(2);
        let branch = |neuron, assumed, violation| Branch { neuron, assumed, violation, objective: 1.0 };
        for (violation, objective) in [(0.5, 2.0), (0.25, 2.0)] {
            costs.learn(&branch(0, Assumed::Active, violation), objective);
        }
        assert!(!costs.is_reliable(0), "nothing is known of the other side");
        let halves = Halves { positive: 0.1, negative: 0.2 };
        let [active, inactive] = costs.expected(0, halves);
        assert!((active - 0.6).abs() < 1e-12, "a mean of 2 and 4 a unit");
        assert!((inactive - 0.1).abs() < 1e-12, "1 a unit where nothing is known");
        assert!((costs.expected(1, halves)[0] - 0.6).abs() < 1e-12, "as for the other neuron");
        assert!(score([1.0, 0.0]) > score([0.5, 0.0]));
    }
}
