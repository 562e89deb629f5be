//! Multipliers of a linear program's rows, as the solution of its dual.

use solver_api::{Column, ColumnId, Model};

use crate::simplex::{LinearAnswer, minimise};

/// Multipliers by which the rows of a model that has an optimum prove it.
pub(crate) fn row_duals(model: &Model) -> Option<Vec<f64>> {
    let mut dual = Model::new("dual");
    // One nonnegative column for each finite side: it is worth the side, and enters with its sign.
    let mut sides = |lower: f64, upper: f64| {
        let mut column = |side: f64, sign: f64| {
            let column = Column::continuous("side", 0.0, f64::INFINITY);
            let id = dual.add_column(Column { objective: -sign * side, ..column }).expect("a finite side");
            (id, sign)
        };
        let lower = lower.is_finite().then(|| column(lower, 1.0));
        let upper = upper.is_finite().then(|| column(upper, -1.0));
        lower.into_iter().chain(upper).collect::<Vec<(ColumnId, f64)>>()
    };
    let of_rows: Vec<_> = model.rows().map(|row| sides(row.lower, row.upper)).collect();
    let mut equations: Vec<_> =
        model.columns().iter().map(|column| sides(column.lower, column.upper)).collect();
    for (row, multiplier) in model.rows().zip(&of_rows) {
        for (column, value) in row.columns.iter().zip(row.coefficients) {
            equations[column.index()].extend(multiplier.iter().map(|(id, sign)| (*id, sign * value)));
        }
    }
    for (column, terms) in model.columns().iter().zip(equations) {
        dual.add_row("cost", column.objective, column.objective, terms).expect("finite numbers");
    }
    let LinearAnswer::Optimum(values) = minimise(&dual, &vec![(0.0, f64::INFINITY); dual.column_count()])
    else {
        return None;
    };
    let multiplier =
        |sides: &Vec<(ColumnId, f64)>| sides.iter().map(|(id, sign)| sign * values[id.index()]).sum();
    Some(of_rows.iter().map(multiplier).collect())
}
