//! Small models written down densely, and a hard one.

use crate::{Column, ColumnId, ColumnKind, Model};

/// No bound.
pub const INF: f64 = f64::INFINITY;
/// A column of real values.
pub const CONTINUOUS: ColumnKind = ColumnKind::Continuous;
/// A column of whole values.
pub const INTEGER: ColumnKind = ColumnKind::Integer;

/// Lower bound, upper bound, objective coefficient, kind.
pub type DenseColumn = (f64, f64, f64, ColumnKind);
/// Lower bound, one coefficient a column, upper bound.
pub type DenseRow<'a> = (f64, &'a [f64], f64);

/// minimise `offset + objective` over columns `x0, x1, …` and rows `r0, r1, …`
pub fn dense(offset: f64, columns: &[DenseColumn], rows: &[DenseRow<'_>]) -> Model {
    let mut model = Model::new("dense");
    for (index, (lower, upper, objective, kind)) in columns.iter().copied().enumerate() {
        let name = format!("x{index}");
        model.add_column(Column { name, lower, upper, objective, kind }).expect("a valid column");
    }
    for (index, (lower, coefficients, upper)) in rows.iter().enumerate() {
        let terms =
            coefficients.iter().enumerate().map(|(column, value)| (ColumnId::from_index(column), *value));
        model.add_row(format!("r{index}"), *lower, *upper, terms).expect("a valid row");
    }
    let terms: Vec<(ColumnId, f64)> = columns
        .iter()
        .enumerate()
        .map(|(column, (_, _, cost, _))| (ColumnId::from_index(column), *cost))
        .collect();
    model.set_objective(offset, terms).expect("a valid objective");
    model
}

/// Take items of value 4, 5, 3, 7 and weight 3, 4, 2, 5 into a sack for 9; the best value is 12, from the first
/// three or from the second and the last.
pub fn knapsack(offset: f64) -> Model {
    let item = |value: f64| (0.0, 1.0, -value, INTEGER);
    dense(offset, &[item(4.0), item(5.0), item(3.0), item(7.0)], &[(-INF, &[3.0, 4.0, 2.0, 5.0], 9.0)])
}

/// The objective of [`knapsack`] at its best, without offset.
pub const KNAPSACK: f64 = -12.0;

/// Market split (Cornuejols and Dawande 1998) with slacks: feasible at once, and far out of reach of branch and bound.
///
/// minimise `100 + sum of |slack|` over 30 binaries and 4 equations; the bound of the relaxation is 100.
pub fn market_split() -> Model {
    let mut state = 12345_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % 100) as f64
    };
    let mut model = Model::new("market_split");
    let products: Vec<ColumnId> = (0..30)
        .map(|index| model.add_column(Column::binary(format!("b{index}"))).expect("a valid column"))
        .collect();
    let mut slacks = Vec::new();
    for row in 0..4 {
        let demands: Vec<f64> = products.iter().map(|_| next()).collect();
        let half = (demands.iter().sum::<f64>() / 2.0).floor();
        let [over, under] = ["over", "under"].map(|side| {
            model.add_column(Column::continuous(format!("{side}{row}"), 0.0, INF)).expect("a valid column")
        });
        let terms = products.iter().copied().zip(demands).chain([(over, -1.0), (under, 1.0)]);
        model.add_row(format!("split{row}"), half, half, terms).expect("a valid row");
        slacks.extend([(over, 1.0), (under, 1.0)]);
    }
    model.set_objective(100.0, slacks).expect("a valid objective");
    model
}

/// Forty-five binaries and four equations that no whole point satisfies, and whose relaxation has a solution.
///
/// The first row plus 2, 3 and 4 times the others has coefficients that are multiples of 13, and a right-hand side that
/// is none. Branch and bound sees nothing of that until nearly every column is fixed.
pub fn hidden_contradiction() -> Model {
    let mut state = 54321_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % 97
    };
    let mut model = Model::new("hidden_contradiction");
    let mut rows: [Vec<u64>; 4] = Default::default();
    for index in 0..45 {
        model.add_column(Column::binary(format!("b{index}"))).expect("a valid column");
        let others = [next(), next(), next()];
        let residue = (2 * others[0] + 3 * others[1] + 4 * others[2]) % 13;
        rows[0].push(13 - residue + 13 * (next() % 7));
        rows[1..].iter_mut().zip(others).for_each(|(row, value)| row.push(value));
    }
    let mut sides: Vec<u64> = rows.iter().map(|row| row.iter().sum::<u64>() / 2).collect();
    while (sides[0] + 2 * sides[1] + 3 * sides[2] + 4 * sides[3]).is_multiple_of(13) {
        sides[0] += 1;
    }
    for (index, (row, side)) in rows.iter().zip(sides).enumerate() {
        let terms =
            row.iter().enumerate().map(|(column, value)| (ColumnId::from_index(column), *value as f64));
        model.add_row(format!("split{index}"), side as f64, side as f64, terms).expect("a valid row");
    }
    model
}
