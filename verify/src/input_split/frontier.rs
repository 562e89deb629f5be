//! The parts that wait, shared by all threads of a search.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::examine::Rest;
use super::part::Part;
use crate::Progress;

/// Parts that wait to be examined, and what became of the others.
///
/// The one with the lowest bound comes next: most can lie there, and the bound of all rises steadily. Without room for more
/// the last ones come first, so that hardly more are added than the tree is deep.
#[derive(Debug)]
pub(super) struct Frontier {
    state: Mutex<State>,
    changed: Condvar,
    room: usize,
}

#[derive(Debug)]
struct State {
    by_bound: BinaryHeap<ByBound>,
    deep: Vec<Part>,
    /// Bounds of the parts that threads are at work on.
    in_work: Vec<f64>,
    /// The least bound of all that was refuted.
    refuted: f64,
    /// Parts that could not be cut any further, and their least bound.
    stuck: usize,
    stuck_bound: f64,
    nodes: u64,
}

/// Parts that one thread has taken. What it does not deal with goes back when this is dropped.
#[derive(Debug)]
pub(super) struct Batch<'f> {
    frontier: &'f Frontier,
    waiting: Vec<Part>,
    taken: Vec<f64>,
    found: Findings,
}

/// What came of a batch.
#[derive(Debug)]
struct Findings {
    parts: Vec<Part>,
    refuted: f64,
    stuck: usize,
    stuck_bound: f64,
    nodes: u64,
}

/// What a thread gets that asks for work.
#[derive(Debug)]
pub(super) enum Work<'f> {
    Batch(Batch<'f>),
    /// Others are still at work, and may leave something.
    Later,
    /// Nothing waits, and nobody is at work.
    Nothing,
}

/// Parts that a thread takes at a time, at most.
const MOST_AT_ONCE: usize = 16;

/// How long a thread without work waits before it looks whether the search shall end.
const WAIT: Duration = Duration::from_millis(5);

#[derive(Debug)]
struct ByBound(Part);

impl Frontier {
    /// With room for so many parts, and a few more.
    pub(super) fn new(root: Option<Part>, room: usize) -> Self {
        let state = State {
            by_bound: root.into_iter().map(ByBound).collect(),
            deep: Vec::new(),
            in_work: Vec::new(),
            refuted: f64::INFINITY,
            stuck: 0,
            stuck_bound: f64::INFINITY,
            nodes: 0,
        };
        Self { state: Mutex::new(state), changed: Condvar::new(), room }
    }

    pub(super) fn take(&self) -> Work<'_> {
        let mut state = self.lock();
        let waiting = state.by_bound.len() + state.deep.len();
        if waiting == 0 && state.in_work.is_empty() {
            return Work::Nothing;
        }
        if waiting == 0 {
            let waited = self.changed.wait_timeout(state, WAIT);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
            return Work::Later;
        }
        // Others shall find something, too.
        let count = (waiting / 4).clamp(1, MOST_AT_ONCE);
        let mut parts: Vec<Part> = (0..count).filter_map(|_| state.pop()).collect();
        let taken: Vec<f64> = parts.iter().map(|part| part.bound).collect();
        state.in_work.extend(&taken);
        parts.reverse();
        Work::Batch(Batch { frontier: self, waiting: parts, taken, found: Findings::default() })
    }

    pub(super) fn progress(&self) -> Progress {
        let state = self.lock();
        let waiting = state.by_bound.iter().map(|part| part.0.bound);
        let waiting = waiting.chain(state.deep.iter().map(|part| part.bound));
        let open = state.by_bound.len() + state.deep.len() + state.in_work.len() + state.stuck;
        let open_bound = waiting.chain(state.in_work.iter().copied()).fold(state.stuck_bound, f64::min);
        Progress {
            proven: open == 0,
            lower_bound: if open == 0 { state.refuted } else { open_bound },
            nodes: state.nodes,
            open,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No thread leaves the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, part: Part, room: usize) {
        if self.by_bound.len() < room {
            self.by_bound.push(ByBound(part));
        } else {
            self.deep.push(part);
        }
    }

    fn pop(&mut self) -> Option<Part> {
        self.deep.pop().or_else(|| self.by_bound.pop().map(|part| part.0))
    }
}

impl Batch<'_> {
    /// The next part of the batch.
    pub(super) fn next(&mut self) -> Option<Part> {
        self.waiting.pop()
    }

    /// What was refuted of the part that came last has this bound, and there is this rest.
    pub(super) fn settle(&mut self, refuted: f64, rest: Rest) {
        self.found.nodes += 1;
        self.found.refuted = self.found.refuted.min(refuted);
        match rest {
            Rest::Parts(parts) => self.found.parts.extend(parts),
            Rest::Stuck(bound) => {
                self.found.stuck += 1;
                self.found.stuck_bound = self.found.stuck_bound.min(bound);
            }
        }
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let mut state = self.frontier.lock();
        for part in self.waiting.drain(..).chain(self.found.parts.drain(..)) {
            state.push(part, self.frontier.room);
        }
        for bound in &self.taken {
            let place = state.in_work.iter().position(|other| other.total_cmp(bound) == Ordering::Equal);
            state.in_work.swap_remove(place.expect("it was put there when it was taken"));
        }
        state.refuted = state.refuted.min(self.found.refuted);
        state.stuck += self.found.stuck;
        state.stuck_bound = state.stuck_bound.min(self.found.stuck_bound);
        state.nodes += self.found.nodes;
        drop(state);
        self.frontier.changed.notify_all();
    }
}

impl Default for Findings {
    fn default() -> Self {
        Self { parts: Vec::new(), refuted: f64::INFINITY, stuck: 0, stuck_bound: f64::INFINITY, nodes: 0 }
    }
}

impl Ord for ByBound {
    /// The greatest has the lowest bound.
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.bound.total_cmp(&self.0.bound)
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
