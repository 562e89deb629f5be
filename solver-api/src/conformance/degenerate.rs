//! Linear programs on which a simplex method stalls, cycles or takes the long way, and names and numbers that model files
//! get wrong.

use super::build::{CONTINUOUS, DenseColumn, DenseRow, INF, INTEGER, dense};
use super::{Case, ExactAnswer, exact_answer, solve, vertices::expect_answer};
use crate::{Capability, Column, ColumnId, Limits, Model, Solver};

fn check(solver: &dyn Solver, model: &Model) {
    expect_answer(&solve(solver, model, &Limits::default()), &exact_answer(model), model);
}

/// All columns from 0 up.
fn nonnegative(costs: &[f64], rows: &[DenseRow<'_>]) -> Model {
    let columns: Vec<DenseColumn> = costs.iter().map(|cost| (0.0, INF, *cost, CONTINUOUS)).collect();
    dense(0.0, &columns, rows)
}

/// The cube of Klee and Minty (1972), on which Dantzig's rule visits all 2^n vertices.
fn klee_minty(dimension: usize) -> Model {
    let power = |exponent: usize| 2.0_f64.powi(i32::try_from(exponent).expect("a small exponent"));
    let costs: Vec<f64> = (0..dimension).map(|index| -power(dimension - 1 - index)).collect();
    let rows: Vec<Vec<f64>> = (0..dimension)
        .map(|row| {
            let coefficient = |column: usize| match column {
                _ if column < row => power(row - column + 1),
                _ if column == row => 1.0,
                _ => 0.0,
            };
            (0..dimension).map(coefficient).collect()
        })
        .collect();
    let limits = (0..dimension).map(|row| 5.0_f64.powi(i32::try_from(row + 1).expect("a small exponent")));
    let rows: Vec<DenseRow<'_>> =
        rows.iter().zip(limits).map(|(row, limit)| (-INF, row.as_slice(), limit)).collect();
    nonnegative(&costs, &rows)
}

fn names(solver: &dyn Solver, kind: crate::ColumnKind) {
    let long = "a_name_far_longer_than_the_eight_or_twelve_characters_of_fixed_columns".repeat(2);
    let mut model = Model::new("MIN");
    for (index, name) in ["free", "e1", "inf", "st", "end", "obj", "RHS", &long].into_iter().enumerate() {
        let column = Column::continuous(name, 0.0, 9.0);
        model.add_column(Column { objective: index as f64 + 1.0, kind, ..column }).expect("a valid column");
    }
    for (index, name) in ["bounds", "RHS", "obj", &long].into_iter().enumerate() {
        let terms = [(ColumnId::from_index(2 * index), 1.0), (ColumnId::from_index(2 * index + 1), 1.0)];
        model.add_row(name, index as f64 + 1.0, INF, terms).expect("a valid row");
    }
    let outcome = solve(solver, &model, &Limits::default());
    let point = outcome.incumbent.expect("all names are ordinary").values;
    let expected = [1.0, 0.0, 2.0, 0.0, 3.0, 0.0, 4.0, 0.0];
    assert!(point.iter().zip(expected).all(|(value, expected)| (value - expected).abs() < 1e-6), "{point:?}");
}

pub(super) const CASES: &[Case] = &[
    Case {
        name: "LPs that cycle under textbook pivoting are solved",
        needs: &[],
        ask: |solver| {
            // Beale 1955, Hoffman 1953 in Marshall and Suurballe's form (1969), Kuhn in Balinski and Tucker (1969).
            let beale: [DenseRow<'_>; 3] = [
                (-INF, &[0.25, -60.0, -0.04, 9.0], 0.0),
                (-INF, &[0.5, -90.0, -0.02, 3.0], 0.0),
                (-INF, &[0.0, 0.0, 1.0, 0.0], 1.0),
            ];
            check(solver, &nonnegative(&[-0.75, 150.0, -0.02, 6.0], &beale));
            let chvatal: [DenseRow<'_>; 3] = [
                (-INF, &[0.5, -5.5, -2.5, 9.0], 0.0),
                (-INF, &[0.5, -1.5, -0.5, 1.0], 0.0),
                (-INF, &[1.0, 0.0, 0.0, 0.0], 1.0),
            ];
            check(solver, &nonnegative(&[-10.0, 57.0, 9.0, 24.0], &chvatal));
            let kuhn: [DenseRow<'_>; 3] = [
                (-INF, &[-2.0, -9.0, 1.0, 9.0], 0.0),
                (-INF, &[1.0 / 3.0, 1.0, -1.0 / 3.0, -2.0], 0.0),
                (-INF, &[2.0, 3.0, -1.0, -12.0], 2.0),
            ];
            check(solver, &nonnegative(&[-2.0, -3.0, 1.0, 12.0], &kuhn));
        },
    },
    Case {
        name: "many rows through one vertex, some of them twice, leave the optimum where it is",
        needs: &[],
        ask: |solver| {
            let rows: [DenseRow<'_>; 7] = [
                (-INF, &[1.0, 1.0], 2.0),
                (-INF, &[2.0, 2.0], 4.0),
                (-INF, &[1.0, 0.0], 1.0),
                (-INF, &[0.0, 1.0], 1.0),
                (-1.0, &[1.0, -2.0], 0.0),
                (0.0, &[1.0, -1.0], 0.0),
                (0.0, &[-3.0, 3.0], 0.0),
            ];
            check(solver, &nonnegative(&[-1.0, -2.0], &rows));
            // The only feasible point, and a face of optimal ones.
            let point: [DenseRow<'_>; 3] =
                [(2.0, &[1.0, 1.0], 2.0), (2.0, &[2.0, 1.0], 2.0), (-INF, &[1.0, 3.0], 6.0)];
            check(solver, &nonnegative(&[1.0, 1.0], &point));
            check(solver, &nonnegative(&[-1.0, -1.0], &[(-INF, &[1.0, 1.0], 3.5)]));
        },
    },
    Case {
        name: "the cubes of Klee and Minty end at their last vertex",
        needs: &[],
        ask: |solver| {
            check(solver, &klee_minty(3));
            let model = klee_minty(8);
            let outcome = solve(solver, &model, &Limits::default());
            assert!(super::close(super::objective(&outcome), -(5.0_f64.powi(8))), "{outcome:?}");
        },
    },
    Case {
        name: "rows that leave one point or none by a little are told apart",
        needs: &[],
        ask: |solver| {
            for (right, answer) in [(1.0, "feasible"), (1.001, "infeasible")] {
                let rows: [DenseRow<'_>; 2] = [(right, &[1.0, 1.0], INF), (-INF, &[1.0, 1.0], 1.0)];
                let model = nonnegative(&[1.0, 2.0], &rows);
                assert_eq!(exact_answer(&model) == ExactAnswer::Infeasible, answer == "infeasible");
                check(solver, &model);
            }
        },
    },
    Case {
        name: "negative upper bounds leave the column free below",
        needs: &[],
        ask: |solver| {
            let columns = [(-INF, -2.0, 1.0, CONTINUOUS), (-INF, 0.0, 1.0, CONTINUOUS)];
            check(solver, &dense(0.0, &columns, &[(-9.0, &[1.0, 0.0], INF), (-4.0, &[0.0, 1.0], INF)]));
            check(solver, &dense(0.0, &[(-INF, -2.0, -1.0, CONTINUOUS)], &[]));
        },
    },
    Case {
        name: "values keep more digits than a 32-bit number has",
        needs: &[],
        ask: |solver| {
            let value = 123.456_789_1;
            let rows: [DenseRow<'_>; 2] = [(value, &[1.0, 0.0], INF), (0.0, &[1.0, -1.0], 0.0)];
            let model = nonnegative(&[1.0, 0.0], &rows);
            let outcome = solve(solver, &model, &Limits::default());
            let point = &outcome.incumbent.as_ref().expect("it is feasible").values;
            assert!(point.iter().all(|found| (found - value).abs() < 2e-6), "{outcome:?}");
        },
    },
    Case {
        name: "names that files give a meaning, and long ones, are names of continuous columns",
        needs: &[],
        ask: |solver| names(solver, CONTINUOUS),
    },
    Case {
        name: "names that files give a meaning, and long ones, are names of whole columns",
        needs: &[Capability::Integers],
        ask: |solver| names(solver, INTEGER),
    },
    Case {
        name: "whole columns without an upper bound go beyond 1",
        needs: &[Capability::Integers],
        ask: |solver| {
            let columns =
                [(0.0, INF, 3.0, INTEGER), (-INF, -1.0, -1.0, INTEGER), (0.0, INF, 2.0, CONTINUOUS)];
            let rows: [DenseRow<'_>; 2] = [(7.25, &[1.0, 0.0, 0.5], INF), (-INF, &[0.0, 2.0, 0.0], -5.0)];
            let outcome = solve(solver, &dense(0.0, &columns, &rows), &Limits::default());
            // x0 = 7 and x2 = 1/2, or x0 = 8: 22 against 24; x1 = -3.
            assert!(super::close(super::objective(&outcome), 25.0), "{outcome:?}");
        },
    },
];
