//! Models and options as microlp takes them.

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOptions, Variable};

use super::NAME;
use crate::adapters::fresh::rejected;
use crate::{ColumnKind, Model, Options, SolverError};

/// The options of every solve, the raw ones last.
pub(super) fn settings(options: &Options) -> Result<SolveOptions, SolverError> {
    let mut settings = SolveOptions::default();
    if !(1e-10..f64::INFINITY).contains(&options.feasibility_tolerance) {
        return Err(rejected(NAME, "feasibility_tolerance", &options.feasibility_tolerance));
    }
    if !(0.0..0.5).contains(&options.integrality_tolerance) {
        return Err(rejected(NAME, "integrality_tolerance", &options.integrality_tolerance));
    }
    settings.tolerances.feasibility = options.feasibility_tolerance;
    settings.int_tol = options.integrality_tolerance;
    for (name, value) in &options.raw {
        let rejection = || rejected(NAME, name, value);
        match name.as_str() {
            "presolve" => settings.presolve = value.parse().map_err(|_| rejection())?,
            "dual_fixing" => settings.dual_fixing = value.parse().map_err(|_| rejection())?,
            "prune_epsilon" => {
                let epsilon: f64 = value.parse().map_err(|_| rejection())?;
                if !(0.0..f64::INFINITY).contains(&epsilon) {
                    return Err(rejection());
                }
                settings.tolerances.prune_epsilon = epsilon;
            }
            _ => return Err(rejection()),
        }
    }
    Ok(settings)
}

/// A model as microlp knows it, its offset left out.
pub(super) struct Translated {
    pub(super) problem: Problem,
    /// One for each column.
    pub(super) variables: Vec<Variable>,
}

/// The model as a problem; `None` where an integer column has no whole number between its bounds.
pub(super) fn problem(model: &Model, integrality_tolerance: f64) -> Option<Translated> {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let mut variables = Vec::with_capacity(model.column_count());
    for column in model.columns() {
        let (lower, upper) = column.solver_bounds(integrality_tolerance);
        if lower > upper {
            return None;
        }
        variables.push(match column.kind {
            ColumnKind::Continuous => problem.add_var(column.objective, (lower, upper)),
            // Finite bounds fit; infinite ones become the greatest and least of 32 bits.
            ColumnKind::Integer => problem.add_integer_var(column.objective, (lower as i32, upper as i32)),
        });
    }
    for row in model.rows() {
        let columns = row.columns.iter().map(|column| variables[column.index()]);
        let terms: Vec<(Variable, f64)> = columns.zip(row.coefficients.iter().copied()).collect();
        let mut add = |operator, right| problem.add_constraint(&terms, operator, right);
        if row.lower == row.upper {
            add(ComparisonOp::Eq, row.lower);
            continue;
        }
        if row.lower.is_finite() {
            add(ComparisonOp::Ge, row.lower);
        }
        if row.upper.is_finite() {
            add(ComparisonOp::Le, row.upper);
        }
    }
    Some(Translated { problem, variables })
}
