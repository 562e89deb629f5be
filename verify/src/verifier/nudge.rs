//! Small moves of an input that almost is a counterexample, or barely is one.

use milp_encode::Witness;
use ndarray::{Array1, Array2, ArrayView1, Axis};

use super::judge::WitnessJudge;
use super::margin::least_of_greatest;

/// Steps at most.
const STEPS: u32 = 24;

/// Lengths that are tried in every step, as shares of the box's width along a gradient's signs.
const SHARES: [f64; 7] = [1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1];

/// Lengths that are tried in every step, as shares of the way to the box's centre.
const PULLS: [f64; 4] = [1e-7, 1e-5, 1e-3, 1e-1];

/// By how much both margins are wanted below 0, relative to the greater of 1 and the outputs: another program sums in another
/// order and rounds otherwise.
const CLEAR: f64 = 1e-4;

/// Moves an input until it is a counterexample in both precisions; `None` where it does not come to one.
pub(super) fn nudge(judge: &WitnessJudge<'_>, start: &Witness) -> Option<Witness> {
    let mut at = start.clone();
    for _ in 0..STEPS {
        let moved = best_move(judge, &at)?;
        if judge.confirms(&moved) {
            return Some(moved);
        }
        if judge.margins(&moved).worst() >= judge.margins(&at).worst() {
            return None;
        }
        at = moved;
    }
    None
}

/// Moves a counterexample to where rounding cannot matter, as far as there is such a place nearby; it stays one.
pub(super) fn stir(judge: &WitnessJudge<'_>, witness: Witness) -> Witness {
    let mut at = witness;
    for _ in 0..STEPS {
        let worst = judge.margins(&at).worst();
        let scale = at.output.iter().fold(1.0, |scale: f64, value| scale.max(value.abs()));
        if worst <= -CLEAR * scale {
            break;
        }
        match best_move(judge, &at) {
            Some(moved) if judge.confirms(&moved) && judge.margins(&moved).worst() < worst => at = moved,
            _ => break,
        }
    }
    at
}

/// The best of some moves, those to counterexamples before all others, and those inside the region before the rest; `None` where the box holds no `f32` input.
fn best_move(judge: &WitnessJudge<'_>, at: &Witness) -> Option<Witness> {
    let sides = judge.region.input.sides();
    let point = at.input.mapv(f64::from);
    let along = gradient(judge, point.view());
    let width = &sides.upper() - &sides.lower();
    let downhill = along.map(|along| {
        let signs = along.mapv(|slope| if slope == 0.0 { 0.0 } else { slope.signum() });
        SHARES.map(|share| &point - &(share * &width * &signs))
    });
    let inward = PULLS.map(|share| &point + &(share * (&sides.center() - &point)));
    let moves = downhill.into_iter().flatten().chain(inward);
    let witnesses = replay_all(judge, &moves.collect::<Vec<_>>())?;
    let set = &judge.region.input;
    let is_outside = |witness: &Witness| !set.contains(witness.input.mapv(f64::from).view());
    let rank =
        |witness: &Witness| (!judge.confirms(witness), is_outside(witness), judge.margins(witness).worst());
    let ranked = witnesses.into_iter().map(|witness| (rank(&witness), witness));
    let best = ranked.min_by(|(a, _), (b, _)| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
    best.map(|(_, witness)| witness)
}

/// The gradient of the function that a point has to lower; none where every output is unsafe.
fn gradient(judge: &WitnessJudge<'_>, point: ArrayView1<'_, f64>) -> Option<Array1<f64>> {
    let network = judge.replayer.exact();
    let trace = network.trace(point.insert_axis(Axis(0)));
    let function = least_of_greatest(&judge.region.unsafe_outputs, trace.output().row(0)).0?;
    let cotangent = function.coefficients.view().insert_axis(Axis(0));
    Some(network.input_gradient(&trace, cotangent).row(0).to_owned())
}

/// The witnesses at the `f32` points of the box nearest to some points, in one batch.
fn replay_all(judge: &WitnessJudge<'_>, points: &[Array1<f64>]) -> Option<Vec<Witness>> {
    let sides = judge.region.input.sides();
    let mut inputs = Array2::<f32>::zeros((points.len(), sides.element_count()));
    for (mut row, point) in inputs.rows_mut().into_iter().zip(points) {
        row.assign(&sides.project_to_f32(point.view())?);
    }
    let outputs = judge.replayer.exact().forward(inputs.mapv(f64::from).view());
    let singles = judge.replayer.single().forward(inputs.view());
    let rows = inputs.rows().into_iter().zip(outputs.rows()).zip(singles.rows());
    let witness =
        |((input, output), single): ((ArrayView1<'_, f32>, ArrayView1<'_, f64>), ArrayView1<'_, f32>)| {
            Witness { input: input.to_owned(), output: output.to_owned(), output_f32: single.to_owned() }
        };
    Some(rows.map(witness).collect())
}
