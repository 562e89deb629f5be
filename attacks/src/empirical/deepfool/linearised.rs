use milp_encode::property::Norm;
use ndarray::Array2;
use nn_core::Network;

use crate::Target;
use crate::empirical::batch::least_margin;
use crate::empirical::search::Search;

/// The margin whose boundary is nearest to a point, as if it were linear.
pub(super) struct Linearised {
    /// The least margin over the target's classes at the point: the point errs where it is at most 0.
    pub(super) least: f64,
    /// The value of the margin with the nearest boundary.
    pub(super) margin: f64,
    /// Minus its gradient.
    pub(super) downhill: Vec<f32>,
    /// How fast it falls along the steepest way: the dual norm of the gradient.
    pub(super) steepness: f64,
    /// What rounding may make of the logits.
    pub(super) noise: f64,
}

impl Linearised {
    /// The value at the point minus `way`.
    pub(super) fn value_without(&self, way: impl Iterator<Item = f64>) -> f64 {
        let fall = self.downhill.iter().zip(way).map(|(slope, way)| f64::from(*slope) * way);
        self.margin + fall.sum::<f64>()
    }
}

/// The margins of some rows at these points, which the search observes; the steepness is in the dual of `norm`.
pub(super) fn linearise(
    network: &Network<f32>,
    search: &mut Search<'_>,
    norm: Norm,
    rows: &[usize],
    points: &Array2<f32>,
) -> Vec<Linearised> {
    let trace = network.trace(points.view());
    let logits = trace.output();
    search.observe(rows, points.view(), logits);
    let aims = search.aims(rows);
    let least = |i: usize| {
        let outputs = logits.row(i);
        f64::from(least_margin(outputs.as_slice().expect("rows are slices"), aims.labels[i], aims.targets[i]))
    };
    let noise = |i: usize| {
        8.0 * f64::from(f32::EPSILON) * logits.row(i).fold(0.0, |size: f64, y| size.max(f64::from(y.abs())))
    };
    let unknown = |i: usize| Linearised {
        least: least(i),
        margin: f64::INFINITY,
        downhill: Vec::new(),
        steepness: 0.0,
        noise: noise(i),
    };
    let mut nearest: Vec<Linearised> = (0..rows.len()).map(unknown).collect();
    for class in 0..network.output_count() {
        let is_aimed_at = |i: &usize| match aims.targets[*i] {
            Target::Any => class != usize::from(aims.labels[*i]),
            Target::Class(wanted) => class == wanted,
        };
        let aimed: Vec<usize> = (0..rows.len()).filter(is_aimed_at).collect();
        if aimed.is_empty() {
            continue;
        }
        let mut slopes = Array2::zeros(logits.raw_dim());
        for i in &aimed {
            slopes[(*i, class)] = 1.0;
            slopes[(*i, usize::from(aims.labels[*i]))] = -1.0;
        }
        let downhill = network.input_gradient(&trace, slopes.view());
        aimed.iter().for_each(|i| search.count(rows[*i]));
        for i in aimed {
            let gradient = downhill.row(i);
            let steepness = dual(norm).length(gradient.iter().map(|slope| f64::from(*slope)));
            let margin = f64::from(logits[(i, usize::from(aims.labels[i]))]) - f64::from(logits[(i, class)]);
            let known = &nearest[i];
            if known.steepness == 0.0 || margin.abs() / steepness < known.margin.abs() / known.steepness {
                nearest[i] = Linearised { margin, downhill: gradient.to_vec(), steepness, ..nearest[i] };
            }
        }
    }
    for (row, found) in rows.iter().zip(&nearest) {
        search.note_loss(*row, -found.least as f32);
    }
    nearest
}

/// The norm in which gradients are measured, so that a step of length 1 changes a value by at most that much.
fn dual(norm: Norm) -> Norm {
    match norm {
        Norm::LInf => Norm::L1,
        Norm::L2 => Norm::L2,
        Norm::L1 => Norm::LInf,
    }
}
