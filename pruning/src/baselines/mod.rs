//! What importance scores of a mixed-integer program are compared with.

mod magnitude;
mod random;
mod sensitivity;

use nn_core::NodeId;

use crate::LayerScores;

pub use magnitude::magnitude_scores;
pub use random::{RandomPool, random_mask};
pub use sensitivity::{snip_scores, taylor_scores};

/// Scores from numbers of at least 0: their shares of the greatest.
fn shares_of_greatest(layers: Vec<(NodeId, Vec<f64>)>) -> Vec<LayerScores> {
    let greatest = layers.iter().flat_map(|(_, values)| values).copied().fold(0.0, f64::max);
    let share = |value: f64| if greatest > 0.0 { (value / greatest).min(1.0) } else { 0.0 };
    let scores = |(layer, values): (NodeId, Vec<f64>)| {
        LayerScores::new(layer, values.into_iter().map(share).collect()).expect("shares lie between 0 and 1")
    };
    layers.into_iter().map(scores).collect()
}
