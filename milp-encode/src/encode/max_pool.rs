//! Maxima over windows.

use ndarray::ArrayView1;
use nn_core::{NodeId, Pool};
use solver_api::{Column, ColumnId, ColumnKind, ModelError};

use super::Formulation;
use super::builder::Builder;
use super::completion::Quantity;
use super::expression::Expression;
use crate::window::{pool_windows, undominated};

/// A layer of maxima over windows.
///
/// Inputs that never reach the greatest lower bound of their window are dropped. Where one is left, the maximum is that
/// input; else `y >= x_i`, `y <= x_i + (U_i - l_i) (1 - d_i)` and exactly one binary `d_i` is 1, with `U_i` the greatest
/// upper bound of the other inputs. In the linear relaxation `d_i` is any number between 0 and 1.
pub(super) fn max_pool(
    builder: &mut Builder<'_>,
    id: NodeId,
    pool: &Pool,
) -> Result<Vec<Expression>, ModelError> {
    let input = builder.input_of(id);
    builder.make_narrow(input, 2)?;
    let bounds = builder.bounds(input);
    let windows = pool_windows(pool, builder.network.node(input).shape());
    let mut values = Vec::with_capacity(windows.len());
    for (element, window) in windows.iter().enumerate() {
        let rivals = undominated(window, bounds.lower(), bounds.upper());
        values.push(match rivals.as_slice() {
            [only] => builder.values(input)[*only].clone(),
            _ => Expression::column(maximum(builder, (id, element), &rivals)?),
        });
    }
    Ok(values)
}

fn maximum(
    builder: &mut Builder<'_>,
    (id, element): (NodeId, usize),
    rivals: &[usize],
) -> Result<ColumnId, ModelError> {
    let input = builder.input_of(id);
    let bounds = builder.bounds(input);
    let greatest = |values: ArrayView1<'_, f64>, except: Option<usize>| {
        rivals.iter().filter(|i| Some(**i) != except).map(|i| values[*i]).fold(f64::NEG_INFINITY, f64::max)
    };
    let name = |prefix: &str| format!("{prefix}{}_{element}", id.index());
    let range = (greatest(bounds.lower(), None), greatest(bounds.upper(), None));
    let value = builder.continuous(name("m"), range.0, range.1, Quantity::Value(id, element))?;
    let kind = match builder.formulation {
        Formulation::Triangle => ColumnKind::Continuous,
        _ => ColumnKind::Integer,
    };
    let mut chosen = Vec::with_capacity(rivals.len());
    for (position, rival) in rivals.iter().enumerate() {
        let choice = Column::binary(format!("{}_{position}", name("d")));
        let quantity = Quantity::Choice { maximum: (id, element), rival: (input, *rival) };
        let choice = builder.column(Column { kind, ..choice }, quantity)?;
        chosen.push((choice, 1.0));
        let rival_negated = builder.values(input)[*rival].scaled(-1.0);
        let own = [(value, 1.0)];
        builder.row(format!("{}_{position}", name("atleast")), 0.0, &own, &rival_negated, f64::INFINITY)?;
        let big_m = (greatest(bounds.upper(), Some(*rival)) - bounds.lower()[*rival]).next_up().max(0.0);
        let own = [(value, 1.0), (choice, big_m)];
        builder.row(
            format!("{}_{position}", name("atmost")),
            f64::NEG_INFINITY,
            &own,
            &rival_negated,
            big_m,
        )?;
    }
    builder.model.add_row(name("one"), 1.0, 1.0, chosen)?;
    Ok(value)
}
