//! Large, small and awkward numbers.

use crate::{Capability, ColumnId, Limits, Model, Solver, SolverError, Verdict};

use super::build::{CONTINUOUS, INF, INTEGER, dense};
use super::{Case, close, objective, solve};

const NEEDS_INTEGERS: &[Capability] = &[Capability::Integers];

fn check_optimum(solver: &dyn Solver, model: &Model, expected: f64) {
    let outcome = solve(solver, model, &Limits::default());
    assert_eq!(outcome.verdict, Verdict::Optimal, "{outcome:?}");
    assert!(close(objective(&outcome), expected), "expected {expected}: {outcome:?}");
}

pub(super) const CASES: &[Case] = &[
    Case {
        name: "coefficients far apart keep their meaning",
        needs: &[],
        ask: |solver| {
            for factor in [1e-6, 1e-3, 1e3, 1e6, 1e9] {
                let columns = [(0.0, INF, 1.0, CONTINUOUS), (0.0, 10.0, -1.0, CONTINUOUS)];
                // factor * x0 >= factor * x1, so that the best is 0.
                check_optimum(solver, &dense(0.0, &columns, &[(0.0, &[factor, -factor], INF)]), 0.0);
                let scaled = [(0.0, 1.0 / factor, -factor, CONTINUOUS)];
                let model = dense(0.0, &scaled, &[(-INF, &[factor], 0.5)]);
                // With 1e9, the column's range is below every tolerance: who sees that it went wrong is right.
                if factor < 1e9 || solve(solver, &model, &Limits::default()).verdict != Verdict::Numerical {
                    check_optimum(solver, &model, -0.5);
                }
            }
        },
    },
    Case {
        name: "coefficients of 1e-11 are not dropped",
        needs: &[],
        ask: |solver| {
            // x0 is in units of 1e11: without its entry the row would force x1 to 1.
            let columns = [(0.0, 1e11, 0.0, CONTINUOUS), (0.0, 5.0, 1.0, CONTINUOUS)];
            check_optimum(solver, &dense(0.0, &columns, &[(1.0, &[1e-11, 1.0], INF)]), 0.0);
        },
    },
    Case {
        name: "coefficients of 1e-300 are at most 0",
        needs: &[],
        ask: |solver| {
            let columns = [(0.0, 1.0, 1.0, CONTINUOUS), (0.0, 5.0, 1.0, CONTINUOUS)];
            check_optimum(solver, &dense(0.0, &columns, &[(1.0, &[1e-300, 1.0], INF)]), 1.0);
        },
    },
    Case {
        name: "numbers too large to solve with are refused with their place, or solved right",
        needs: &[],
        ask: |solver| {
            for model in [
                dense(0.0, &[(0.0, 1.0, 1.0, CONTINUOUS)], &[(1e16, &[1e16], INF)]),
                dense(0.0, &[(1.0, 2.0, 1e25, CONTINUOUS)], &[]),
            ] {
                match solver.open(&model, &crate::Options::default()) {
                    Err(SolverError::Unsupported { what, .. }) => assert!(what.contains("`x0`"), "{what}"),
                    Err(error) => panic!("{error}"),
                    Ok(_) => check_optimum(solver, &model, model.objective_value(&[1.0])),
                }
            }
        },
    },
    Case {
        name: "duplicate entries are summed",
        needs: &[],
        ask: |solver| {
            let mut model = dense(0.0, &[(0.0, INF, 1.0, CONTINUOUS)], &[]);
            let x = ColumnId::from_index(0);
            model.add_row("sum", 6.0, INF, [(x, 1.0), (x, 2.0), (x, -1.0)]).expect("a valid row");
            check_optimum(solver, &model, 3.0);
        },
    },
    Case {
        name: "a tight big-M switches, a point that cheats with tolerance is found out",
        needs: NEEDS_INTEGERS,
        ask: |solver| {
            for big in [10.0, 1e3, 1e6] {
                // x0 <= big * x1; paying 1 for x1 allows up to 7 of x0.
                let columns = [(0.0, 7.0, -1.0, CONTINUOUS), (0.0, 1.0, 1.0, INTEGER)];
                check_optimum(solver, &dense(0.0, &columns, &[(-INF, &[1.0, -big], 0.0)]), -6.0);
            }
        },
    },
    Case {
        name: "a large offset does not hide a small objective",
        needs: &[],
        ask: |solver| {
            let model = dense(1e9, &[(0.0, 1.0, -0.5, CONTINUOUS)], &[]);
            let outcome = solve(solver, &model, &Limits::default());
            assert!((objective(&outcome) - (1e9 - 0.5)).abs() < 1e-6, "{outcome:?}");
        },
    },
];
