use super::bounded_sum::BoundedSum;
use crate::{Column, Model};

/// A lower bound on the objective of every feasible point, offset included, from multipliers of the rows: weak duality,
/// which holds for any multipliers whatsoever, so that nobody has to be trusted with them.
///
/// Wherever `lower <= A x <= upper` and `x` is within its bounds,
///
/// ```text
/// c·x = y·(A x) + (c - A^T y)·x  >=  sum_i least of y_i [lower_i, upper_i]  +  sum_j least of d_j [lower_j, upper_j]
/// ```
///
/// with `d = c - A^T y`. All rounding is outward. A multiplier that charges a side that its row does not have counts as 0,
/// and so does one that is not finite or not there; others beyond the rows are left alone. A reduced cost that charges an
/// infinite bound of its column makes the bound `-inf`: with a basic column that is free or bounded on one side only, this
/// happens unless `d_j` is 0 exactly, so that models whose columns are boxed profit most.
///
/// It bounds the linear relaxation. Of integer columns only the bounds are used, rounded to whole numbers; nothing here
/// certifies what a branch and bound proved. Source: Neumaier & Shcherbina, "Safe bounds in linear and mixed-integer linear
/// programming", Mathematical Programming 99, 2004.
///
/// ```
/// use solver_api::{Column, Model, certified_bound};
///
/// // minimise x + y over x + 3 y >= 6 within 0 <= x, y <= 9; the optimum is 2.
/// let mut model = Model::new("little");
/// let [x, y] = ["x", "y"].map(|name| model.add_column(Column::continuous(name, 0.0, 9.0)).expect("valid"));
/// model.set_objective(0.0, [(x, 1.0), (y, 1.0)])?;
/// model.add_row("demand", 6.0, f64::INFINITY, [(x, 1.0), (y, 3.0)])?;
/// let bound = certified_bound(&model, &[1.0 / 3.0]);
/// assert!(bound <= 2.0 && bound > 2.0 - 1e-12);
/// assert_eq!(certified_bound(&model, &[0.25]), 1.5);
/// assert_eq!(certified_bound(&model, &[-7.0]), 0.0);
/// # Ok::<(), solver_api::ModelError>(())
/// ```
pub fn certified_bound(model: &Model, row_duals: &[f64]) -> f64 {
    let mut reduced_costs: Vec<BoundedSum> =
        model.columns().iter().map(|column| BoundedSum::of(column.objective)).collect();
    let mut bound = BoundedSum::of(model.offset());
    for (row, dual) in model.rows().zip(row_duals) {
        let side = if *dual > 0.0 { row.lower } else { row.upper };
        if *dual == 0.0 || !dual.is_finite() || side.is_infinite() {
            continue;
        }
        bound.add_product(*dual, side);
        for (column, coefficient) in row.columns.iter().zip(row.coefficients) {
            reduced_costs[column.index()].add_product(-*dual, *coefficient);
        }
    }
    for (column, reduced_cost) in model.columns().iter().zip(&reduced_costs) {
        charge(&mut bound, column, reduced_cost);
    }
    bound.least()
}

/// Adds the least that a column within its bounds can contribute, whatever its reduced cost is within its error.
fn charge(bound: &mut BoundedSum, column: &Column, reduced_cost: &BoundedSum) {
    let (lower, upper) = column.solver_bounds(0.0);
    let (least, greatest) = (reduced_cost.least(), reduced_cost.greatest());
    if least == 0.0 && greatest == 0.0 {
        return;
    }
    // The value by which the column contributes least, and how far from 0 those are that it may have there.
    let (value, reach) = if least >= 0.0 {
        (lower, lower.abs())
    } else if greatest <= 0.0 {
        (upper, upper.abs())
    } else {
        let value = if reduced_cost.value() >= 0.0 { lower } else { upper };
        (value, lower.abs().max(upper.abs()))
    };
    if reach.is_infinite() {
        bound.add(f64::NEG_INFINITY);
    } else {
        bound.add_product(reduced_cost.value(), value);
        bound.widen(reduced_cost.error(), reach);
    }
}
