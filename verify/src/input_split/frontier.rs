//! The parts that wait, shared by all threads of a search.

use std::cmp::Ordering;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::examine::Rest;
use super::part::Part;
use super::waiting::{Order, Waiting};
use crate::Progress;

/// Parts that wait to be examined, and what became of the others.
///
/// Batches are taken in both orders by turns: neither alone finds all counterexamples soon.
#[derive(Debug)]
pub(super) struct Frontier {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    waiting: Waiting,
    /// In which order the next batch is taken.
    order: Order,
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
    order: Order,
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

impl Frontier {
    /// With room for so many parts, and a few more.
    pub(super) fn new(root: Option<Part>, room: usize) -> Self {
        let mut waiting = Waiting::with_room(room);
        root.into_iter().for_each(|root| waiting.push(root));
        let state = State {
            waiting,
            order: Order::LowestBound,
            in_work: Vec::new(),
            refuted: f64::INFINITY,
            stuck: 0,
            stuck_bound: f64::INFINITY,
            nodes: 0,
        };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    pub(super) fn take(&self) -> Work<'_> {
        let mut state = self.lock();
        let waiting = state.waiting.len();
        if waiting == 0 && state.in_work.is_empty() {
            return Work::Nothing;
        }
        if waiting == 0 {
            let waited = self.changed.wait_timeout(state, WAIT);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
            return Work::Later;
        }
        let order = state.order;
        state.order = match order {
            Order::LowestBound => Order::LowestValue,
            Order::LowestValue => Order::LowestBound,
        };
        // Others shall find something, too.
        let count = (waiting / 4).clamp(1, MOST_AT_ONCE);
        let mut parts: Vec<Part> = (0..count).filter_map(|_| state.waiting.pop(order)).collect();
        let taken: Vec<f64> = parts.iter().map(|part| part.bound).collect();
        state.in_work.extend(&taken);
        parts.reverse();
        Work::Batch(Batch { frontier: self, order, waiting: parts, taken, found: Findings::default() })
    }

    pub(super) fn progress(&self) -> Progress {
        let state = self.lock();
        let open = state.waiting.len() + state.in_work.len() + state.stuck;
        let waiting = state.waiting.iter().map(|part| part.bound);
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

impl Batch<'_> {
    /// In which its parts came.
    pub(super) fn order(&self) -> Order {
        self.order
    }

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
            state.waiting.push(part);
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
