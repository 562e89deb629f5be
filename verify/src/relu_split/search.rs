//! The search: parts are split on the signs of neurons and bounded in batches.

use solver_api::Budget;

use super::Notes;
use super::bounding::{Bounding, Climbed};
use super::climb::{Hints, Pace};
use super::frontier::{Frontier, Part, Taken};
use crate::engine::{Judge, Progress};

/// One question, whose conjunctions are taken for one function each.
pub(super) struct ReluSearch {
    pub(super) bounding: Bounding,
    pub(super) pace: Pace,
    pub(super) frontier: Frontier,
    pub(super) parts_together: usize,
    pub(super) most_bytes: usize,
    /// Inputs that were found before there was a judge.
    pub(super) noted: Notes,
}

/// Whether there is work left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    Something,
    Nothing,
}

impl ReluSearch {
    /// Splits and bounds some parts, where there are any.
    pub(super) fn step(&self, judge: &dyn Judge, budget: &Budget) -> Left {
        for input in self.noted.take() {
            judge.propose(input.view());
        }
        match self.frontier.take(self.parts_together, self.most_bytes) {
            Taken::AllDone => return Left::Nothing,
            Taken::Nothing => {}
            Taken::Parts(parts, ticket) => {
                let children = self.bounding.children(&parts);
                let bounded = children.len() as u64;
                let Bounded { open, stuck } = self.bound(&children, &self.pace, judge, budget);
                self.frontier.give_back(ticket, open, stuck, bounded);
            }
        }
        Left::Something
    }

    pub(super) fn progress(&self) -> Progress {
        let (nodes, open) = self.frontier.counts();
        let proven = open == 0;
        // Bounds of open parts are estimates in `f32`.
        let lower_bound = if proven { f64::MIN_POSITIVE } else { f64::NEG_INFINITY };
        Progress { proven, lower_bound, nodes, open }
    }
}

/// What became of parts.
pub(super) struct Bounded {
    pub(super) open: Vec<Part>,
    /// How many cannot be split any further.
    pub(super) stuck: usize,
}

impl ReluSearch {
    /// Bounds parts; closes those that are proven, proposes inputs, and says where to split the others.
    pub(super) fn bound(&self, parts: &[Part], pace: &Pace, judge: &dyn Judge, budget: &Budget) -> Bounded {
        let climbed = self.bounding.climb(parts, pace, budget);
        let proven = self.bounding.prove(parts, &climbed);
        let open: Vec<usize> = (0..parts.len()).filter(|part| proven[*part] <= 0.0).collect();
        let mut result = Bounded { open: Vec::with_capacity(open.len()), stuck: 0 };
        if open.is_empty() {
            return result;
        }
        self.propose(&climbed, &open, judge);
        let mut split = Vec::new();
        for part in self.bounding.next(parts, &climbed, &open, budget) {
            if part.next.is_some() {
                result.open.push(part);
            } else {
                split.push(part);
            }
        }
        result.stuck = self.finish(&split, judge, budget);
        result
    }

    /// Climbs for long where every neuron is split, so that the relaxation is exact. Returns how many stay open.
    fn finish(&self, parts: &[Part], judge: &dyn Judge, budget: &Budget) -> usize {
        if parts.is_empty() {
            return 0;
        }
        let climbed = self.bounding.climb(parts, &LAST_PACE, budget);
        let proven = self.bounding.prove(parts, &climbed);
        let open: Vec<usize> = (0..parts.len()).filter(|part| proven[*part] <= 0.0).collect();
        if !open.is_empty() {
            self.propose(&climbed, &open, judge);
        }
        open.len()
    }

    /// Shows the judge inputs at which functions are at most 0, or nearly so.
    fn propose(&self, climbed: &Climbed, positions: &[usize], judge: &dyn Judge) {
        let (values, inputs) = self.bounding.values(climbed, positions);
        for (value, input) in values.iter().zip(inputs.rows()) {
            if *value <= self.bounding.goal && judge.propose(input) {
                break;
            }
        }
    }
}

/// How parts climb where every neuron is split.
const LAST_PACE: Pace =
    Pace { iterations: 1000, slope_rate: 0.0, multiplier_rate: 1.0, decay: 0.99, hints: Hints::AboveGoal };
