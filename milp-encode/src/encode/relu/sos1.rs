//! No binary: the solver branches on which half is zero.

use solver_api::ModelError;

use super::{Builder, Halves, Neuron};

/// At most one of `h` and `p` is not zero; their bounds are those of their columns.
pub(super) fn choose(
    builder: &mut Builder<'_>,
    neuron: &Neuron<'_>,
    halves: Halves,
) -> Result<(), ModelError> {
    builder.model.add_sos1(neuron.name("halves"), [halves.positive, halves.negative])
}
