//! The basis's inverse, and what follows from it.

use super::{DualSimplex, OUTSIDE, vectors};

/// An entering column whose greatest coefficient is below this depends on the others, as far as f64 can tell.
const DEPENDENT: f64 = 1e-9;

impl DualSimplex<'_> {
    /// Exchanges columns until the basis is this one, as far as its columns are independent. Any basis is as right as
    /// another; one from nearby makes the next solve short.
    pub(in super::super) fn load_basis(&mut self, columns: &[usize]) {
        let mut is_wanted = vec![false; self.positions.len()];
        columns.iter().for_each(|column| is_wanted[*column] = true);
        self.bring_in(columns, &is_wanted);
        self.recompute();
    }

    /// Makes the inverse anew, without the errors of its updates.
    pub(super) fn refactor(&mut self) {
        let mut columns = self.basis.clone();
        // Sparse columns first: they fill less of the inverse.
        columns.sort_by_key(|column| std::cmp::Reverse(*column));
        let mut is_wanted = vec![false; self.positions.len()];
        columns.iter().for_each(|column| is_wanted[*column] = true);
        self.start_from_logicals();
        self.bring_in(&columns, &is_wanted);
        self.updates = 0;
        self.recompute();
    }

    pub(super) fn start_from_logicals(&mut self) {
        let rows = self.program.row_count();
        let first = self.program.column_count();
        self.positions.fill(OUTSIDE);
        self.basis = (first..first + rows).collect();
        self.inverse.fill(0.0);
        for row in 0..rows {
            self.positions[first + row] = row;
            self.inverse[row * rows + row] = -1.0;
        }
        self.weights.fill(1.0);
        self.updates = 0;
    }

    fn bring_in(&mut self, columns: &[usize], is_wanted: &[bool]) {
        for column in columns {
            if self.positions[*column] != OUTSIDE {
                continue;
            }
            let entering = self.in_terms_of_basis(*column);
            let leavable = (0..self.basis.len()).filter(|place| !is_wanted[self.basis[*place]]);
            let best = leavable.max_by(|a, b| entering[*a].abs().total_cmp(&entering[*b].abs()));
            if let Some(place) = best
                && entering[place].abs() > DEPENDENT
            {
                self.pivot(place, *column, &entering);
            }
            self.scratch.entering = entering;
        }
    }

    /// `B^-1 a` of a column `a`, in the memory of `scratch.entering`.
    pub(super) fn in_terms_of_basis(&mut self, column: usize) -> Vec<f64> {
        let rows = self.basis.len();
        let mut sum = std::mem::take(&mut self.scratch.sum);
        sum.clear();
        sum.resize(rows, 0.0);
        self.program.add_column(column, 1.0, &mut sum);
        let mut entering = std::mem::take(&mut self.scratch.entering);
        entering.clear();
        let inverse_rows = self.inverse.chunks_exact(rows.max(1));
        entering.extend(inverse_rows.map(|row| vectors::dot(self.arch, row, &sum)));
        self.scratch.sum = sum;
        entering
    }

    /// Lets a column take a place in the basis; `entering` is that column in terms of the basis. Values and reduced costs
    /// are the caller's business.
    pub(super) fn pivot(&mut self, place: usize, column: usize, entering: &[f64]) {
        let rows = self.basis.len();
        let mut pivot_row = std::mem::take(&mut self.scratch.inverse_row);
        pivot_row.clear();
        let scale = 1.0 / entering[place];
        pivot_row.extend(self.inverse[place * rows..(place + 1) * rows].iter().map(|value| value * scale));
        let each = self.inverse.chunks_exact_mut(rows).zip(&mut self.weights).zip(entering);
        for ((inverse_row, weight), coefficient) in each {
            if *coefficient != 0.0 {
                *weight = vectors::add_multiple_and_square(self.arch, inverse_row, -coefficient, &pivot_row);
            }
        }
        self.weights[place] = vectors::dot(self.arch, &pivot_row, &pivot_row);
        self.inverse[place * rows..(place + 1) * rows].copy_from_slice(&pivot_row);
        self.scratch.inverse_row = pivot_row;
        self.positions[self.basis[place]] = OUTSIDE;
        self.positions[column] = place;
        self.basis[place] = column;
        self.updates += 1;
    }

    /// Computes multipliers, reduced costs, values and objective from the inverse, costs and bounds.
    pub(super) fn recompute(&mut self) {
        let rows = self.basis.len();
        let mut duals = vec![0.0; rows];
        for (column, inverse_row) in self.basis.iter().zip(self.inverse.chunks_exact(rows.max(1))) {
            if self.cost[*column] != 0.0 {
                vectors::add_multiple(self.arch, &mut duals, self.cost[*column], inverse_row);
            }
        }
        let mut priced = std::mem::take(&mut self.scratch.row);
        self.price(&duals, &mut priced);
        for (reduced, (cost, price)) in self.reduced_costs.iter_mut().zip(self.cost.iter().zip(&priced)) {
            *reduced = cost - price;
        }
        self.scratch.row = priced;
        for column in &self.basis {
            self.reduced_costs[*column] = 0.0;
            self.values[*column] = 0.0;
        }
        for column in 0..self.values.len() {
            if self.positions[column] == OUTSIDE {
                self.settle(column);
            }
        }
        let activity = self.activity();
        self.move_basic_values(&activity);
        self.objective = self.cost.iter().zip(&self.values).map(|(cost, value)| cost * value).sum();
    }

    /// `A x - s` of all values.
    fn activity(&self) -> Vec<f64> {
        let program = self.program;
        let (wide, columns) = (program.wide_count(), program.column_count());
        let mut activity: Vec<f64> = self.values[columns..].iter().map(|value| -value).collect();
        let dense = program.dense.chunks_exact(wide.max(1));
        for (row, coefficients) in program.dense_rows.iter().zip(dense) {
            activity[*row] += vectors::dot(self.arch, coefficients, &self.values[..wide]);
        }
        for (column, _) in program.narrow() {
            if self.values[column] != 0.0 {
                program.add_column(column, self.values[column], &mut activity);
            }
        }
        activity
    }

    /// `y^T A` for multipliers of the rows, the logical columns included.
    pub(super) fn price(&mut self, multipliers: &[f64], result: &mut Vec<f64>) {
        let program = self.program;
        result.clear();
        result.resize(self.values.len(), 0.0);
        let wide = program.wide_count();
        let factors = &mut self.scratch.factors;
        factors.clear();
        let dense = program.dense_rows.iter().enumerate().map(|(place, row)| (place, multipliers[*row]));
        factors.extend(dense.filter(|(_, multiplier)| *multiplier != 0.0));
        vectors::add_rows(self.arch, &mut result[..wide], &program.dense, factors);
        for (column, entries) in program.narrow() {
            result[column] = entries.iter().map(|(row, coefficient)| multipliers[*row] * coefficient).sum();
        }
        let logical = &mut result[program.column_count()..];
        logical.iter_mut().zip(multipliers).for_each(|(price, multiplier)| *price = -multiplier);
    }
}
