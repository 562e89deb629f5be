//! What bounds and values say about one part of the input box.

use pulp::Arch;

use super::backward::Backward;
use super::narrow::{self, Condition, Ends};
use super::pairs::best_mean;
use super::part::{Part, Sides};
use super::points::Points;
use super::problem::Problem;
use super::relax::Relaxed;
use super::zonotope::Zonotope;

/// Room for the work of one thread.
#[derive(Debug)]
pub(super) struct Workspace {
    arch: Arch,
    sides: Sides,
    zonotope: Zonotope,
    /// One a hidden layer.
    relaxed: Vec<Relaxed>,
    backward: Backward,
    points: Points,
    kinks: Vec<(f64, f64)>,
    scores: Vec<f64>,
}

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

/// A point with the value of its most promising conjunction, which is at most 0 for a counterexample.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) value: f64,
    pub(super) point: Vec<f64>,
}

/// A conjunction that may still be satisfied in the part.
struct Open {
    conjunction: usize,
    /// The greatest lower bound of one of its functions, or of a mean of two.
    bound: f64,
    /// What its functions demand.
    conditions: Vec<Condition>,
}

/// What is known of the greatest function where conditions exclude a counterexample, be it together.
const JUST_POSITIVE: f64 = f64::MIN_POSITIVE;

/// As much of its volume has to be cut off for a part to be bounded again before it is split.
const WORTH_ANOTHER_LOOK: f64 = 0.7;

impl Workspace {
    pub(super) fn new(problem: &Problem) -> Self {
        // Each function of a conjunction, and one mean.
        let functions = problem.functions().outputs + problem.conjunctions.len();
        Self {
            arch: Arch::new(),
            sides: Sides::default(),
            zonotope: Zonotope::new(&problem.layers),
            relaxed: problem.hidden().iter().map(Relaxed::new).collect(),
            backward: Backward::new(&problem.layers, functions),
            points: Points::new(&problem.layers),
            kinks: Vec::new(),
            scores: Vec::new(),
        }
    }
}

/// Bounds a part, cuts off what cannot hold a counterexample, and halves what is left.
pub(super) fn examine(problem: &Problem, mut part: Part, workspace: &mut Workspace) -> Examined {
    workspace.sides.write(&part.lower, &part.upper);
    bound_neurons(problem, workspace);
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
    part.open = open.iter().map(|open| open.conjunction).collect();
    part.promise = candidate.value;
    if shares.iter().product::<f64>() < 1.0 - WORTH_ANOTHER_LOOK {
        return Examined { rest: Rest::Parts(vec![part]), refuted, candidate };
    }
    score_inputs(problem, workspace, &open, &shares);
    let bound = part.bound;
    let halves = part.halves(&workspace.scores);
    let rest = halves.map_or(Rest::Stuck(bound), |halves| Rest::Parts(halves.into()));
    Examined { rest, refuted, candidate }
}

/// Ranges of all neurons, and the forms of all functions.
fn bound_neurons(problem: &Problem, workspace: &mut Workspace) {
    let Workspace { arch, sides, zonotope, relaxed, .. } = workspace;
    zonotope.enter(&problem.layers[0], sides);
    for (position, (layer, relaxed)) in problem.hidden().iter().zip(relaxed).enumerate() {
        zonotope.write_ranges(*arch, layer, relaxed);
        relaxed.draw_lines(layer.slope);
        zonotope.rectify(relaxed);
        zonotope.pass(*arch, &problem.layers[position + 1], &relaxed.live);
    }
}

/// The conjunctions that the forms of their functions do not refute.
fn bound_forwards(problem: &Problem, part: &Part, workspace: &Workspace, refuted: &mut f64) -> Vec<Open> {
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
fn bound_backwards(problem: &Problem, workspace: &mut Workspace, open: &mut Vec<Open>, refuted: &mut f64) {
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
    functions: std::ops::Range<usize>,
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

/// The best of the part's center and of the corners where conditions are most nearly met.
fn best_candidate(problem: &Problem, workspace: &mut Workspace, part: &Part, open: &[Open]) -> Candidate {
    let Workspace { arch, sides, points, .. } = workspace;
    points.clear();
    points.add(sides.center.iter().copied());
    for condition in open.iter().flat_map(|open| &open.conditions) {
        let sides = condition.gradient.iter().zip(part.lower.iter().zip(&part.upper));
        points.add(sides.map(|(g, (lower, upper))| if *g >= 0.0 { *lower } else { *upper }));
    }
    points.run(*arch, &problem.layers);
    let value = |point: usize| {
        let values = points.values(point);
        let greatest = |functions: &std::ops::Range<usize>| {
            values[functions.clone()].iter().copied().fold(f64::NEG_INFINITY, f64::max)
        };
        problem.conjunctions.iter().map(greatest).fold(f64::INFINITY, f64::min)
    };
    let best = (0..points.count()).map(|point| (value(point), point)).min_by(|a, b| a.0.total_cmp(&b.0));
    let (value, point) = best.expect("there is a center");
    Candidate { value, point: points.point(point).to_vec() }
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

impl Open {
    /// One more condition, and the bound that it is.
    fn demand(&mut self, constant: f64, gradient: Vec<f64>) {
        let reach: f64 = gradient.iter().map(|g| g.abs()).sum();
        self.bound = self.bound.max(constant - reach);
        self.conditions.push(Condition { constant, gradient });
    }

    fn keep_or_close(self, still_open: &mut Vec<Self>, refuted: &mut f64) {
        if self.bound > 0.0 {
            *refuted = refuted.min(self.bound);
        } else {
            still_open.push(self);
        }
    }
}
