//! The climb: which slopes each function ends with.

use ndarray::{Array1, Array2, ArrayView2};
use nn_core::Scalar;
use solver_api::Budget;

use super::AlphaCrown;
use super::adam::ProjectedAdam;
use super::relaxed::{Functions, Minima, RelaxedNetwork};

/// What the functions' bounds are wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// Themselves.
    Bounds,
    /// The second half of the functions are the negations of the first: whether any of a pair has a bound above zero.
    SignsOfPairs,
}

/// By which share of its first value a bound has to improve to count as progress, and to pass zero to have a sign
/// beyond rounding.
const SHARE: f64 = 1e-3;

/// For every function the slopes with the greatest bound that were met, (functions, open neurons).
pub(super) fn best_slopes<T: Scalar>(
    settings: &AlphaCrown,
    relaxed: &RelaxedNetwork<T>,
    functions: ArrayView2<'_, f64>,
    start: &Array1<f64>,
    goal: Goal,
    budget: &Budget,
) -> Array2<f64> {
    let mut climb = Climb::new(relaxed, functions, start);
    let mut learning_rate = settings.learning_rate;
    // One evaluation more than steps: the last step's slopes count as well.
    for remaining in (0..=settings.iterations).rev() {
        if relaxed.neurons().count() == 0 || climb.active.is_empty() || budget.is_exhausted() {
            break;
        }
        let minima = relaxed.minima(climb.functions.clone(), climb.adam.variables());
        climb.record(&minima);
        if remaining > 0 {
            let minima = climb.drop_finished(minima, goal, settings.patience);
            let derivatives = relaxed.derivatives(&minima, climb.adam.variables());
            climb.adam.step(&derivatives, learning_rate);
            learning_rate *= settings.decay;
        }
    }
    climb.best
}

/// The functions that still climb, and what all of them have reached.
struct Climb<T> {
    /// Which functions the rows of `functions` and `adam` are.
    active: Vec<usize>,
    functions: Functions<T>,
    adam: ProjectedAdam<T>,
    progress: Vec<Progress>,
    best: Array2<f64>,
}

/// How far one function has come.
#[derive(Clone, Copy)]
struct Progress {
    best: f64,
    /// `SHARE` of its first value.
    share: f64,
    /// The best bound when it last counted as progress, and how many evaluations ago that was.
    mark: f64,
    since: usize,
}

impl<T: Scalar> Climb<T> {
    fn new(relaxed: &RelaxedNetwork<T>, functions: ArrayView2<'_, f64>, start: &Array1<f64>) -> Self {
        let count = functions.nrows();
        let least = relaxed.neurons().least_slopes().mapv(T::from_f64);
        let nothing = Progress { best: f64::NEG_INFINITY, share: 0.0, mark: f64::NEG_INFINITY, since: 0 };
        Self {
            active: (0..count).collect(),
            functions: relaxed.functions(functions),
            adam: ProjectedAdam::new(count, &start.mapv(T::from_f64), least),
            progress: vec![nothing; count],
            best: start.broadcast((count, start.len())).expect("a row can be repeated").to_owned(),
        }
    }

    fn record(&mut self, minima: &Minima<T>) {
        for ((function, bound), slopes) in
            self.active.iter().zip(&minima.bounds).zip(self.adam.variables().rows())
        {
            if self.progress[*function].record(bound.as_f64()) {
                self.best.row_mut(*function).zip_mut_with(&slopes, |best, slope| *best = slope.as_f64());
            }
        }
    }

    /// Stops functions that have reached the goal or get no further.
    fn drop_finished(&mut self, minima: Minima<T>, goal: Goal, patience: usize) -> Minima<T> {
        let pairs = self.progress.len() / 2;
        let has_sign = |function: usize| {
            goal == Goal::SignsOfPairs
                && [function, (function + pairs) % (2 * pairs)]
                    .iter()
                    .any(|one| self.progress[*one].is_positive())
        };
        let goes_on = |function: usize| self.progress[function].since < patience && !has_sign(function);
        let rows: Vec<usize> = (0..self.active.len()).filter(|row| goes_on(self.active[*row])).collect();
        if rows.len() == self.active.len() {
            return minima;
        }
        self.active = rows.iter().map(|row| self.active[*row]).collect();
        self.functions = self.functions.select(&rows);
        self.adam.keep(&rows);
        minima.select(&rows)
    }
}

impl Progress {
    /// Whether a bound is the best so far; one that is not a number is not.
    fn record(&mut self, bound: f64) -> bool {
        if self.share == 0.0 {
            self.share = SHARE * bound.abs();
        }
        self.since += 1;
        let better = bound > self.best;
        if better {
            self.best = bound;
        }
        if self.best > self.mark + self.share {
            (self.mark, self.since) = (self.best, 0);
        }
        better
    }

    fn is_positive(&self) -> bool {
        self.best > self.share
    }
}
