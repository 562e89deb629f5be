//! Bounds of the functions that are asked for, over a part of the input box.

use std::ops::Range;

use super::narrow::Condition;
use super::pairs::best_mean;
use super::part::Part;
use super::problem::Problem;
use super::workspace::Workspace;
use super::zonotope::Zonotope;

/// A conjunction that may still be satisfied in the part.
pub(super) struct Open {
    pub(super) conjunction: usize,
    /// The greatest lower bound of one of its functions, or of a mean of two.
    pub(super) bound: f64,
    /// What its functions demand.
    pub(super) conditions: Vec<Condition>,
}

/// The conjunctions that the forms of their functions do not refute.
pub(super) fn bound_forwards(
    problem: &Problem,
    part: &Part,
    workspace: &Workspace,
    refuted: &mut f64,
) -> Vec<Open> {
    let (inputs, layer) = (problem.input_count(), problem.functions());
    let mut still_open = Vec::new();
    for conjunction in part.open.iter().copied() {
        let mut open = Open { conjunction, bound: f64::NEG_INFINITY, conditions: Vec::new() };
        for function in problem.conjunctions[conjunction].clone() {
            let form = workspace.zonotope.form(function);
            let (gradient, errors) = form[1..].split_at(inputs);
            let errors: f64 = errors.iter().map(|error| error.abs()).sum();
            open.demand(form[0] - errors - layer.slack[function], gradient.to_vec());
        }
        open.keep_or_close(&mut still_open, refuted);
    }
    still_open
}

/// Functions and means of two, taken back to the inputs.
pub(super) fn bound_backwards(
    problem: &Problem,
    workspace: &mut Workspace,
    open: &mut Vec<Open>,
    refuted: &mut f64,
) {
    let Workspace { arch, sides, zonotope, relaxed, backward, kinks, .. } = workspace;
    let (inputs, layer) = (problem.input_count(), problem.functions());
    backward.clear();
    // For every function, whose it is and its slack.
    let mut owners = Vec::new();
    for (owner, open) in open.iter().enumerate() {
        let functions = problem.conjunctions[open.conjunction].clone();
        for function in functions.clone() {
            backward.add(layer, &[(function, 1.0)]);
            owners.push((owner, layer.slack[function]));
        }
        if let Some([a, b]) = best_pair(zonotope, functions, kinks) {
            backward.add(layer, &[a, b]);
            owners.push((owner, a.1 * layer.slack[a.0] + b.1 * layer.slack[b.0]));
        }
    }
    backward.run(*arch, problem.hidden(), relaxed);
    for (place, (owner, slack)) in owners.into_iter().enumerate() {
        let (constant, coefficients) = backward.function(place, inputs);
        let center: f64 = coefficients.iter().zip(&sides.center).map(|(c, x)| c * x).sum();
        let gradient = coefficients.iter().zip(&sides.radius).map(|(c, r)| c * r).collect();
        open[owner].demand(constant + center - slack, gradient);
    }
    let mut still_open = Vec::with_capacity(open.len());
    open.drain(..).for_each(|open| open.keep_or_close(&mut still_open, refuted));
    *open = still_open;
}

/// The two functions whose best mean has the greatest bound, with their weights.
fn best_pair(
    zonotope: &Zonotope,
    functions: Range<usize>,
    kinks: &mut Vec<(f64, f64)>,
) -> Option<[(usize, f64); 2]> {
    let mut best = None;
    let mut greatest = f64::NEG_INFINITY;
    for a in functions.clone() {
        for b in functions.start..a {
            let (forms, centers) =
                ([zonotope.form(a), zonotope.form(b)], [zonotope.form(a)[0], zonotope.form(b)[0]]);
            if centers[0].max(centers[1]) <= 0.0 {
                continue;
            }
            let (weight, bound) = best_mean(forms[0], forms[1], kinks);
            if bound > greatest && 0.0 < weight && weight < 1.0 {
                greatest = bound;
                best = Some([(a, weight), (b, 1.0 - weight)]);
            }
        }
    }
    best
}

impl Open {
    /// One more condition, and the bound that it is.
    fn demand(&mut self, constant: f64, gradient: Vec<f64>) {
        let condition = Condition { constant, gradient };
        self.bound = self.bound.max(condition.bound());
        self.conditions.push(condition);
    }

    /// The condition with the greatest bound.
    pub(super) fn strongest(&self) -> Option<&Condition> {
        self.conditions.iter().max_by(|a, b| a.bound().total_cmp(&b.bound()))
    }

    fn keep_or_close(self, still_open: &mut Vec<Self>, refuted: &mut f64) {
        if self.bound > 0.0 {
            *refuted = refuted.min(self.bound);
        } else {
            still_open.push(self);
        }
    }
}
