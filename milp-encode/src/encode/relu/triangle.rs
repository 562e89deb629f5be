//! The linear relaxation without any binary.

use solver_api::ModelError;

use super::{Builder, Halves, Neuron};

/// `h / u + p / -l <= 1`: what is left of big-M's rows when `v` may be any number between 0 and 1.
///
/// Scaled so that the greater coefficient is 1; the other is rounded down, which leaves out neither `(u, 0)` nor
/// `(0, -l)`.
pub(super) fn relax(
    builder: &mut Builder<'_>,
    neuron: &Neuron<'_>,
    halves: Halves,
) -> Result<(), ModelError> {
    let reaches = [neuron.upper, -neuron.lower];
    let least = reaches[0].min(reaches[1]);
    let coefficient = |reach: f64| if reach == least { 1.0 } else { (least / reach).next_down() };
    let terms = [(halves.positive, coefficient(reaches[0])), (halves.negative, coefficient(reaches[1]))];
    builder.model.add_row(neuron.name("triangle"), f64::NEG_INFINITY, least, terms).map(|_| ())
}
