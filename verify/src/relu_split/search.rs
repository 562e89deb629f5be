//! The search: parts are split on the signs of neurons and bounded in batches.

use solver_api::Budget;

use super::bounding::Bounding;
use super::climb::Pace;
use super::frontier::{Frontier, Part, Taken};
use crate::engine::{Judge, Progress};

/// One question, whose conjunctions are taken for one function each.
pub(super) struct ReluSearch {
    pub(super) bounding: Bounding,
    pub(super) pace: Pace,
    pub(super) frontier: Frontier,
    pub(super) parts_together: usize,
    pub(super) most_bytes: usize,
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
        match self.frontier.take(self.parts_together, self.most_bytes) {
            Taken::AllDone => return Left::Nothing,
            Taken::Nothing => {}
            Taken::Parts(parts, ticket) => {
                let children = self.bounding.children(&parts);
                let bounded = children.len() as u64;
                let Bounded { open, stuck } = self.bound(&children, &self.pace, judge, budget);
                self.frontier.give_back(ticket, open, &stuck, bounded);
            }
        }
        Left::Something
    }

    pub(super) fn progress(&self) -> Progress {
        let (nodes, open, least) = self.frontier.counts();
        Progress { proven: open == 0, lower_bound: f64::from(least), nodes, open }
    }
}

/// What became of parts.
pub(super) struct Bounded {
    pub(super) open: Vec<Part>,
    /// The bounds of those that cannot be split any further.
    pub(super) stuck: Vec<f32>,
}

impl ReluSearch {
    /// Bounds parts; closes those that are proven, proposes inputs, and says where to split the others.
    pub(super) fn bound(&self, parts: &[Part], pace: &Pace, judge: &dyn Judge, budget: &Budget) -> Bounded {
        let climbed = self.bounding.climb(parts, pace, budget);
        let proven = self.bounding.prove(parts, &climbed);
        let open: Vec<usize> = (0..parts.len()).filter(|part| proven[*part] <= 0.0).collect();
        let mut result = Bounded { open: Vec::with_capacity(open.len()), stuck: Vec::new() };
        if open.is_empty() {
            return result;
        }
        let (values, inputs) = self.bounding.values(&climbed, &open);
        for (value, input) in values.iter().zip(inputs.rows()) {
            if *value <= self.bounding.goal && judge.propose(input.mapv(f64::from).view()) {
                break;
            }
        }
        let next = self.bounding.next(parts, &climbed, &open, budget);
        for (part, next) in open.iter().zip(next) {
            match next {
                Some(part) => result.open.push(part),
                None => result.stuck.push(climbed.reached[*part].bound),
            }
        }
        result
    }
}
