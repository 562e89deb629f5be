use ndarray::{ArrayView1, ArrayView2};
use nn_core::{Network, Op, Scalar};

use super::shares_of_greatest;
use crate::{LayerScores, hidden_layers};

/// The sum of the absolute incoming weights of every unit, without its bias, as a share of the greatest of its layer
/// (Li, Kadav, Durdanovic, Samet and Graf, "Pruning Filters for Efficient ConvNets", ICLR 2017).
pub fn magnitude_scores<T: Scalar>(network: &Network<T>) -> Vec<LayerScores> {
    let sums = |weights: ArrayView2<'_, T>| -> Vec<f64> {
        let sum = |unit: ArrayView1<'_, T>| unit.iter().map(|weight| weight.as_f64().abs()).sum();
        weights.rows().into_iter().map(sum).collect()
    };
    let of_layer = |hidden: crate::HiddenLayer| {
        let sums = match network.node(hidden.layer).op() {
            Op::Affine(affine) => sums(affine.weight.view()),
            Op::Conv2d(conv) => {
                let per_unit = conv.weight.len() / hidden.units;
                let rows =
                    conv.weight.to_shape((hidden.units, per_unit)).expect("units lie along the first axis");
                sums(rows.view())
            }
            _ => unreachable!("hidden layers have weights"),
        };
        shares_of_greatest(vec![(hidden.layer, sums)])
    };
    hidden_layers(network).into_iter().flat_map(of_layer).collect()
}
