//! A binary for each neuron, and what it implies in words that the solver understands.

use solver_api::{ActiveAt, ModelError};

use super::{Builder, Halves, Neuron};

/// `v = 0` implies `h <= 0`, and `v = 1` implies `p <= 0`; the halves' bounds are those of their columns.
pub(super) fn choose(
    builder: &mut Builder<'_>,
    neuron: &Neuron<'_>,
    halves: Halves,
) -> Result<(), ModelError> {
    let none = f64::NEG_INFINITY;
    let binary = neuron.binary(builder)?;
    let model = &mut builder.model;
    model.add_indicator(neuron.name("on"), binary, ActiveAt::Zero, none, 0.0, [(halves.positive, 1.0)])?;
    model.add_indicator(neuron.name("off"), binary, ActiveAt::One, none, 0.0, [(halves.negative, 1.0)])
}
