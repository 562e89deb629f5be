//! A short search along gradients, before anything is proven.

use std::sync::atomic::{AtomicUsize, Ordering};

use milp_encode::property::{Conjunction, InputSet, LinearFunction};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewMut1, Zip};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use solver_api::Budget;

use super::VerifyOptions;
use super::margin::{greatest, least_of_greatest};
use super::region::RegionWork;
use crate::Judge;

/// Inputs that walk downhill at the same time.
const ROWS: usize = 32;

/// Such batches a region.
const BATCHES: usize = 2;

/// Passes through the network that a batch takes.
const STEPS: u32 = 40;

/// How much of the earlier gradients a step keeps.
const MOMENTUM: f32 = 0.9;

/// Walks downhill from random inputs of every open region, on the network as it is deployed, in f32; whether the judge of one
/// was satisfied.
///
/// Steps go along the signs of averaged gradients (Dong et al., "Boosting adversarial attacks with momentum", 2018), from half of
/// the box's width down to a hundredth of it. Far more inputs and steps find hardly anything in addition
/// (docs/benchmarks.md). Every second input aims at the conjunction that it is nearest to, the others
/// at one that is dealt out to them, so that none is left out.
pub(super) fn attack(works: &[&RegionWork<'_>], options: &VerifyOptions<'_>, budget: &Budget) -> bool {
    let next = AtomicUsize::new(0);
    let is_over = || budget.is_exhausted() || works.iter().any(|work| work.judge.is_satisfied());
    options.crew.run(&|| {
        while !is_over() {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            let (region, batch) = (piece / BATCHES, piece % BATCHES);
            let Some(work) = works.get(region) else { break };
            let mut generator = ChaCha8Rng::seed_from_u64(options.seed);
            generator.set_stream(piece as u64);
            walk(work, batch * ROWS, &mut generator, &is_over);
        }
    });
    works.iter().any(|work| work.judge.is_satisfied())
}

/// One batch; its rows are dealt the conjunctions from number `dealt` on.
fn walk(work: &RegionWork<'_>, dealt: usize, generator: &mut ChaCha8Rng, is_over: &dyn Fn() -> bool) {
    let (set, network) = (work.question.input, work.judge.replayer.single());
    let Some((lower, upper)) = set.sides().f32_corners() else { return };
    let width = &upper - &lower;
    let mut points =
        Array2::from_shape_fn((ROWS, lower.len()), |(_, i)| lower[i] + generator.random::<f32>() * width[i]);
    let mut directions = Array2::<f32>::zeros(points.dim());
    let mut best = (f64::INFINITY, Array1::zeros(lower.len()));
    for step in 0..STEPS {
        for mut point in points.rows_mut() {
            repair(set, point.view_mut());
            Zip::from(&mut point).and(&lower).and(&upper).for_each(|x, l, u| *x = x.max(*l).min(*u));
        }
        let trace = network.trace(points.view());
        let Aims { cotangent, nearest, margin } = aims(work.question.unsafe_outputs, dealt, trace.output());
        if margin < best.0 {
            best = (margin, points.row(nearest).mapv(f64::from));
        }
        if margin <= 0.0 && work.judge.propose(points.row(nearest).mapv(f64::from).view()) || is_over() {
            return;
        }
        let share = 0.5 * 0.02_f32.powf(step as f32 / (STEPS - 1) as f32);
        let gradients = network.input_gradient(&trace, cotangent.view());
        descend(&mut points, &mut directions, gradients.view(), (share * &width).view());
    }
    work.judge.propose(best.1.view());
}

/// What the rows of a batch lower next.
struct Aims {
    /// The gradient of each row's function by the outputs.
    cotangent: Array2<f32>,
    /// The row that is nearest to a counterexample.
    nearest: usize,
    /// How near it is: at most 0 where it may be one.
    margin: f64,
}

fn aims(conjunctions: &[Conjunction], dealt: usize, outputs: ArrayView2<'_, f32>) -> Aims {
    let mut aims = Aims { cotangent: Array2::zeros(outputs.dim()), nearest: 0, margin: f64::INFINITY };
    for (row, output) in outputs.rows().into_iter().enumerate() {
        let output = output.mapv(f64::from);
        let (nearest, margin) = least_of_greatest(conjunctions, output.view());
        if margin < aims.margin {
            (aims.nearest, aims.margin) = (row, margin);
        }
        if let Some(function) = aim(conjunctions, dealt + row, output.view(), nearest) {
            aims.cotangent.row_mut(row).zip_mut_with(&function.coefficients, |slope, c| *slope = *c as f32);
        }
    }
    aims
}

/// Moves every point against the signs of its averaged gradients.
fn descend(
    points: &mut Array2<f32>,
    directions: &mut Array2<f32>,
    gradients: ArrayView2<'_, f32>,
    lengths: ArrayView1<'_, f32>,
) {
    let rows = points.rows_mut().into_iter().zip(directions.rows_mut()).zip(gradients.rows());
    for ((mut point, mut direction), gradient) in rows {
        let scale = gradient.iter().map(|slope| slope.abs()).sum::<f32>().max(f32::MIN_POSITIVE);
        direction.zip_mut_with(&gradient, |sum, slope| *sum = MOMENTUM * *sum + slope / scale);
        Zip::from(&mut point).and(&direction).and(&lengths).for_each(|x, slope, length| {
            let way = if *slope == 0.0 { 0.0 } else { slope.signum() };
            *x -= length * way;
        });
    }
}

/// The function that a row lowers: of the nearest conjunction, or of the one that is dealt to the row.
fn aim<'c>(
    conjunctions: &'c [Conjunction],
    row: usize,
    output: ArrayView1<'_, f64>,
    nearest: Option<&'c LinearFunction>,
) -> Option<&'c LinearFunction> {
    if row.is_multiple_of(2) || conjunctions.is_empty() {
        return nearest;
    }
    greatest(&conjunctions[row / 2 % conjunctions.len()], output).map(|(function, _)| function)
}

/// Moves a point that misses linear constraints of its set onto each in turn: near enough, since the judge decides.
fn repair(set: &InputSet, mut point: ArrayViewMut1<'_, f32>) {
    for constraint in set.constraints() {
        let terms = || constraint.terms.iter().map(|(element, coefficient)| (*element, *coefficient as f32));
        let sum: f32 = terms().map(|(element, coefficient)| coefficient * point[element]).sum();
        let excess = sum - constraint.upper as f32;
        if excess > 0.0 {
            let square: f32 = terms().map(|(_, coefficient)| coefficient * coefficient).sum();
            terms().for_each(|(element, coefficient)| point[element] -= excess / square * coefficient);
        }
    }
}
