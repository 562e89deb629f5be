//! Inputs that may be counterexamples.

use solver_api::Budget;

use super::functions::Open;
use super::neurons::{Purpose, bound_neurons};
use super::part::Part;
use super::problem::Problem;
use super::workspace::Workspace;

/// A point with the value of its most promising conjunction, which is at most 0 for a counterexample.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) value: f64,
    pub(super) point: Vec<f64>,
}

/// The best of the part's center and of the corners where the strongest condition of a conjunction is most nearly met.
pub(super) fn best_candidate(
    problem: &Problem,
    workspace: &mut Workspace,
    part: &Part,
    open: &[Open],
) -> Candidate {
    let Workspace { sides, points, .. } = workspace;
    points.clear();
    points.add(sides.center.iter().copied());
    for strongest in open.iter().filter_map(Open::strongest) {
        let sides = strongest.gradient.iter().zip(part.lower.iter().zip(&part.upper));
        points.add(sides.map(|(g, (lower, upper))| if *g >= 0.0 { *lower } else { *upper }));
    }
    best_point(problem, workspace)
}

/// Steps of a descent, each half as long as the one before.
const STEPS: i32 = 12;

/// Goes downhill from a point, within the box: the functions' forms over a neighbourhood are a model of them in which small
/// hills vanish, and the next point is where the model's greatest function is least.
pub(super) fn descend(
    problem: &Problem,
    workspace: &mut Workspace,
    root: &Part,
    mut best: Candidate,
    budget: &Budget,
) -> Candidate {
    let (mut lower, mut upper) = (root.lower.clone(), root.upper.clone());
    for step in 1..=STEPS {
        if best.value <= 0.0 || budget.is_exhausted() {
            break;
        }
        let share = 0.5_f64.powi(step);
        for (i, center) in best.point.iter().enumerate() {
            let reach = share * (root.upper[i] - root.lower[i]);
            lower[i] = (center - reach).clamp(root.lower[i], root.upper[i]);
            upper[i] = (center + reach).clamp(root.lower[i], root.upper[i]);
        }
        workspace.sides.write(&lower, &upper);
        bound_neurons(problem, Purpose::Model, workspace);
        let Workspace { sides, points, zonotope, .. } = workspace;
        points.clear();
        for functions in &problem.conjunctions {
            let forms: Vec<&[f64]> =
                functions.clone().map(|function| &zonotope.form(function)[..=sides.center.len()]).collect();
            let e = least_greatest(&forms, sides.center.len());
            let place = |(input, e): (usize, &f64)| {
                (sides.center[input] + sides.radius[input] * e).clamp(lower[input], upper[input])
            };
            points.add(e.iter().enumerate().map(place));
        }
        let found = best_point(problem, workspace);
        if found.value < best.value {
            best = found;
        }
    }
    best
}

/// Runs the network on the points that were added; the one whose best conjunction is the least.
fn best_point(problem: &Problem, workspace: &mut Workspace) -> Candidate {
    let Workspace { arch, points, .. } = workspace;
    points.run(*arch, &problem.layers);
    let value = |point: usize| {
        let values = points.values(point);
        let greatest = |functions: &std::ops::Range<usize>| {
            values[functions.clone()].iter().copied().fold(f64::NEG_INFINITY, f64::max)
        };
        problem.conjunctions.iter().map(greatest).fold(f64::INFINITY, f64::min)
    };
    let best = (0..points.count()).map(|point| (value(point), point)).min_by(|a, b| a.0.total_cmp(&b.0));
    let (value, point) = best.expect("points were added");
    Candidate { value, point: points.point(point).to_vec() }
}

/// About where in -1..1 the greatest of some functions is least; each is a constant and then one coefficient for each
/// coordinate.
///
/// Frank-Wolfe on a smooth maximum, which gets sharper as steps get shorter.
fn least_greatest(functions: &[&[f64]], coordinates: usize) -> Vec<f64> {
    let reach = |function: &&[f64]| function[1..].iter().map(|slope| slope.abs()).sum::<f64>();
    let scale = functions.iter().map(reach).fold(f64::MIN_POSITIVE, f64::max);
    let mut e = vec![0.0; coordinates];
    for step in 0..30 {
        let step = f64::from(step);
        let at = |function: &&[f64]| {
            function[0] + function[1..].iter().zip(&e).map(|(slope, e)| slope * e).sum::<f64>()
        };
        let values: Vec<f64> = functions.iter().map(at).collect();
        let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut slopes = vec![0.0; coordinates];
        for (function, value) in functions.iter().zip(&values) {
            let weight = ((value - greatest) * 4.0 * (1.0 + step) / scale).exp();
            slopes.iter_mut().zip(&function[1..]).for_each(|(sum, slope)| *sum += weight * slope);
        }
        let share = 2.0 / (step + 2.0);
        for (e, slope) in e.iter_mut().zip(&slopes) {
            let corner = if *slope > 0.0 { -1.0 } else { 1.0 };
            *e += share * (corner - *e);
        }
    }
    e
}
