//! Ranges of neurons proven by several threads: who needs them cuts the work into jobs, and whoever has nothing better to do
//! takes one.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use milp_encode::bounds::{BoundsError, LiveNetwork, NodeBounds, Place, Tightening, Wanted};
use ndarray::{Array1, ArrayView2};
use solver_api::Budget;

use super::refine::{BranchedBounds, Stop, of_elements};

/// Work that waits for somebody.
#[derive(Default)]
pub(super) struct Jobs {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    /// Lower bounds of the elements of a job, and of their negations, by the job's number.
    done: Vec<(usize, Vec<f64>)>,
}

/// Some elements of a node, to be bounded on both sides.
struct Job {
    number: usize,
    method: BranchedBounds,
    /// The network up to the node.
    live: Arc<LiveNetwork>,
    elements: Vec<usize>,
    stop: Stop,
}

/// Branched bounds whose work others may share.
pub(super) struct WithHelp<'j> {
    pub(super) method: BranchedBounds,
    pub(super) jobs: &'j Jobs,
}

/// Elements of a job: enough for products of matrices, and few enough for helpers to be of use.
const ELEMENTS: usize = 32;

/// How long one waits for others before looking at the budget again.
const PATIENCE: Duration = Duration::from_millis(5);

impl Jobs {
    /// Does one job, where there is one.
    pub(super) fn help(&self, budget: &Budget) -> bool {
        let Some(job) = self.lock().waiting.pop_front() else { return false };
        let functions = of_elements(job.live.network().output_shape().element_count(), &job.elements);
        let bounds = job.method.bound(&job.live, functions, job.stop, budget);
        self.lock().done.push((job.number, bounds));
        self.changed.notify_all();
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tightening for WithHelp<'_> {
    fn name(&self) -> &'static str {
        self.method.name()
    }

    fn is_search(&self) -> bool {
        self.method.is_search()
    }

    fn lower_bounds(
        &self,
        place: Place<'_>,
        functions: ArrayView2<'_, f64>,
        budget: &Budget,
    ) -> Result<Array1<f64>, BoundsError> {
        self.method.lower_bounds(place, functions, budget)
    }

    fn ranges(
        &self,
        place: Place<'_>,
        elements: &[usize],
        wanted: Wanted,
        budget: &Budget,
    ) -> Result<NodeBounds, BoundsError> {
        let live = Arc::new(LiveNetwork::of_node(place));
        let job = |(number, elements): (usize, &[usize])| Job {
            number,
            method: self.method,
            live: Arc::clone(&live),
            elements: elements.to_vec(),
            stop: Stop::for_wanted(wanted),
        };
        let jobs: Vec<Job> = elements.chunks(ELEMENTS).enumerate().map(job).collect();
        let count = jobs.len();
        self.jobs.lock().waiting.extend(jobs);
        while self.jobs.help(budget) {}
        let mut lower = Array1::from_elem(elements.len(), f64::NEG_INFINITY);
        let mut upper = Array1::from_elem(elements.len(), f64::INFINITY);
        let mut state = self.jobs.lock();
        while state.done.len() < count {
            // Who took a job looks at its own budget, which ends with this one or not long after.
            let waited = self.jobs.changed.wait_timeout(state, PATIENCE);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        for (number, bounds) in state.done.drain(..) {
            for (place, pair) in bounds.chunks_exact(2).enumerate() {
                lower[number * ELEMENTS + place] = pair[0];
                upper[number * ELEMENTS + place] = -pair[1];
            }
        }
        Ok(NodeBounds::new(lower, upper))
    }
}
