//! The parts of the box that are still open, shared by all who work on them.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::branching::Next;
use super::lines::Split;

/// A part of the box on which a function may still be at most 0.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Which of the search's functions.
    pub(super) function: usize,
    /// What is assumed of neurons, sorted.
    pub(super) splits: Vec<Split>,
    /// The variables that gave its bound, of the open neurons only.
    pub(super) variables: Arc<[f32]>,
    /// A lower bound of the function, for the order of work only: nothing rests on it.
    pub(super) bound: f32,
    /// The neuron to split next; in a half, the one that was split last.
    pub(super) next: Option<Next>,
}

/// Open parts in the order of their bounds, the least first.
#[derive(Debug, Default)]
pub(super) struct Frontier {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    parts: BTreeMap<(OrderedBound, u64), Part>,
    /// About how many bytes the parts take.
    bytes: usize,
    pushed: u64,
    /// How many workers have parts.
    in_work: usize,
    /// Parts that cannot be split any further.
    stuck: usize,
    bounded: u64,
}

/// What a worker gets.
pub(super) enum Taken {
    /// These parts; [`Frontier::give_back`] has to follow.
    Parts(Vec<Part>, Ticket),
    /// Nothing now, but others are at work.
    Nothing,
    /// There is nothing left, here or with others.
    AllDone,
}

/// Who has parts owes an answer.
#[derive(Debug)]
pub(super) struct Ticket(());

#[derive(Clone, Copy, Debug, PartialEq)]
struct OrderedBound(f32);

/// How long a worker without work waits before it looks at its budget again.
const PATIENCE: Duration = Duration::from_millis(5);

impl Frontier {
    /// What the search begins with: open parts, and how many others cannot be split.
    pub(super) fn begin(&self, parts: Vec<Part>, stuck: usize) {
        let mut state = self.lock();
        parts.into_iter().for_each(|part| state.push(part));
        state.stuck += stuck;
    }

    /// Up to `most` parts: those of the least bounds, or once more than `most_bytes` are held, of the greatest, which
    /// need the fewest others.
    pub(super) fn take(&self, most: usize, most_bytes: usize) -> Taken {
        let mut state = self.lock();
        if state.parts.is_empty() {
            if state.in_work == 0 {
                return Taken::AllDone;
            }
            let waited = self.changed.wait_timeout(state, PATIENCE);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
            return Taken::Nothing;
        }
        // With few parts everybody shall get some.
        let count = most.min(state.parts.len().div_ceil(2));
        let full = state.bytes > most_bytes;
        let mut taken = Vec::with_capacity(count);
        for _ in 0..count {
            let next = if full { state.parts.pop_last() } else { state.parts.pop_first() };
            let Some((_, part)) = next else { break };
            state.bytes -= part.bytes();
            taken.push(part);
        }
        state.in_work += 1;
        Taken::Parts(taken, Ticket(()))
    }

    /// What became of parts that were taken: those that are still open, how many cannot be split, and how many were bounded.
    pub(super) fn give_back(&self, _: Ticket, open: Vec<Part>, stuck: usize, bounded: u64) {
        let mut state = self.lock();
        state.in_work -= 1;
        open.into_iter().for_each(|part| state.push(part));
        state.stuck += stuck;
        state.bounded += bounded;
        self.changed.notify_all();
    }

    /// How many parts were bounded, and how many are open.
    pub(super) fn counts(&self) -> (u64, usize) {
        let state = self.lock();
        (state.bounded, state.parts.len() + state.in_work + state.stuck)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A worker that panicked has parts that it will not bring back: the search stays open.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, part: Part) {
        self.bytes += part.bytes();
        self.pushed += 1;
        self.parts.insert((OrderedBound(part.bound), self.pushed), part);
    }
}

impl Part {
    fn bytes(&self) -> usize {
        // Two parts share their variables.
        size_of::<Self>()
            + self.splits.len() * size_of::<Split>()
            + self.variables.len() * size_of::<f32>() / 2
    }
}

impl Eq for OrderedBound {}

impl PartialOrd for OrderedBound {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for OrderedBound {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}
