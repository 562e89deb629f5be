//! ReLUs and leaky ReLUs: what all formulations but the paper's share, and a file for what each does of its own.

mod big_m;
pub(super) mod big_m_paper;
mod indicator;
mod partition;
mod sharp;
mod sos1;
mod triangle;

use nn_core::NodeId;
use solver_api::{Column, ColumnId, ModelError, RowId};

use super::builder::Builder;
use super::completion::Quantity;
use super::expression::Expression;
use super::{Formulation, NEGLIGIBLE};
use crate::bounds::Phase;

/// A neuron of either sign: `lower < 0 < upper`.
struct Neuron<'e> {
    id: NodeId,
    /// The node of the pre-activation.
    input: NodeId,
    element: usize,
    lower: f64,
    upper: f64,
    pre_activation: &'e Expression,
}

/// The columns of a neuron's pre-activation `positive - negative`, one of which is 0 in every point of the network.
#[derive(Clone, Copy)]
struct Halves {
    positive: ColumnId,
    negative: ColumnId,
}

/// A layer of (leaky) ReLUs with pre-activations `a` in `[l, u]`; `slope` is the factor of negative values.
///
/// Unstable: `a = h - p` with `0 <= h <= u` and `0 <= p <= -l`, not both above 0; the value is `h - slope p`. Active: a
/// column that equals `a`. Inactive: 0, or `slope a`.
///
/// An unstable neuron that one sign exceeds by no more than 1e-9 gets no choice between the halves: its value is then
/// free within that width, which can only lower a minimum, and which solvers could not tell from zero.
pub(super) fn relu(builder: &mut Builder<'_>, id: NodeId, slope: f64) -> Result<Vec<Expression>, ModelError> {
    let input = builder.input_of(id);
    let bounds = builder.bounds(input);
    let mut values = Vec::with_capacity(bounds.lower().len());
    for element in 0..bounds.lower().len() {
        let (lower, upper) = (bounds.lower()[element], bounds.upper()[element]);
        let pre_activation = builder.values(input)[element].clone();
        values.push(match bounds.phase(element) {
            Phase::Inactive if slope == 0.0 => Expression::constant(0.0),
            Phase::Unstable => {
                let neuron = Neuron { id, input, element, lower, upper, pre_activation: &pre_activation };
                let halves = halves(builder, &neuron)?;
                let mut value = Expression::column(halves.positive);
                value.add_scaled(&Expression::column(halves.negative), -slope);
                value
            }
            phase => {
                let factor = if phase == Phase::Active { 1.0 } else { slope };
                let column = if pre_activation.terms.len() > 1 {
                    let range = (lower, upper);
                    let column = builder.column_equal_to(
                        (id, element),
                        Quantity::Value(input, element),
                        &pre_activation,
                        range,
                    )?;
                    builder.note_definition(id, element);
                    Expression::column(column)
                } else {
                    pre_activation
                };
                column.scaled(factor)
            }
        });
    }
    Ok(values)
}

/// The halves with the rows that define them and the choice between them.
fn halves(builder: &mut Builder<'_>, neuron: &Neuron<'_>) -> Result<Halves, ModelError> {
    let (input, element) = (neuron.input, neuron.element);
    let positive =
        builder.continuous(neuron.name("h"), 0.0, neuron.upper, Quantity::Positive(input, element))?;
    let negative =
        builder.continuous(neuron.name("p"), 0.0, -neuron.lower, Quantity::Negative(input, element))?;
    let halves = Halves { positive, negative };
    if neuron.upper.min(-neuron.lower) <= NEGLIGIBLE {
        define(builder, neuron, halves)?;
        return Ok(halves);
    }
    if let Formulation::Partition { parts } = builder.formulation {
        partition::choose(builder, neuron, halves, parts)?;
        return Ok(halves);
    }
    let definition = define(builder, neuron, halves)?;
    match builder.formulation {
        Formulation::BigM => big_m::choose(builder, neuron, halves).map(|_| ())?,
        Formulation::Triangle => triangle::relax(builder, neuron, halves)?,
        Formulation::Indicator => indicator::choose(builder, neuron, halves)?,
        Formulation::Sos1 => sos1::choose(builder, neuron, halves)?,
        Formulation::Sharp => sharp::choose(builder, neuron, halves, definition)?,
        Formulation::BigMPaper | Formulation::Partition { .. } => unreachable!("they have rows of their own"),
    }
    Ok(halves)
}

/// The row `h - p = a`.
fn define(builder: &mut Builder<'_>, neuron: &Neuron<'_>, halves: Halves) -> Result<RowId, ModelError> {
    let difference = [(halves.positive, 1.0), (halves.negative, -1.0)];
    let row = builder.row(neuron.name("def"), 0.0, &difference, &neuron.pre_activation.scaled(-1.0), 0.0)?;
    builder.note_definition(neuron.id, neuron.element);
    Ok(row)
}

impl Neuron<'_> {
    /// The binary that is 1 while the neuron is active.
    fn binary(&self, builder: &mut Builder<'_>) -> Result<ColumnId, ModelError> {
        builder.column(Column::binary(self.name("v")), Quantity::Sign(self.input, self.element))
    }

    /// The name of a column or row of this neuron.
    fn name(&self, prefix: &str) -> String {
        format!("{prefix}{}_{}", self.id.index(), self.element)
    }
}
