//! The climb: variables that make bounds greater, many functions at once.

use ndarray::Array2;
use solver_api::Budget;

use super::lines::Split;
use super::relaxed::{Forward, Pass, Relaxed, Rows, stretch, stretch_mut};

/// How a climb goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// The most steps.
    pub(super) iterations: usize,
    /// How far a slope moves in the first step, and by what this shrinks from step to step.
    pub(super) slope_rate: f32,
    /// How far a split's multiplier moves in the first step, in units of its layer's coefficients.
    pub(super) multiplier_rate: f32,
    pub(super) decay: f32,
    pub(super) hints: Hints,
}

/// For which bounds multipliers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hints {
    /// Those above the goal.
    AboveGoal,
    /// All.
    All,
}

/// What a row has reached.
#[derive(Clone, Debug)]
pub(super) struct Reached {
    /// The greatest bound that was met.
    pub(super) bound: f32,
    /// The variables that gave it.
    pub(super) variables: Vec<f32>,
    /// The multipliers that prove it, where they were to be kept.
    pub(super) multipliers: Option<Vec<f32>>,
    /// What the steps went through on average.
    pub(super) mean: Mean,
}

/// Averages over the steps of a climb: near a least point of the relaxation, as those of subgradient methods are.
///
/// Source: Sherali and Choi, "Recovery of primal solutions when using subgradient optimization methods to solve Lagrangian
/// duals of linear programs", 1996.
#[derive(Clone, Debug, Default)]
pub(super) struct Mean {
    /// The input.
    pub(super) input: Vec<f32>,
    /// Of every neuron.
    pub(super) pre_activations: Vec<f32>,
    pub(super) values: Vec<f32>,
    steps: u32,
}

/// How much of the gradient's running mean and of its square's a step keeps (Kingma and Ba, "Adam", 2015).
const KEPT: [f32; 2] = [0.9, 0.999];

/// Climbs with all rows; one that reaches the goal leaves the others alone.
pub(super) fn climb(relaxed: &Relaxed, rows: Rows, goal: f32, pace: &Pace, budget: &Budget) -> Vec<Reached> {
    let neurons = relaxed.neurons();
    let nothing = |row| Reached {
        bound: f32::NEG_INFINITY,
        variables: rows.variables.row(row).to_vec(),
        multipliers: None,
        mean: Mean::default(),
    };
    let mut reached: Vec<Reached> = (0..rows.len()).map(nothing).collect();
    let mut active: Vec<usize> = (0..rows.len()).collect();
    let shape = rows.variables.dim();
    let mut adam = Adam { mean: Array2::zeros(shape), square: Array2::zeros(shape), steps: 0 };
    let mut rows = rows;
    let mut rates = [pace.slope_rate, pace.multiplier_rate];
    for remaining in (0..=pace.iterations).rev() {
        let pass = relaxed.backward(&rows);
        for (position, row) in active.iter().enumerate() {
            let reached = &mut reached[*row];
            if pass.bounds[position] > reached.bound {
                reached.bound = pass.bounds[position];
                reached.variables.copy_from_slice(stretch(&rows.variables, position, 0..neurons.count()));
                if reached.bound > goal || pace.hints == Hints::All {
                    reached.multipliers = Some(relaxed.multipliers(&rows, &pass, position));
                }
            }
        }
        let goes_on = |position: &usize| reached[active[*position]].bound <= goal;
        let kept: Vec<usize> = (0..active.len()).filter(goes_on).collect();
        if kept.is_empty() || remaining == 0 {
            break;
        }
        let pass = if kept.len() < active.len() {
            active = kept.iter().map(|position| active[*position]).collect();
            rows = rows.select(&kept);
            adam.keep(&kept);
            pass.select(&kept)
        } else {
            pass
        };
        let forward = relaxed.forward(&rows, &pass);
        for (position, row) in active.iter().enumerate() {
            reached[*row].mean.add(&pass, &forward, position);
        }
        adam.step(relaxed, &mut rows, &forward, rates);
        rates = rates.map(|rate| rate * pace.decay);
        if budget.is_exhausted() {
            break;
        }
    }
    reached
}

struct Adam {
    mean: Array2<f32>,
    square: Array2<f32>,
    steps: i32,
}

impl Adam {
    fn keep(&mut self, rows: &[usize]) {
        self.mean = self.mean.select(ndarray::Axis(0), rows);
        self.square = self.square.select(ndarray::Axis(0), rows);
    }

    /// One step uphill, back into the ranges that variables have.
    fn step(
        &mut self,
        relaxed: &Relaxed,
        rows: &mut Rows,
        forward: &Forward,
        [slope_rate, multiplier_rate]: [f32; 2],
    ) {
        self.steps += 1;
        let (neurons, lines) = (relaxed.neurons(), relaxed.lines());
        let unbiased = KEPT.map(|kept| 1.0 / (1.0 - kept.powi(self.steps)));
        for row in 0..rows.len() {
            let all = 0..neurons.count();
            let variables = stretch_mut(&mut rows.variables, row, all.clone());
            let mean = stretch_mut(&mut self.mean, row, all.clone());
            let square = stretch_mut(&mut self.square, row, all.clone());
            let derivatives = stretch(&forward.derivatives, row, all);
            let before = |split: &Split| variables[split.neuron as usize];
            let multipliers: Vec<f32> = rows.splits[row].iter().map(before).collect();
            let limits = [lines.least_slope.as_slice(), lines.greatest_slope.as_slice()];
            step_all([mean, square, variables], derivatives, limits, slope_rate * unbiased[0], unbiased[1]);
            for (split, multiplier) in rows.splits[row].iter().zip(multipliers) {
                let place = split.neuron as usize;
                let length = (square[place] * unbiased[1]).sqrt() + f32::MIN_POSITIVE;
                let step = multiplier_rate * unbiased[0] * mean[place] / length;
                variables[place] = (multiplier + step).max(0.0);
            }
        }
    }
}

fn step_all(
    [mean, square, variables]: [&mut [f32]; 3],
    derivatives: &[f32],
    [least, greatest]: [&[f32]; 2],
    rate: f32,
    square_share: f32,
) {
    let [kept, kept_square] = KEPT;
    pulp::Arch::new().dispatch(|| {
        let count = variables.len();
        let (mean, square, derivatives) = (&mut mean[..count], &mut square[..count], &derivatives[..count]);
        let (least, greatest) = (&least[..count], &greatest[..count]);
        for i in 0..count {
            let derivative = derivatives[i];
            mean[i] = kept * mean[i] + (1.0 - kept) * derivative;
            square[i] = kept_square * square[i] + (1.0 - kept_square) * derivative * derivative;
            let length = (square[i] * square_share).sqrt() + f32::MIN_POSITIVE;
            variables[i] = (variables[i] + rate * mean[i] / length).max(least[i]).min(greatest[i]);
        }
    });
}

impl Mean {
    /// One step more; older ones fade.
    fn add(&mut self, pass: &Pass, forward: &Forward, row: usize) {
        self.steps += 1;
        #[allow(clippy::cast_precision_loss)]
        let share = (1.0 / self.steps as f32).max(LEAST_SHARE);
        let parts = [
            (&mut self.input, &pass.corners),
            (&mut self.pre_activations, &forward.pre_activations),
            (&mut self.values, &forward.values),
        ];
        for (mean, new) in parts {
            let new = stretch(new, row, 0..new.ncols());
            mean.resize(new.len(), 0.0);
            move_towards(mean, new, share);
        }
    }
}

/// What the last step's share in an average is, at least.
const LEAST_SHARE: f32 = 0.1;

fn move_towards(mean: &mut [f32], new: &[f32], share: f32) {
    pulp::Arch::new().dispatch(|| {
        for (mean, new) in mean.iter_mut().zip(new) {
            *mean += share * (new - *mean);
        }
    });
}

impl Pass {
    /// That of some of the rows.
    fn select(&self, rows: &[usize]) -> Self {
        Self {
            bounds: rows.iter().map(|row| self.bounds[*row]).collect(),
            met: self.met.select(ndarray::Axis(0), rows),
            corners: self.corners.select(ndarray::Axis(0), rows),
        }
    }
}
