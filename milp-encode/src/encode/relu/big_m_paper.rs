//! The rows of the seed paper and of Kolter & Madry's tutorial, chapter 3, as they stand there.

use nn_core::NodeId;
use solver_api::{Column, ModelError};

use super::{Builder, Expression, Quantity};
use crate::property::InputBox;

/// One free column an input element, and two rows that hold it in the box.
pub(in crate::encode) fn input_rows(
    builder: &mut Builder<'_>,
    input: &InputBox,
) -> Result<Vec<Expression>, ModelError> {
    let free = (f64::NEG_INFINITY, f64::INFINITY);
    let values = builder.add_input_columns(&vec![free; input.element_count()])?;
    for (element, value) in values.iter().enumerate() {
        builder.row(format!("xl{element}"), input.lower()[element], &[], value, f64::INFINITY)?;
        builder.row(format!("xu{element}"), f64::NEG_INFINITY, &[], value, input.upper()[element])?;
    }
    Ok(values)
}

/// `z >= a`, `z >= slope a` (0 for a ReLU), `z <= slope a + (1 - slope) u v`, `z <= a - (1 - slope) l (1 - v)`.
pub(in crate::encode) fn relu_rows(
    builder: &mut Builder<'_>,
    id: NodeId,
    slope: f64,
) -> Result<Vec<Expression>, ModelError> {
    let input = builder.input_of(id);
    let bounds = builder.bounds(input);
    let mut values = Vec::with_capacity(bounds.lower().len());
    for element in 0..bounds.lower().len() {
        let (lower, upper) = (bounds.lower()[element], bounds.upper()[element]);
        let name = |prefix: &str| format!("{prefix}{}_{element}", id.index());
        let none = f64::NEG_INFINITY;
        let value = builder.continuous(name("z"), none, f64::INFINITY, Quantity::Value(id, element))?;
        let binary = builder.column(Column::binary(name("v")), Quantity::Sign(input, element))?;
        let pre_activation = builder.values(input)[element].clone();
        let (identity, scaled) = (pre_activation.scaled(-1.0), pre_activation.scaled(-slope));
        let reach = 1.0 - slope;
        let alone = [(value, 1.0)];
        builder.row(name("identity"), 0.0, &alone, &identity, f64::INFINITY)?;
        builder.row(name("zero"), 0.0, &alone, &scaled, f64::INFINITY)?;
        let off = [(value, 1.0), (binary, -reach * upper)];
        builder.row(name("off"), none, &off, &scaled, 0.0)?;
        let on = [(value, 1.0), (binary, -reach * lower)];
        builder.row(name("on"), none, &on, &identity, -reach * lower)?;
        values.push(Expression::column(value));
    }
    Ok(values)
}
