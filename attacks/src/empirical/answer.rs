use milp_encode::{Replayer, Witness};
use ndarray::{Array1, ArrayView2, Axis};

use super::batch::least_margin;
use crate::Target;

/// What an attack found for one row.
#[derive(Clone, Debug, PartialEq)]
pub struct EmpiricalAnswer {
    /// The best input, inside ball and range exactly, with the network's outputs on it in both precisions.
    pub witness: Witness,
    /// The least margin `y[label] - y[target]` over the target's classes, computed in f64.
    pub margin: f64,
    /// The same in f32, as a deployed network computes it.
    pub margin_f32: f64,
    /// The distance from the unchanged input in the threat's norm, rounded up.
    pub distortion: f64,
    /// Gradient evaluations that were spent on this row, of all restarts; queries, for attacks without gradients.
    pub iterations: usize,
    /// The loss of each iterate, of all restarts.
    pub loss_trace: Vec<f32>,
}

impl EmpiricalAnswer {
    /// Whether the margins in f64 and f32 are both at most 0; a tie counts.
    pub fn is_adversarial(&self) -> bool {
        self.margin <= 0.0 && self.margin_f32 <= 0.0
    }
}

/// An input with the network's outputs and the row's margins, both computed in f64 and in f32.
#[derive(Clone, Debug)]
pub(super) struct Replayed {
    pub(super) witness: Witness,
    pub(super) margin: f64,
    pub(super) margin_f32: f64,
}

impl Replayed {
    pub(super) fn is_adversarial(&self) -> bool {
        self.margin <= 0.0 && self.margin_f32 <= 0.0
    }
}

/// A margin below this share of the outputs may change its sign with the order of sums.
const CLOSE_CALL: f64 = 1e-4;

/// Runs inputs through the network in both precisions, together; those whose sign could depend on the company once more,
/// each alone, as [`Replayer::replay`] does.
pub(super) fn replay(
    networks: &Replayer<'_>,
    inputs: ArrayView2<'_, f32>,
    aims: impl Iterator<Item = (u8, Target)>,
) -> Vec<Replayed> {
    let outputs = networks.exact().forward(inputs.mapv(f64::from).view());
    let outputs_f32 = networks.single().forward(inputs);
    let rows = inputs.outer_iter().zip(outputs.outer_iter()).zip(outputs_f32.outer_iter()).zip(aims);
    rows.map(|(((input, output), output_f32), aim)| {
        let together = replayed(input.to_owned(), output.to_owned(), output_f32.to_owned(), aim);
        let size = output.fold(1.0, |size: f64, y| size.max(y.abs()));
        let is_clear = |margin: f64| margin.abs() > CLOSE_CALL * size;
        if is_clear(together.margin) && is_clear(together.margin_f32) {
            return together;
        }
        let alone = networks.exact().forward_one(input.mapv(f64::from).view());
        let alone_f32 = networks.single().forward_one(input);
        replayed(input.to_owned(), alone, alone_f32, aim)
    })
    .collect()
}

fn replayed(
    input: Array1<f32>,
    output: Array1<f64>,
    output_f32: Array1<f32>,
    (label, target): (u8, Target),
) -> Replayed {
    // Margins of f32 outputs are differences taken in f64, as a reader of the outputs would take them.
    let wide = output_f32.mapv(f64::from);
    let margin = |outputs: &Array1<f64>| least_margin(outputs.as_slice().expect("a vector"), label, target);
    Replayed {
        margin: margin(&output),
        margin_f32: margin(&wide),
        witness: Witness { input, output, output_f32 },
    }
}

/// Some rows of a batch, in a new array.
pub(super) fn gather(inputs: ArrayView2<'_, f32>, rows: &[usize]) -> ndarray::Array2<f32> {
    inputs.select(Axis(0), rows)
}
