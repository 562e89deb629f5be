//! What the solves of one question cost together.

use std::time::Duration;

use solver_api::Outcome;

/// What solves have cost.
#[derive(Default)]
pub(super) struct Cost {
    pub(super) wall_time: Duration,
    pub(super) nodes: Option<u64>,
    pub(super) solves: usize,
}

impl Cost {
    pub(super) fn add(&mut self, outcome: &Outcome) {
        let statistics = &outcome.statistics;
        self.wall_time += statistics.wall_time;
        self.nodes = match (self.solves, self.nodes, statistics.nodes) {
            (0, _, nodes) => nodes,
            (_, Some(earlier), Some(nodes)) => Some(earlier + nodes),
            _ => None,
        };
        self.solves += 1;
    }
}
