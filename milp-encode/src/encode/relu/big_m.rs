//! A binary for each neuron, with a bound of its own for either sign.

use solver_api::{ColumnId, ModelError};

use super::{Builder, Halves, Neuron};

/// `h <= u v` and `p <= -l (1 - v)`; the column is `v`.
pub(super) fn choose(
    builder: &mut Builder<'_>,
    neuron: &Neuron<'_>,
    halves: Halves,
) -> Result<ColumnId, ModelError> {
    let (lower, upper) = (neuron.lower, neuron.upper);
    let none = f64::NEG_INFINITY;
    let binary = neuron.binary(builder)?;
    builder.model.add_row(neuron.name("on"), none, 0.0, [(halves.positive, 1.0), (binary, -upper)])?;
    builder.model.add_row(neuron.name("off"), none, -lower, [(halves.negative, 1.0), (binary, -lower)])?;
    Ok(binary)
}
