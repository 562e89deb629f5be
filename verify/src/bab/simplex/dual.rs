//! Pivots of the dual simplex.

use solver_api::Budget;

use super::ratio_test::{Breakpoint, best_breakpoint};
use super::{DualSimplex, OUTSIDE};

/// How a solve ended.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum LpStatus {
    /// The objective and the values are those of an optimum.
    Optimal,
    /// The objective, a lower bound, has reached the cutoff.
    CutoffReached,
    /// No point satisfies all bounds. Along this direction of the rows' multipliers the lower bound rises without end,
    /// by `slope` a unit from `step` units on.
    Infeasible {
        /// One entry a row.
        direction: Vec<f64>,
        /// The rise a unit.
        slope: f64,
        /// Where the direction's rise has become `slope`.
        step: f64,
    },
    /// The pivots allowed are used up; the objective is a lower bound.
    PivotLimit,
    /// The budget is exhausted; the objective is a lower bound.
    OutOfBudget,
}

/// When a solve ends before the optimum.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct PivotLimits<'b> {
    /// At an objective that reaches this.
    pub(in super::super) cutoff: f64,
    /// After so many pivots.
    pub(in super::super) pivots: usize,
    /// And with this.
    pub(in super::super) budget: &'b Budget,
}

/// By how much a value may miss its bounds.
const VALUE_TOLERANCE: f64 = 1e-9;

/// Coefficients of the leaving row below this are taken for 0.
const NEGLIGIBLE: f64 = 1e-9;

/// By how much the two ways to compute a pivot may differ before the inverse is made anew.
const PIVOT_ERROR: f64 = 1e-7;

/// How many updates the inverse is trusted for.
const MOST_UPDATES: usize = 100;

/// How many pivots pass between two looks at the budget.
const PIVOTS_A_LOOK: usize = 16;

/// A column that leaves the basis.
#[derive(Clone, Copy, Debug)]
struct Leaving {
    place: usize,
    /// 1 where its value has to rise to its lower bound, -1 where it has to fall to its upper one.
    way: f64,
    /// By how much.
    violation: f64,
}

impl DualSimplex<'_> {
    /// Pivots until the optimum is found or a limit ends the solve.
    pub(in super::super) fn solve(&mut self, limits: &PivotLimits<'_>) -> LpStatus {
        for pivot in 0.. {
            if self.objective >= limits.cutoff {
                return LpStatus::CutoffReached;
            }
            if pivot >= limits.pivots {
                return LpStatus::PivotLimit;
            }
            if pivot % PIVOTS_A_LOOK == PIVOTS_A_LOOK - 1 && limits.budget.is_exhausted() {
                return LpStatus::OutOfBudget;
            }
            if self.updates >= MOST_UPDATES.max(self.basis.len()) {
                self.refactor();
            }
            let Some(leaving) = self.leaving() else { return LpStatus::Optimal };
            if let Some(infeasible) = self.step(leaving) {
                return infeasible;
            }
        }
        unreachable!("the loop has no end of its own")
    }

    /// The column of the basis that misses its bounds most, measured along the edge that its leaving goes.
    fn leaving(&self) -> Option<Leaving> {
        let mut best = None;
        let mut best_score = 0.0;
        for (place, (column, weight)) in self.basis.iter().zip(&self.weights).enumerate() {
            let value = self.values[*column];
            let (way, violation) = if value < self.lower[*column] {
                (1.0, self.lower[*column] - value)
            } else {
                (-1.0, value - self.upper[*column])
            };
            let score = violation * violation;
            if violation > VALUE_TOLERANCE && score > best_score * weight {
                best_score = score / weight;
                best = Some(Leaving { place, way, violation });
            }
        }
        best
    }

    /// One pivot; tells where there is none since the program is infeasible.
    fn step(&mut self, leaving: Leaving) -> Option<LpStatus> {
        let rows = self.basis.len();
        let inverse_row = self.inverse[leaving.place * rows..(leaving.place + 1) * rows].to_vec();
        let mut row = std::mem::take(&mut self.scratch.row);
        self.price(&inverse_row, &mut row);
        let mut points = std::mem::take(&mut self.scratch.breakpoints);
        self.find_breakpoints(&row, leaving.way, &mut points);
        let infeasible = match best_breakpoint(&mut points, leaving.violation) {
            Some(best) => {
                self.enter(leaving, &row, &points, best);
                None
            }
            None if self.updates > 0 => {
                // So strong a claim is not made from an inverse that was updated.
                self.refactor();
                None
            }
            None => Some(LpStatus::Infeasible {
                direction: inverse_row.iter().map(|entry| -leaving.way * entry).collect(),
                slope: leaving.violation - points.iter().map(|point| point.fall).sum::<f64>(),
                step: points.iter().map(|point| point.step).fold(0.0, f64::max),
            }),
        };
        (self.scratch.row, self.scratch.breakpoints) = (row, points);
        infeasible
    }

    fn find_breakpoints(&self, row: &[f64], way: f64, points: &mut Vec<Breakpoint>) {
        points.clear();
        for (column, coefficient) in row.iter().enumerate() {
            let size = coefficient.abs();
            let is_moved =
                if self.at_upper[column] { way * coefficient > 0.0 } else { way * coefficient < 0.0 };
            if !is_moved || size < NEGLIGIBLE || self.positions[column] != OUTSIDE {
                continue;
            }
            let width = self.upper[column] - self.lower[column];
            if width > 0.0 {
                let step = self.reduced_costs[column].abs() / size;
                points.push(Breakpoint { column, step, fall: size * width, size });
            }
        }
    }

    fn enter(&mut self, leaving: Leaving, row: &[f64], points: &[Breakpoint], best: usize) {
        let place = leaving.place;
        let column = points[best].column;
        let entering = self.in_terms_of_basis(column);
        let pivot = entering[place];
        if (pivot - row[column]).abs() > PIVOT_ERROR * (1.0 + pivot.abs()) && self.updates > 0 {
            self.scratch.entering = entering;
            self.refactor();
            return;
        }
        let step = self.reduced_costs[column] / row[column];
        super::vectors::add_multiple(self.arch, &mut self.reduced_costs, -step, row);
        let left = self.basis[place];
        for basic in &self.basis {
            self.reduced_costs[*basic] = 0.0;
        }
        let entering_cost = step * row[column];
        self.reduced_costs[column] = 0.0;
        self.reduced_costs[left] = -step;
        let passed = points.iter().filter(|point| point.step <= points[best].step && point.column != column);
        self.flip(passed, row, step);

        let bound = if leaving.way > 0.0 { self.lower[left] } else { self.upper[left] };
        let change = (self.values[left] - bound) / pivot;
        for (basic, coefficient) in self.basis.iter().zip(&entering) {
            self.values[*basic] -= change * coefficient;
        }
        self.values[column] += change;
        self.values[left] = bound;
        self.at_upper[left] = leaving.way < 0.0;
        self.objective += entering_cost * change;
        self.pivot(place, column, &entering);
        self.scratch.entering = entering;
    }

    /// Moves the columns whose reduced costs have changed their signs to their other bounds.
    fn flip<'a>(&mut self, passed: impl Iterator<Item = &'a Breakpoint>, row: &[f64], step: f64) {
        let mut sum = std::mem::take(&mut self.scratch.sum);
        sum.clear();
        sum.resize(self.basis.len(), 0.0);
        let mut is_moved = false;
        for point in passed {
            let change = self.settle(point.column);
            if change != 0.0 {
                let earlier_cost = self.reduced_costs[point.column] + step * row[point.column];
                self.objective += earlier_cost * change;
                self.program.add_column(point.column, change, &mut sum);
                is_moved = true;
            }
        }
        if is_moved {
            self.move_basic_values(&sum);
        }
        self.scratch.sum = sum;
    }
}
