//! microlp's integer columns have 32 bits: whether an answer also holds for columns that have no bound.

use std::ops::RangeInclusive;

use super::problem::{self, Translated};
use super::search::{Deadlines, Found, run};
use crate::{ColumnId, ColumnKind, Model, SolverError};
use microlp::SolveOptions;

/// Where a column must stay for nothing to be lost, with room for tolerances.
const INSIDE: RangeInclusive<f64> = -2_147_483_000.0..=2_147_483_000.0;

/// The integer columns with an infinite bound.
pub(super) fn boxed(model: &Model) -> Vec<ColumnId> {
    let columns = model.columns().iter().enumerate();
    columns
        .filter(|(_, column)| column.kind == ColumnKind::Integer)
        .filter(|(_, column)| column.lower.is_infinite() || column.upper.is_infinite())
        .map(|(index, _)| ColumnId::from_index(index))
        .collect()
}

/// Whether no point outside of the box is feasible and, where an incumbent's objective is given, at least as good.
///
/// Each side of each column is asked by an LP, so that "no" may also mean that the relaxation reaches farther.
pub(super) fn loses_nothing(
    model: &Model,
    columns: &[ColumnId],
    incumbent: Option<f64>,
    settings: &SolveOptions,
    deadlines: &Deadlines<'_>,
) -> Result<bool, SolverError> {
    let mut relaxation = model.relaxation();
    if let Some(objective) = incumbent {
        let costs = model.columns().iter().enumerate();
        let terms = costs.map(|(index, column)| (ColumnId::from_index(index), column.objective));
        // Room for what the sums of either side round.
        let right = objective - model.offset() + 1e-6 * objective.abs().max(1.0);
        relaxation.add_row("as good as the incumbent", f64::NEG_INFINITY, right, terms)?;
    }
    for column in columns {
        let bounds = model.column(*column);
        let sides = [(bounds.lower, 1.0), (bounds.upper, -1.0)];
        for (_, direction) in sides.into_iter().filter(|(bound, _)| bound.is_infinite()) {
            relaxation.set_objective(0.0, [(*column, direction)])?;
            let Some(Translated { problem, .. }) = problem::problem(&relaxation, 0.0) else {
                return Ok(false);
            };
            match run(&problem, settings, deadlines)? {
                Found::Infeasible => return Ok(incumbent.is_none()),
                Found::Optimal { values, .. } => match values.get(column.index()) {
                    Some(value) if INSIDE.contains(value) => {}
                    _ => return Ok(false),
                },
                _ => return Ok(false),
            }
        }
    }
    Ok(true)
}
