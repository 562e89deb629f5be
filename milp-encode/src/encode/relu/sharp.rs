//! Big-M, with what is needed to find the inequalities that make it sharp.

use solver_api::{ModelError, RowId};

use super::super::sharp_cuts::SharpNeuron;
use super::{Builder, Halves, Neuron, big_m};

/// Big-M's rows; `definition` is the row `h - p = a`.
pub(super) fn choose(
    builder: &mut Builder<'_>,
    neuron: &Neuron<'_>,
    halves: Halves,
    definition: RowId,
) -> Result<(), ModelError> {
    let binary = big_m::choose(builder, neuron, halves)?;
    let Halves { positive, negative } = halves;
    builder.sharp_neurons.push(SharpNeuron { definition, positive, negative, binary });
    Ok(())
}
