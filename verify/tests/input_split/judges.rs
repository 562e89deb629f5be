//! Judges, and whole searches under them.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use milp_encode::property::{Conjunction, InputSet};
use ndarray::ArrayView1;
use nn_core::Network;
use solver_api::Budget;
use verify::{Engine, Judge, Progress, Question};

/// How a search ended.
#[derive(Debug)]
pub(crate) struct Ending {
    pub(crate) found: bool,
    pub(crate) progress: Progress,
}

/// Believes what the network computes in f64, at inputs that lie in the set to the last bit.
pub(crate) struct Exact<'a> {
    pub(crate) question: Question<'a>,
    pub(crate) found: AtomicBool,
}

impl Judge for Exact<'_> {
    fn propose(&self, input: ArrayView1<'_, f64>) -> bool {
        assert!(self.question.input.sides().contains(input), "{input} is proposed outside the box");
        let output = self.question.network.forward_one(input);
        let holds = |conjunction: &Conjunction| {
            conjunction.0.iter().all(|function| function.value(output.view()) <= 0.0)
        };
        if self.question.input.contains_exactly(input) && self.question.unsafe_outputs.iter().any(holds) {
            self.found.store(true, Ordering::Relaxed);
        }
        self.is_satisfied()
    }

    fn is_satisfied(&self) -> bool {
        self.found.load(Ordering::Relaxed)
    }
}

/// Finds no input good enough, and ends the search when it was asked whether to go on so often.
pub(crate) struct Impatient(pub(crate) AtomicUsize);

impl Judge for Impatient {
    fn propose(&self, _: ArrayView1<'_, f64>) -> bool {
        false
    }

    fn is_satisfied(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err()
    }
}

/// A whole search by so many threads.
pub(crate) fn decide(
    engine: &dyn Engine,
    network: &Network<f64>,
    input: &InputSet,
    unsafe_outputs: &[Conjunction],
    threads: usize,
) -> Ending {
    let question = Question { network, input, unsafe_outputs };
    let search = engine.open(question, &Budget::unlimited()).unwrap();
    let judge = Exact { question, found: AtomicBool::new(false) };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| search.work(&judge, &Budget::unlimited()).unwrap());
        }
    });
    Ending { found: judge.is_satisfied(), progress: search.progress() }
}
