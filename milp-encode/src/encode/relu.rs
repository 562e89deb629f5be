//! ReLUs and leaky ReLUs, each with a bound of its own for either sign.

use nn_core::NodeId;
use solver_api::{Column, ColumnId, ModelError};

use super::NEGLIGIBLE;
use super::builder::Builder;
use super::expression::Expression;
use crate::bounds::Phase;

/// A layer of (leaky) ReLUs with pre-activations `a` in `[l, u]`; `slope` is the factor of negative values.
///
/// Unstable: `a = h - p` with `0 <= h <= u v` and `0 <= p <= -l (1 - v)`; the value is `h - slope p`. A binary `v`
/// says which half is in use. Active: a column that equals `a`. Inactive: 0, or `slope a`.
///
/// An unstable neuron that one sign exceeds by no more than 1e-9 gets no binary: its value is then free within that
/// width, which can only lower a minimum, and which solvers could not tell from zero.
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
                let halves = split(builder, (id, element), &pre_activation, (lower, upper))?;
                let mut value = Expression::column(halves.positive);
                value.add_scaled(&Expression::column(halves.negative), -slope);
                value
            }
            phase => {
                let factor = if phase == Phase::Active { 1.0 } else { slope };
                let column = if pre_activation.terms.len() > 1 {
                    let range = (lower, upper);
                    Expression::column(builder.column_equal_to(("a", id, element), &pre_activation, range)?)
                } else {
                    pre_activation
                };
                column.scaled(factor)
            }
        });
    }
    Ok(values)
}

struct Halves {
    positive: ColumnId,
    negative: ColumnId,
}

/// The positive and the negative half of an expression of either sign, one of which is 0.
fn split(
    builder: &mut Builder<'_>,
    (id, element): (NodeId, usize),
    expression: &Expression,
    (lower, upper): (f64, f64),
) -> Result<Halves, ModelError> {
    let name = |prefix: &str| format!("{prefix}{}_{element}", id.index());
    let positive = builder.continuous(name("h"), 0.0, upper)?;
    let negative = builder.continuous(name("p"), 0.0, -lower)?;
    let mut difference = expression.scaled(-1.0);
    difference.terms.splice(0..0, [(positive, 1.0), (negative, -1.0)]);
    builder.row(name("def"), 0.0, &difference, 0.0)?;
    if upper.min(-lower) > NEGLIGIBLE {
        let none = f64::NEG_INFINITY;
        let binary = builder.model.add_column(Column::binary(name("v")))?;
        builder.model.add_row(name("on"), none, 0.0, [(positive, 1.0), (binary, -upper)])?;
        builder.model.add_row(name("off"), none, -lower, [(negative, 1.0), (binary, -lower)])?;
    }
    Ok(Halves { positive, negative })
}
