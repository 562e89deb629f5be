//! What bounds and values say about one part of the input box.

use super::candidates::{Candidate, best_candidate};
use super::functions::{Open, bound_backwards, bound_forwards};
use super::narrow::{self, Condition, Ends};
use super::neurons::{Purpose, bound_neurons};
use super::part::Part;
use super::problem::Problem;
use super::workspace::Workspace;

/// What became of a part.
#[derive(Debug)]
pub(super) struct Examined {
    pub(super) rest: Rest,
    /// The least bound of all that was refuted.
    pub(super) refuted: f64,
    pub(super) candidate: Candidate,
}

/// What may still hold a counterexample.
#[derive(Debug)]
pub(super) enum Rest {
    /// These parts, or none.
    Parts(Vec<Part>),
    /// Something that is too small to be cut, with this bound.
    Stuck(f64),
}

/// What is known of the greatest function where conditions exclude a counterexample, be it together.
const JUST_POSITIVE: f64 = f64::MIN_POSITIVE;

/// As much of its volume has to be cut off for a part to be bounded again before it is split.
const WORTH_ANOTHER_LOOK: f64 = 0.7;

/// Bounds a part, cuts off what cannot hold a counterexample, and halves what is left.
pub(super) fn examine(problem: &Problem, mut part: Part, workspace: &mut Workspace) -> Examined {
    workspace.sides.write(&part.lower, &part.upper);
    bound_neurons(problem, Purpose::Proof, workspace);
    let mut refuted = f64::INFINITY;
    let mut open = bound_forwards(problem, &part, workspace, &mut refuted);
    bound_backwards(problem, workspace, &mut open, &mut refuted);
    let candidate = best_candidate(problem, workspace, &part, &open);
    let Some(ends) = narrow_all(problem, workspace, &mut open, &mut refuted) else {
        return Examined { rest: Rest::Parts(Vec::new()), refuted, candidate };
    };
    let shares = narrow::apply(&ends, &workspace.sides, &mut part.lower, &mut part.upper);
    if shares.iter().any(|share| *share < 1.0) {
        refuted = refuted.min(JUST_POSITIVE);
    }
    part.bound = open.iter().map(|open| open.bound).fold(f64::INFINITY, f64::min).max(part.bound);
    part.value = candidate.value;
    part.open = open.iter().map(|open| open.conjunction).collect();
    if shares.iter().product::<f64>() < 1.0 - WORTH_ANOTHER_LOOK {
        return Examined { rest: Rest::Parts(vec![part]), refuted, candidate };
    }
    score_inputs(problem, workspace, &open, &shares);
    let bound = part.bound;
    let halves = part.halves(&workspace.scores);
    let rest = halves.map_or(Rest::Stuck(bound), |halves| Rest::Parts(halves.into()));
    Examined { rest, refuted, candidate }
}

/// The ranges that the conditions of some conjunction leave; `None` where there are none.
fn narrow_all(
    problem: &Problem,
    workspace: &Workspace,
    open: &mut Vec<Open>,
    refuted: &mut f64,
) -> Option<Ends> {
    let input_conditions: Vec<Condition> = problem.input_conditions(&workspace.sides).collect();
    let mut joined: Option<Ends> = None;
    open.retain_mut(|open| {
        open.conditions.extend(input_conditions.iter().cloned());
        match (narrow::narrowed(&open.conditions, problem.input_count()), &mut joined) {
            (None, _) => {
                *refuted = refuted.min(JUST_POSITIVE);
                return false;
            }
            (Some(ends), Some(joined)) => narrow::join(joined, &ends),
            (Some(ends), None) => joined = Some(ends),
        }
        true
    });
    joined
}

/// How much of the functions' uncertainty comes from each input's width.
fn score_inputs(problem: &Problem, workspace: &mut Workspace, open: &[Open], shares: &[f64]) {
    let Workspace { zonotope, scores, .. } = workspace;
    scores.clear();
    scores.resize(problem.input_count(), 0.0);
    for open in open {
        for function in problem.conjunctions[open.conjunction].clone() {
            zonotope.charge_origins(function, scores);
        }
    }
    if scores.iter().all(|score| *score == 0.0) {
        // Linear throughout: nothing but the conditions' own slopes is left.
        for condition in open.iter().flat_map(|open| &open.conditions) {
            scores.iter_mut().zip(&condition.gradient).for_each(|(score, g)| *score += g.abs());
        }
    }
    scores.iter_mut().zip(shares).for_each(|(score, share)| *score *= share);
}
