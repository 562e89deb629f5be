//! CROWN as its papers have it, function by function on dense rows: nothing is dropped, and no rounding is accounted for.

use milp_encode::bounds::{NetworkBounds, NodeBounds, Phase};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use nn_core::{Network, NodeId, Op};

/// Lower bounds of functions of one node, (functions, element count).
///
/// # Panics
/// Where the node depends on a maximum, a sigmoid or a tanh.
pub(crate) fn lower_bounds(
    network: &Network<f64>,
    bounds: &NetworkBounds,
    node: NodeId,
    functions: ArrayView2<'_, f64>,
) -> Array1<f64> {
    let mut coefficients: Vec<Option<Array2<f64>>> = vec![None; network.nodes().len()];
    coefficients[node.index()] = Some(functions.to_owned());
    let mut constant = Array1::zeros(functions.nrows());
    for id in network.node_ids().rev() {
        let Some(mut rows) = coefficients[id.index()].take() else { continue };
        let inputs = network.node(id).inputs();
        let pulled = match network.node(id).op() {
            Op::Input => {
                let sides = bounds.node(id);
                for ((_, element), c) in rows.indexed_iter_mut() {
                    *c *= if *c >= 0.0 { sides.lower()[element] } else { sides.upper()[element] };
                }
                constant += &rows.sum_axis(Axis(1));
                Vec::new()
            }
            Op::Relu => vec![relaxed(rows, bounds.node(inputs[0]), 0.0, &mut constant)],
            Op::LeakyRelu { slope } => vec![relaxed(rows, bounds.node(inputs[0]), *slope, &mut constant)],
            op => {
                assert!(op.is_affine(), "{} is not followed", op.name());
                let zeros =
                    inputs.iter().map(|input| Array2::zeros((1, network.node(*input).element_count())));
                let zeros: Vec<Array2<f64>> = zeros.collect();
                let zeros: Vec<_> = zeros.iter().map(|row| row.view()).collect();
                constant += &rows.dot(&network.apply(id, &zeros).row(0));
                network.pullback(id, rows.view())
            }
        };
        for (input, pulled) in inputs.iter().zip(pulled) {
            let slot = &mut coefficients[input.index()];
            *slot = Some(slot.take().map_or_else(|| pulled.clone(), |earlier| earlier + &pulled));
        }
    }
    constant
}

fn relaxed(
    mut rows: Array2<f64>,
    input: &NodeBounds,
    negative_slope: f64,
    constant: &mut Array1<f64>,
) -> Array2<f64> {
    for ((function, element), c) in rows.indexed_iter_mut() {
        let (l, u) = (input.lower()[element], input.upper()[element]);
        let (slope, intercept) = match (input.phase(element), *c >= 0.0) {
            (Phase::Active, _) => (1.0, 0.0),
            (Phase::Inactive, _) => (negative_slope, 0.0),
            (Phase::Unstable, true) => (if u > -l { 1.0 } else { negative_slope }, 0.0),
            (Phase::Unstable, false) => {
                let slope = (u - negative_slope * l) / (u - l);
                (slope, u - slope * u)
            }
        };
        constant[function] += *c * intercept;
        *c *= slope;
    }
    rows
}
