//! Heat maps of importance: a cell a unit, darker where its score is greater, red where it goes.

use nn_core::{Network, Shape};
use pruning::{LayerScores, NeuronMask};

use crate::cell_map::{CellLayer, CellMap, tint};

/// Colours of the greatest scores; Okabe and Ito, "Color universal design", 2008.
const STAYS: (u8, u8, u8) = (0, 114, 178);
const GOES: (u8, u8, u8) = (213, 94, 0);

/// The scores of all layers as an SVG picture.
///
/// # Errors
/// Where drawing fails.
pub(crate) fn importance_map(
    title: &str,
    network: &Network<f64>,
    scores: &[LayerScores],
    mask: &NeuronMask,
) -> anyhow::Result<String> {
    let layers = scores.iter().zip(mask.layers()).map(|(scores, mask)| {
        let units = scores.scores();
        let cell = |(score, kept): (&f64, &bool)| tint(if *kept { STAYS } else { GOES }, *score);
        let title = format!(
            "{}: {} units, {} go; mean score {:.3}",
            network.node(scores.layer()).name(),
            units.len(),
            mask.removed_count(),
            units.iter().sum::<f64>() / units.len() as f64
        );
        let cells = units.iter().zip(mask.kept()).map(cell).collect();
        CellLayer::new(title, &Shape::new([units.len()]), cells)
    });
    let map = CellMap {
        title: title.to_owned(),
        legend: vec![(tint(STAYS, 1.0), "stays"), (tint(GOES, 1.0), "goes")],
        note: "darker: more important",
        layers: layers.collect(),
    };
    map.to_svg()
}
