//! Heat maps of a network's bounds: a cell a neuron, coloured by phase, darker where the range is wider.

use milp_encode::bounds::{NetworkBounds, Phase};
use nn_core::{Network, NodeId, Op};

use crate::cell_map::{CellLayer, CellMap, tint};

/// Colours of the widest cells; Okabe and Ito, "Color universal design", 2008.
const ACTIVE: (u8, u8, u8) = (0, 114, 178);
const INACTIVE: (u8, u8, u8) = (90, 90, 90);
const UNSTABLE: (u8, u8, u8) = (213, 94, 0);

/// The pre-activations of all layers of ReLUs as an SVG picture.
///
/// # Errors
/// Where drawing fails.
pub(crate) fn heat_map(
    title: &str,
    network: &Network<f64>,
    bounds: &NetworkBounds,
) -> anyhow::Result<String> {
    let legend = [(Phase::Unstable, "unstable"), (Phase::Active, "active"), (Phase::Inactive, "inactive")];
    let map = CellMap {
        title: title.to_owned(),
        legend: legend.into_iter().map(|(phase, name)| (tint(colour(phase), 1.0), name)).collect(),
        note: "darker: wider",
        layers: network.node_ids().filter_map(|relu| layer(network, bounds, relu)).collect(),
    };
    map.to_svg()
}

fn layer(network: &Network<f64>, bounds: &NetworkBounds, relu: NodeId) -> Option<CellLayer> {
    let node = network.node(relu);
    if !matches!(node.op(), Op::Relu | Op::LeakyRelu { .. }) {
        return None;
    }
    let ranges = bounds.node(node.inputs()[0]);
    let widths = &ranges.upper() - &ranges.lower();
    let widest = widths.iter().copied().fold(0.0, f64::max);
    let share = |width: f64| if widest > 0.0 { width / widest } else { 0.0 };
    let cell = |(element, width): (usize, &f64)| tint(colour(ranges.phase(element)), share(*width));
    let counts = bounds.phase_counts(network, relu);
    let title = format!(
        "{}: {} neurons, {} unstable, {} active, {} inactive; widest range {widest:.3}",
        node.name(),
        widths.len(),
        counts.unstable,
        counts.active,
        counts.inactive
    );
    Some(CellLayer::new(title, node.shape(), widths.iter().enumerate().map(cell).collect()))
}

fn colour(phase: Phase) -> (u8, u8, u8) {
    match phase {
        Phase::Active => ACTIVE,
        Phase::Inactive => INACTIVE,
        Phase::Unstable => UNSTABLE,
    }
}
