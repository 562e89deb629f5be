use ndarray::{Array1, Array2, Axis};
use nn_core::{Network, NodeId};

/// An affine operator as sparse rows: element `i` of its value is `constants[i]` and the sum of `rows[i]`.
pub(super) struct LinearPart {
    /// (which input, which of its elements, coefficient).
    pub(super) rows: Vec<Vec<(usize, usize, f64)>>,
    pub(super) constants: Array1<f64>,
}

/// How many rows are computed at once.
const ROWS: usize = 256;

/// The coefficients of an affine node, by pulling unit vectors back through it.
pub(super) fn linear_part(network: &Network<f64>, node: NodeId) -> LinearPart {
    let zeros: Vec<Array2<f64>> = network
        .node(node)
        .inputs()
        .iter()
        .map(|input| Array2::zeros((1, network.node(*input).element_count())))
        .collect();
    let views: Vec<_> = zeros.iter().map(|zeros| zeros.view()).collect();
    let constants = network.apply(node, &views).index_axis_move(Axis(0), 0);
    let count = constants.len();
    let mut rows = Vec::with_capacity(count);
    for first in (0..count).step_by(ROWS) {
        let block = ROWS.min(count - first);
        let units = Array2::from_shape_fn((block, count), |(i, j)| f64::from(u8::from(first + i == j)));
        let parts = network.pullback(node, units.view());
        rows.extend((0..block).map(|row| {
            let nonzero = |(input, part): (usize, &Array2<f64>)| -> Vec<(usize, usize, f64)> {
                let elements = part.row(row).into_iter().enumerate();
                elements.filter(|(_, c)| **c != 0.0).map(|(element, c)| (input, element, *c)).collect()
            };
            parts.iter().enumerate().flat_map(nonzero).collect()
        }));
    }
    LinearPart { rows, constants }
}
