//! Which neuron a part is split on: reliability branching.
//!
//! Gains that a neuron's splits have had elsewhere say what one will have here. Where there were too few, the bounds of both
//! halves are climbed for a few steps, for those neurons that look best. Source: Achterberg, Koch and Martin, "Branching
//! rules revisited", 2005.

use std::collections::BTreeMap;

use ndarray::{Array2, Axis};
use solver_api::Budget;

use super::climb::{Hints, Mean, Pace, climb};
use super::gains::{Gain, Gains, Seen};
use super::lines::{Sign, Split};
use super::relaxed::{Relaxed, Rows};

/// How many neurons are looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct LookAhead {
    /// How many each of two orders proposes.
    pub(super) neurons: usize,
    /// Twice as many where one split less was made, so many times.
    pub(super) first_doublings: usize,
}

/// The smallest improvement that counts, as a share of what is missing.
const LEAST_SHARE: f32 = 1e-3;

/// Rows whose halves are bounded together.
const ROWS_TOGETHER: usize = 256;

/// How far a look ahead climbs.
const GLANCE: Pace =
    Pace { iterations: 6, slope_rate: 0.2, multiplier_rate: 0.5, decay: 0.8, hints: Hints::AboveGoal };

/// A row that is to be split.
#[derive(Clone, Copy)]
pub(super) struct Looked<'a> {
    /// Which function it bounds.
    pub(super) function: usize,
    pub(super) bound: f32,
    /// About where the relaxation is least.
    pub(super) mean: &'a Mean,
}

/// A neuron to be split, and by how much the assumptions of its sign are violated: active, then inactive.
#[derive(Clone, Copy, Debug)]
pub(super) struct Next {
    pub(super) neuron: usize,
    pub(super) violations: [f32; 2],
}

/// For every row the open neuron to split next; none where all are split.
pub(super) fn choose(
    relaxed: &Relaxed,
    gains: &Gains,
    look_ahead: LookAhead,
    rows: &Rows,
    looked: &[Looked<'_>],
    goal: f32,
    budget: &Budget,
) -> Vec<Option<Next>> {
    let open = relaxed.neurons().open();
    let mut seen: BTreeMap<usize, Seen> = BTreeMap::new();
    for row in looked {
        seen.entry(row.function).or_insert_with(|| gains.of(row.function));
    }
    let mut chosen: Vec<Option<Next>> = vec![None; rows.len()];
    let mut best = vec![f32::NEG_INFINITY; rows.len()];
    let mut tried: Vec<(usize, Next)> = Vec::new();
    for (row, looked) in looked.iter().enumerate() {
        let seen = &seen[&looked.function];
        let expected = |neuron: usize| {
            let violations = violations(looked.mean, neuron);
            let gains = seen.expected(neuron, violations);
            let missing = (goal - looked.bound).max(f32::MIN_POSITIVE);
            let greatest = (gains[0].max(gains[1]) / missing).min(1.0);
            (score(gains, looked.bound, goal), greatest, Next { neuron, violations })
        };
        let mut candidates: Vec<(f32, f32, Next)> = unsplit(open, &rows.splits[row]).map(expected).collect();
        let take = look_ahead.neurons << look_ahead.first_doublings.saturating_sub(rows.splits[row].len());
        if candidates.is_empty() {
            continue;
        }
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
        chosen[row] = Some(candidates[0].2);
        let mut looked_at: Vec<Next> = Vec::new();
        for by_side in [false, true] {
            if by_side {
                candidates.sort_by(|a, b| b.1.total_cmp(&a.1));
            }
            for (score, _, next) in candidates.iter().take(take) {
                if seen.is_reliable(next.neuron) {
                    if *score > best[row] {
                        (best[row], chosen[row]) = (*score, Some(*next));
                    }
                } else if !looked_at.iter().any(|other| other.neuron == next.neuron) {
                    looked_at.push(*next);
                }
            }
        }
        tried.extend(looked_at.into_iter().map(|next| (row, next)));
    }
    for tried in tried.chunks(ROWS_TOGETHER / 2) {
        if budget.is_exhausted() {
            break;
        }
        let splits = |(row, next): &(usize, Next)| {
            [(*row, next.neuron, Sign::Active), (*row, next.neuron, Sign::Inactive)]
        };
        let halves: Vec<(usize, usize, Sign)> = tried.iter().flat_map(splits).collect();
        let bounds = climb(relaxed, split_rows(rows, &halves), goal, &GLANCE, budget);
        for ((row, next), halves) in tried.iter().zip(bounds.chunks_exact(2)) {
            let Looked { function, bound, .. } = looked[*row];
            let found = [0, 1].map(|half| halves[half].bound - bound);
            gains.add([Sign::Active, Sign::Inactive].into_iter().enumerate().map(|(side, sign)| Gain {
                function,
                split: Split::new(next.neuron, sign),
                violation: next.violations[side],
                gain: found[side],
            }));
            let score = score(found, bound, goal);
            if score > best[*row] {
                (best[*row], chosen[*row]) = (score, Some(*next));
            }
        }
    }
    chosen
}

/// How good a split is that raises a bound by so much on either side; beyond the goal nothing is gained.
fn score(gains: [f32; 2], bound: f32, goal: f32) -> f32 {
    let missing = (goal - bound).max(f32::MIN_POSITIVE);
    gains.map(|gain| (gain / missing).clamp(LEAST_SHARE, 1.0)).iter().product()
}

/// By how much the assumptions that a neuron is active, or inactive, are violated.
fn violations(mean: &Mean, neuron: usize) -> [f32; 2] {
    let (value, pre_activation) = (mean.values[neuron], mean.pre_activations[neuron]);
    [(value - pre_activation).max(0.0), value.max(0.0)]
}

/// The open neurons without a split.
fn unsplit<'a>(open: &'a [usize], splits: &'a [Split]) -> impl Iterator<Item = usize> + 'a {
    let mut splits = splits.iter().map(|split| split.neuron as usize).peekable();
    open.iter().copied().filter(move |neuron| {
        while splits.next_if(|split| split < neuron).is_some() {}
        splits.peek() != Some(neuron)
    })
}

/// Rows with one split more each, whose multiplier is 0.
pub(super) fn split_rows(rows: &Rows, tried: &[(usize, usize, Sign)]) -> Rows {
    let sources: Vec<usize> = tried.iter().map(|(row, ..)| *row).collect();
    let mut halves = rows.select(&sources);
    for ((splits, mut variables), (_, neuron, sign)) in
        halves.splits.iter_mut().zip(halves.variables.axis_iter_mut(Axis(0))).zip(tried)
    {
        add_split(splits, *neuron, *sign);
        variables[*neuron] = 0.0;
    }
    halves
}

/// Puts a split where it belongs among others, which are sorted.
pub(super) fn add_split(splits: &mut Vec<Split>, neuron: usize, sign: Sign) {
    let split = Split::new(neuron, sign);
    let place = splits.partition_point(|other| other.neuron < split.neuron);
    splits.insert(place, split);
}

/// The rows' variables of open neurons, and back.
pub(super) fn open_variables(open: &[usize], variables: &[f32]) -> std::sync::Arc<[f32]> {
    open.iter().map(|neuron| variables[*neuron]).collect()
}

/// Variables of all neurons for rows whose open neurons have these.
pub(super) fn all_variables(start: &[f32], open: &[usize], rows: &[&[f32]]) -> Array2<f32> {
    let mut variables = Array2::zeros((rows.len(), start.len()));
    for (mut all, of_open) in variables.rows_mut().into_iter().zip(rows) {
        let all = all.as_slice_mut().expect("row-major");
        all.copy_from_slice(start);
        for (neuron, value) in open.iter().zip(of_open.iter()) {
            all[*neuron] = *value;
        }
    }
    variables
}
