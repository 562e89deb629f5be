use milp_encode::Replayer;
use ndarray::{Array2, Zip};

use crate::empirical::answer::{Replayed, replay};
use crate::empirical::batch::least_margin;
use crate::empirical::projection::Perturbation;
use crate::empirical::region::Region;
use crate::empirical::search::Aims;

/// How often the way from the unchanged input is halved.
const HALVINGS: usize = 20;

/// By what share of the way an input that does not stand a replay is moved back, one after the other.
const RETREATS: [f32; 5] = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2];

/// For each of some erring points, the first one on the way from the unchanged input that errs in f32 by bisection and in
/// both precisions by replay; `None` where not even the point itself stands a replay.
pub(super) fn pull_in(
    networks: &Replayer<'_>,
    region: &Region,
    aims: &Aims,
    rows: &[usize],
    points: Array2<f32>,
) -> Vec<Option<Replayed>> {
    if rows.is_empty() {
        return Vec::new();
    }
    let (mut inside, mut outside) = (vec![0.0_f32; rows.len()], vec![1.0_f32; rows.len()]);
    // Where the unchanged input errs, it is the nearest.
    let errs = erring(networks, aims, &on_the_way(region, rows, &points, &inside));
    errs.iter().zip(&mut outside).filter(|(errs, _)| **errs).for_each(|(_, share)| *share = 0.0);
    for _ in 0..HALVINGS {
        let middle: Vec<f32> = inside.iter().zip(&outside).map(|(a, b)| 0.5 * (a + b)).collect();
        let errs = erring(networks, aims, &on_the_way(region, rows, &points, &middle));
        for (i, errs) in errs.into_iter().enumerate() {
            let end = if errs { &mut outside[i] } else { &mut inside[i] };
            *end = middle[i];
        }
    }
    proven(networks, region, aims, rows, &points, outside)
}

/// Replays the points at these shares of their ways, and farther ones where that fails.
fn proven(
    networks: &Replayer<'_>,
    region: &Region,
    aims: &Aims,
    rows: &[usize],
    points: &Array2<f32>,
    mut shares: Vec<f32>,
) -> Vec<Option<Replayed>> {
    let mut proven: Vec<Option<Replayed>> = vec![None; rows.len()];
    for retreat in RETREATS.into_iter().map(Some).chain([None]) {
        let pairs = aims.labels.iter().copied().zip(aims.targets.iter().copied());
        let tried = replay(networks, on_the_way(region, rows, points, &shares).view(), pairs);
        for (i, replayed) in tried.into_iter().enumerate() {
            if proven[i].is_none() && replayed.is_adversarial() {
                proven[i] = Some(replayed);
            }
            shares[i] = retreat.map_or(1.0, |retreat| (shares[i] + retreat).min(1.0));
        }
        if proven.iter().all(Option::is_some) {
            break;
        }
    }
    proven
}

/// The points at these shares of the ways from the unchanged inputs.
fn on_the_way(region: &Region, rows: &[usize], points: &Array2<f32>, shares: &[f32]) -> Array2<f32> {
    let mut moved = points.clone();
    let mut memory = Perturbation::new();
    for ((row, share), mut point) in rows.iter().zip(shares).zip(moved.outer_iter_mut()) {
        Zip::from(&mut point)
            .and(region.nearest().row(*row))
            .for_each(|x, center| *x = if *share == 1.0 { *x } else { center + share * (*x - center) });
        region.project(*row, point.as_slice_mut().expect("rows are slices"), &mut memory);
    }
    moved
}

fn erring(networks: &Replayer<'_>, aims: &Aims, points: &Array2<f32>) -> Vec<bool> {
    let logits = networks.single().forward(points.view());
    let outputs = logits.outer_iter().zip(aims.labels.iter().zip(&aims.targets));
    outputs
        .map(|(outputs, (label, target))| {
            least_margin(outputs.as_slice().expect("rows are slices"), *label, *target) <= 0.0
        })
        .collect()
}
