//! A dual simplex for linear programs over a box with many columns and few rows.
//!
//! Every column lies between two finite bounds. So every basis is dual feasible once each column outside it stands at the
//! bound that its reduced cost asks for: there is no first phase, and after any change of objective or bounds the search
//! goes on from the basis at hand. At each such point the objective's value is a lower bound of the optimum.
//!
//! | part | how |
//! |---|---|
//! | basis | its inverse, explicitly, row by row; rank-one updates, made anew from unit vectors every 100 pivots |
//! | leaving column | steepest edge, by the exact norms of the inverse's rows (Forrest and Goldfarb, 1992) |
//! | entering column | long steps over the bounds of columns, [`ratio_test`] |
//!
//! Nothing here is rounded outward: what answers rest on is computed elsewhere, from the multipliers that are found here
//! (`proof.rs`).

mod basis;
mod dual;
mod program;
mod ratio_test;
mod vectors;

#[cfg(test)]
mod tests;

use pulp::Arch;

pub(super) use dual::{LpStatus, PivotLimits};
pub(super) use program::{BoxedProgram, Row};

/// A basis of a program, with all that follows from it.
#[derive(Debug)]
pub(super) struct DualSimplex<'p> {
    program: &'p BoxedProgram,
    arch: Arch,
    /// Of all columns, the logical ones behind the others.
    lower: Vec<f64>,
    upper: Vec<f64>,
    cost: Vec<f64>,
    values: Vec<f64>,
    reduced_costs: Vec<f64>,
    at_upper: Vec<bool>,
    /// Where a column stands in the basis; `OUTSIDE` for the others.
    positions: Vec<usize>,
    /// The columns of the basis.
    basis: Vec<usize>,
    /// The basis's inverse, (positions, rows).
    inverse: Vec<f64>,
    /// The squared norms of its rows.
    weights: Vec<f64>,
    objective: f64,
    /// Rank-one updates since the inverse was made anew.
    updates: usize,
    scratch: Scratch,
}

/// Room for what a pivot computes.
#[derive(Debug, Default)]
struct Scratch {
    /// Coefficients of the leaving row, a column.
    row: Vec<f64>,
    /// The entering column in terms of the basis.
    entering: Vec<f64>,
    /// A row of the inverse.
    inverse_row: Vec<f64>,
    /// A sum of columns.
    sum: Vec<f64>,
    factors: Vec<(usize, f64)>,
    breakpoints: Vec<ratio_test::Breakpoint>,
}

const OUTSIDE: usize = usize::MAX;

impl<'p> DualSimplex<'p> {
    /// A program with an objective of 0, on the basis of all logical columns.
    pub(super) fn new(program: &'p BoxedProgram) -> Self {
        let (lower, upper): (Vec<f64>, Vec<f64>) =
            program.bounds().map(|[lower, upper]| (lower, upper)).unzip();
        let (columns, rows) = (lower.len(), program.row_count());
        let mut simplex = Self {
            program,
            arch: Arch::new(),
            values: lower.clone(),
            lower,
            upper,
            cost: vec![0.0; columns],
            reduced_costs: vec![0.0; columns],
            at_upper: vec![false; columns],
            positions: vec![OUTSIDE; columns],
            basis: Vec::new(),
            inverse: vec![0.0; rows * rows],
            weights: vec![1.0; rows],
            objective: 0.0,
            updates: 0,
            scratch: Scratch::default(),
        };
        simplex.start_from_logicals();
        simplex.recompute();
        simplex
    }

    /// Takes over another simplex of the same program, without new memory.
    pub(super) fn copy_from(&mut self, other: &Self) {
        let Self { program, arch: _, lower, upper, cost, values, reduced_costs, at_upper, .. } = self;
        *program = other.program;
        lower.clone_from(&other.lower);
        upper.clone_from(&other.upper);
        cost.clone_from(&other.cost);
        values.clone_from(&other.values);
        reduced_costs.clone_from(&other.reduced_costs);
        at_upper.clone_from(&other.at_upper);
        self.positions.clone_from(&other.positions);
        self.basis.clone_from(&other.basis);
        self.inverse.clone_from(&other.inverse);
        self.weights.clone_from(&other.weights);
        self.objective = other.objective;
        self.updates = other.updates;
    }

    /// Another objective, one coefficient a column that is not logical.
    pub(super) fn set_cost(&mut self, cost: &[f64]) {
        self.cost[..cost.len()].copy_from_slice(cost);
        self.recompute();
    }

    /// Other bounds of some columns.
    pub(super) fn set_bounds(&mut self, bounds: impl IntoIterator<Item = (usize, [f64; 2])>) {
        let mut sum = std::mem::take(&mut self.scratch.sum);
        sum.clear();
        sum.resize(self.basis.len(), 0.0);
        let mut is_moved = false;
        for (column, [lower, upper]) in bounds {
            (self.lower[column], self.upper[column]) = (lower, upper);
            if self.positions[column] == OUTSIDE {
                let change = self.settle(column);
                if change != 0.0 {
                    self.objective += self.reduced_costs[column] * change;
                    self.program.add_column(column, change, &mut sum);
                    is_moved = true;
                }
            }
        }
        if is_moved {
            self.move_basic_values(&sum);
        }
        self.scratch.sum = sum;
    }

    /// A lower bound of the optimum, up to rounding; the optimum itself after a solve that ended with it.
    pub(super) fn objective(&self) -> f64 {
        self.objective
    }

    /// The value of every column that is not logical.
    pub(super) fn values(&self) -> &[f64] {
        &self.values[..self.program.column_count()]
    }

    /// The rows' multipliers, by which reduced costs are `c - A^T y`.
    pub(super) fn row_duals(&self) -> &[f64] {
        &self.reduced_costs[self.program.column_count()..]
    }

    /// The columns of the basis.
    pub(super) fn basis(&self) -> &[usize] {
        &self.basis
    }

    /// Puts a column outside the basis at the bound that its reduced cost asks for; tells by how much it moved.
    fn settle(&mut self, column: usize) -> f64 {
        let reduced_cost = self.reduced_costs[column];
        if reduced_cost != 0.0 {
            self.at_upper[column] = reduced_cost < 0.0;
        }
        let bound = if self.at_upper[column] { self.upper[column] } else { self.lower[column] };
        bound - std::mem::replace(&mut self.values[column], bound)
    }

    /// Subtracts `B^-1 sum` from the values of the basis.
    fn move_basic_values(&mut self, sum: &[f64]) {
        for (column, row) in self.basis.iter().zip(self.inverse.chunks_exact(sum.len().max(1))) {
            self.values[*column] -= vectors::dot(self.arch, row, sum);
        }
    }
}
