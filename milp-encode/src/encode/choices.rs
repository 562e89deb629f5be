//! How many binary choices bounds leave open, without making a model.

use nn_core::{Network, Op};

use super::{Formulation, NEGLIGIBLE};
use crate::bounds::{NetworkBounds, Phase};
use crate::window::{pool_windows, undominated};

/// How many neurons and inputs of maxima a search may have to decide: neurons of unknown sign (in the paper's formulation
/// all of them), and inputs of maxima that may be the greatest where more than one may.
///
/// Formulations with binaries have as many of them.
pub(crate) fn open_choices(
    network: &Network<f64>,
    bounds: &NetworkBounds,
    formulation: Formulation,
) -> usize {
    let needed = network.ancestors(network.output());
    let mut choices = 0;
    for id in network.node_ids().filter(|id| needed[id.index()]) {
        let node = network.node(id);
        let Some(input) = node.inputs().first() else { continue };
        let range = bounds.node(*input);
        choices += match node.op() {
            Op::Relu | Op::LeakyRelu { .. } if formulation == Formulation::BigMPaper => node.element_count(),
            Op::Relu | Op::LeakyRelu { .. } => {
                let is_open = |element: &usize| {
                    range.phase(*element) == Phase::Unstable
                        && range.upper()[*element].min(-range.lower()[*element]) > NEGLIGIBLE
                };
                (0..node.element_count()).filter(is_open).count()
            }
            Op::MaxPool(pool) => {
                let windows = pool_windows(pool, network.node(*input).shape());
                let rivals =
                    windows.iter().map(|window| undominated(window, range.lower(), range.upper()).len());
                rivals.filter(|rivals| *rivals > 1).sum()
            }
            _ => 0,
        };
    }
    choices
}
