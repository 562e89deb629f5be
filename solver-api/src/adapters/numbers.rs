//! Numbers that a solver would misread, refused with their place.

use super::common::unsupported;
use crate::{Column, ColumnId, ColumnKind, Model, SolverError};

/// The magnitudes from which on a solver takes a finite number for another one: each must be less than its limit.
#[derive(Clone, Copy)]
pub(super) struct NumberLimits {
    /// Coefficients of the objective.
    pub(super) cost: f64,
    /// Coefficients of rows.
    pub(super) coefficient: f64,
    /// Finite bounds of rows.
    pub(super) row_bound: f64,
    /// Finite bounds of continuous columns.
    pub(super) bound: f64,
    /// Finite bounds of integer columns.
    pub(super) integer_bound: f64,
}

impl NumberLimits {
    /// Refuses the first number that the solver would misread, with its place.
    pub(super) fn require_all(&self, solver: &str, model: &Model) -> Result<(), SolverError> {
        for (index, column) in model.columns().iter().enumerate() {
            self.require_bounds(solver, column, column.lower, column.upper)?;
            self.require_costs(solver, model, &[(ColumnId::from_index(index), column.objective)])?;
        }
        let indicators = model.indicators().map(|indicator| indicator.row);
        model.rows().chain(indicators).try_for_each(|row| {
            let terms: Vec<(ColumnId, f64)> =
                row.columns.iter().copied().zip(row.coefficients.iter().copied()).collect();
            self.require_row(solver, model, row.name, (row.lower, row.upper), &terms)
        })
    }

    pub(super) fn require_bounds(
        &self,
        solver: &str,
        column: &Column,
        lower: f64,
        upper: f64,
    ) -> Result<(), SolverError> {
        let limit = match column.kind {
            ColumnKind::Continuous => self.bound,
            ColumnKind::Integer => self.integer_bound,
        };
        require_range(solver, limit, &format!("column `{}`", column.name), [lower, upper])
    }

    pub(super) fn require_costs(
        &self,
        solver: &str,
        model: &Model,
        terms: &[(ColumnId, f64)],
    ) -> Result<(), SolverError> {
        require_terms(solver, self.cost, model, "the objective", terms)
    }

    pub(super) fn require_row(
        &self,
        solver: &str,
        model: &Model,
        name: &str,
        (lower, upper): (f64, f64),
        terms: &[(ColumnId, f64)],
    ) -> Result<(), SolverError> {
        let place = format!("row `{name}`");
        require_terms(solver, self.coefficient, model, &place, terms)?;

        require_range(solver, self.row_bound, &place, [lower, upper])
    }
}

fn require_terms(
    solver: &str,
    limit: f64,
    model: &Model,
    place: &str,
    terms: &[(ColumnId, f64)],
) -> Result<(), SolverError> {
    match terms.iter().find(|(_, value)| value.abs() >= limit) {
        None => Ok(()),
        Some((column, value)) => Err(unsupported(
            solver,
            format!(
                "coefficient {value:e} of column `{}` in {place}: it must be less than {limit:e}",
                model.column(*column).name
            ),
        )),
    }
}

fn require_range(solver: &str, limit: f64, place: &str, bounds: [f64; 2]) -> Result<(), SolverError> {
    match bounds.iter().find(|bound| bound.is_finite() && bound.abs() >= limit) {
        None => Ok(()),
        Some(bound) => {
            Err(unsupported(solver, format!("bound {bound:e} of {place}: it must be less than {limit:e}")))
        }
    }
}
