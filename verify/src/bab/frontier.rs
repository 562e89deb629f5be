//! The open nodes of a search tree.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::branching::Branch;
use super::neurons::Assumed;

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

/// Open nodes: that of the lowest bound comes next, as long as there is room for more; then the deepest one, so that
/// there are hardly more nodes than the tree is deep.
#[derive(Debug)]
pub(super) struct Frontier {
    by_bound: BinaryHeap<ByBound>,
    /// Those that came when there was no more room.
    deep: Vec<OpenNode>,
    room: usize,
}

#[derive(Debug)]
struct ByBound(OpenNode);

impl Frontier {
    /// For so many nodes, and a few more.
    pub(super) fn with_room(room: usize) -> Self {
        Self { by_bound: BinaryHeap::new(), deep: Vec::new(), room }
    }

    pub(super) fn push(&mut self, node: OpenNode) {
        if self.by_bound.len() < self.room {
            self.by_bound.push(ByBound(node));
        } else {
            self.deep.push(node);
        }
    }

    pub(super) fn pop(&mut self) -> Option<OpenNode> {
        self.deep.pop().or_else(|| self.by_bound.pop().map(|node| node.0))
    }

    /// The lowest bound of any open node; infinite where there is none.
    pub(super) fn least_bound(&self) -> f64 {
        let best = self.by_bound.peek().map_or(f64::INFINITY, |node| node.0.bound);
        self.deep.iter().map(|node| node.bound).fold(best, f64::min)
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
    fn the_lowest_bound_comes_first_until_there_is_no_more_room() {
        let mut frontier = Frontier::with_room(3);
        for (bound, depth) in [(2.0, 1), (1.0, 1), (1.0, 2), (0.5, 3), (3.0, 4)] {
            frontier.push(OpenNode { bound, assumed: Vec::new(), basis: Vec::new(), depth, branch: None });
        }
        assert_eq!(frontier.least_bound(), 0.5);
        let order: Vec<_> =
            std::iter::from_fn(|| frontier.pop()).map(|node| (node.bound, node.depth)).collect();
        assert_eq!(order, [(3.0, 4), (0.5, 3), (1.0, 2), (1.0, 1), (2.0, 1)]);
        assert_eq!(frontier.least_bound(), f64::INFINITY);
    }
}
