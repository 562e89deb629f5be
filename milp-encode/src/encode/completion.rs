//! The point of a model that an input of the network stands for.

use ndarray::{ArrayView1, Axis};
use nn_core::{Network, NodeId};

use super::Encoding;

/// What a column is in a point of the network.
#[derive(Clone, Copy, Debug)]
pub(super) enum Quantity {
    /// An element of a node's value.
    Value(NodeId, usize),
    /// What it is above 0, else 0.
    Positive(NodeId, usize),
    /// What it is below 0, as a positive number, else 0.
    Negative(NodeId, usize),
    /// 1 where it is above 0, else 0.
    Sign(NodeId, usize),
    /// 1 for the first element of a maximum that is as great as the maximum, else 0.
    Choice {
        /// The maximum.
        maximum: (NodeId, usize),
        /// The element of which the maximum was taken.
        rival: (NodeId, usize),
    },
    /// A share of a part of a sum, which depends on more than one value.
    Share,
}

impl Encoding {
    /// The model's point at an input, one value a column: what the network that was encoded computes there.
    ///
    /// `None` where the model has columns that are no single value of the network, as those of alternatives, distances and
    /// partitions are.
    ///
    /// # Panics
    /// Where the input, or the network, is not that of the encoding.
    pub fn complete(&self, network: &Network<f64>, input: ArrayView1<'_, f64>) -> Option<Vec<f64>> {
        if self.quantities.len() != self.model.column_count() {
            return None;
        }
        let trace = network.trace(input.insert_axis(Axis(0)));
        let value = |(node, element): (NodeId, usize)| trace.value(node)[(0, element)];
        let mut chosen = None;
        let mut column = |quantity: &Quantity| {
            Some(match *quantity {
                Quantity::Value(node, element) => value((node, element)),
                Quantity::Positive(node, element) => value((node, element)).max(0.0),
                Quantity::Negative(node, element) => (-value((node, element))).max(0.0),
                Quantity::Sign(node, element) => f64::from(u8::from(value((node, element)) > 0.0)),
                Quantity::Choice { maximum, rival } => {
                    let is_first = chosen != Some(maximum) && value(rival) == value(maximum);
                    if is_first {
                        chosen = Some(maximum);
                    }
                    f64::from(u8::from(is_first))
                }
                Quantity::Share => return None,
            })
        };
        self.quantities.iter().map(&mut column).collect()
    }
}
