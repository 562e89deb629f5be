//! The open nodes of a search tree.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

use super::branching::Branch;
use crate::neurons::Assumed;

/// A part of the input set that is still to be searched.
#[derive(Clone, Debug)]
pub(super) struct OpenNode {
    /// A proven lower bound over it.
    pub(super) bound: f64,
    /// What it assumes of the neurons.
    pub(super) assumed: Vec<Assumed>,
    /// The basis in which its parent's linear program ended.
    pub(super) basis: Vec<usize>,
    /// How many assumptions lead to it.
    pub(super) depth: usize,
    /// The last of them, with what it was expected to change; none at the root.
    pub(super) branch: Option<Branch>,
}

/// Open nodes: those that came last, as long as they are few, since a linear program is short after one from nearby; then
/// that of the lowest bound. Without room for more the deepest one comes next, so that there are hardly more nodes than the
/// tree is deep.
#[derive(Debug)]
pub(super) struct Frontier {
    /// The last ones, the last at the end.
    nearby: VecDeque<OpenNode>,
    by_bound: BinaryHeap<ByBound>,
    /// Those that came when there was no more room.
    deep: Vec<OpenNode>,
    room: usize,
}

/// How many nodes count as nearby.
const MOST_NEARBY: usize = 8;

#[derive(Debug)]
struct ByBound(OpenNode);

impl Frontier {
    /// For so many nodes, and a few more.
    pub(super) fn with_room(room: usize) -> Self {
        Self { nearby: VecDeque::new(), by_bound: BinaryHeap::new(), deep: Vec::new(), room }
    }

    pub(super) fn push(&mut self, node: OpenNode) {
        self.nearby.push_back(node);
        if self.nearby.len() <= MOST_NEARBY {
            return;
        }
        let Some(node) = self.nearby.pop_front() else { return };
        if self.by_bound.len() < self.room {
            self.by_bound.push(ByBound(node));
        } else {
            self.deep.push(node);
        }
    }

    pub(super) fn pop(&mut self) -> Option<OpenNode> {
        let nearby = self.nearby.pop_back().or_else(|| self.deep.pop());
        nearby.or_else(|| self.by_bound.pop().map(|node| node.0))
    }

    /// The lowest bound of any open node; infinite where there is none.
    pub(super) fn least_bound(&self) -> f64 {
        let best = self.by_bound.peek().map_or(f64::INFINITY, |node| node.0.bound);
        self.nearby.iter().chain(&self.deep).map(|node| node.bound).fold(best, f64::min)
    }
}

impl Ord for ByBound {
    /// The greatest has the lowest bound; of equals it is the deepest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.bound.total_cmp(&self.0.bound).then(self.0.depth.cmp(&other.0.depth))
    }
}

impl PartialOrd for ByBound {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ByBound {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for ByBound {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_come_first_and_then_the_lowest_bound_until_there_is_no_more_room() {
        let mut frontier = Frontier::with_room(3);
        let last = (0..MOST_NEARBY).map(|depth| (9.0, depth));
        let all = [(2.0, 1), (1.0, 1), (1.0, 2), (0.5, 3), (3.0, 4)].into_iter().chain(last.clone());
        for (bound, depth) in all {
            frontier.push(OpenNode { bound, assumed: Vec::new(), basis: Vec::new(), depth, branch: None });
        }
        assert_eq!(frontier.least_bound(), 0.5);
        let order = std::iter::from_fn(|| frontier.pop()).map(|node| (node.bound, node.depth));
        let order: Vec<(f64, usize)> = order.collect();
        let (nearby, others) = order.split_at(MOST_NEARBY);
        assert!(nearby.iter().copied().eq(last.rev()));
        assert_eq!(others, [(3.0, 4), (0.5, 3), (1.0, 2), (1.0, 1), (2.0, 1)]);
        assert_eq!(frontier.least_bound(), f64::INFINITY);
    }
}
