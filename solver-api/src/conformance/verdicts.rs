//! Models without limits: what is optimal, infeasible, unbounded.

use crate::{Capability, Limits, Model, Solver, Verdict};

use super::build::{CONTINUOUS, DenseColumn, DenseRow, INF, INTEGER, KNAPSACK, dense, knapsack};
use super::{Case, close, objective, solve};

const NEEDS_INTEGERS: &[Capability] = &[Capability::Integers];

/// The least objective of a model, or how it has none.
enum Answer {
    Optimum(f64),
    OptimumAt(f64, &'static [f64]),
    OneOf(&'static [Verdict]),
}

use Answer::{OneOf, Optimum, OptimumAt};

const INFEASIBLE: Answer = OneOf(&[Verdict::Infeasible, Verdict::InfeasibleOrUnbounded]);
const UNBOUNDED: Answer = OneOf(&[Verdict::Unbounded, Verdict::InfeasibleOrUnbounded]);

fn check(solver: &dyn Solver, model: &Model, answer: &Answer) {
    let outcome = solve(solver, model, &Limits::default());
    match answer {
        Optimum(expected) | OptimumAt(expected, _) => {
            assert_eq!(outcome.verdict, Verdict::Optimal, "{outcome:?}");
            assert!(close(objective(&outcome), *expected), "expected {expected}: {outcome:?}");
        }
        OneOf(verdicts) => assert!(verdicts.contains(&outcome.verdict), "{outcome:?}"),
    }
    if let (OptimumAt(_, expected), Some(point)) = (answer, &outcome.incumbent) {
        for (value, expected) in point.values.iter().zip(*expected) {
            assert!((value - expected).abs() < 1e-6, "expected {expected:?}: {outcome:?}");
        }
    }
}

fn lp(solver: &dyn Solver, offset: f64, columns: &[(f64, f64, f64)], rows: &[DenseRow<'_>], answer: &Answer) {
    let columns: Vec<DenseColumn> = columns.iter().map(|(l, u, c)| (*l, *u, *c, CONTINUOUS)).collect();
    check(solver, &dense(offset, &columns, rows), answer);
}

pub(super) const CASES: &[Case] = &[
    Case {
        name: "the textbook LP has its known vertex",
        needs: &[],
        ask: |solver| {
            let rows: [DenseRow<'_>; 3] =
                [(-INF, &[1.0, 0.0], 4.0), (-INF, &[0.0, 2.0], 12.0), (-INF, &[3.0, 2.0], 18.0)];
            lp(solver, 0.0, &[(0.0, INF, -3.0), (0.0, INF, -5.0)], &rows, &OptimumAt(-36.0, &[2.0, 6.0]));
        },
    },
    Case {
        name: "the offset counts, and a model without rows lies at its bounds",
        needs: &[],
        ask: |solver| {
            lp(solver, -2.5, &[(-1.0, 4.0, 2.0), (-3.0, 5.0, -1.0)], &[], &OptimumAt(-9.5, &[-1.0, 5.0]));
        },
    },
    Case {
        name: "an upper bound alone leaves the column free below",
        needs: &[],
        ask: |solver| {
            let rows: [DenseRow<'_>; 1] = [(-3.0, &[1.0], INF)];
            lp(solver, 0.0, &[(-INF, 5.0, 1.0)], &rows, &OptimumAt(-3.0, &[-3.0]));
        },
    },
    Case {
        name: "free columns meet an equation",
        needs: &[],
        ask: |solver| {
            let rows: [DenseRow<'_>; 2] = [(4.0, &[1.0, 1.0], 4.0), (-2.0, &[1.0, -1.0], 6.0)];
            lp(solver, 0.0, &[(-INF, INF, 1.0), (-INF, INF, 0.0)], &rows, &OptimumAt(1.0, &[1.0, 3.0]));
        },
    },
    Case {
        name: "both bounds of a row hold",
        needs: &[],
        ask: |solver| {
            let row: [DenseRow<'_>; 1] = [(-2.0, &[1.0, 2.0], 3.0)];
            lp(solver, 0.0, &[(-9.0, 9.0, 0.0), (0.0, 0.0, 0.0)], &row, &Optimum(0.0));
            lp(solver, 0.0, &[(-9.0, 9.0, 1.0), (0.0, 0.0, 0.0)], &row, &Optimum(-2.0));
            lp(solver, 0.0, &[(-9.0, 9.0, -1.0), (0.0, 0.0, 0.0)], &row, &Optimum(-3.0));
        },
    },
    Case {
        name: "fixed columns and columns that occur nowhere keep their values",
        needs: &[],
        ask: |solver| {
            let columns = [(2.0, 2.0, 3.0), (0.0, INF, 1.0), (-1.0, 7.0, 0.0), (-4.0, 1.0, 2.0)];
            let rows: [DenseRow<'_>; 1] = [(5.0, &[1.0, 1.0, 0.0, 0.0], INF)];
            lp(solver, 0.0, &columns, &rows, &Optimum(6.0 + 3.0 - 8.0));
        },
    },
    Case {
        name: "rows without entries hold or make the model infeasible",
        needs: &[],
        ask: |solver| {
            for (lower, upper, answer) in [
                (-1.0, 1.0, Optimum(1.0)),
                (-INF, INF, Optimum(1.0)),
                (0.0, 0.0, Optimum(1.0)),
                (1.0, INF, INFEASIBLE),
                (-INF, -1.0, INFEASIBLE),
            ] {
                let rows: [DenseRow<'_>; 1] = [(lower, &[], upper)];
                lp(solver, 0.0, &[(1.0, 2.0, 1.0)], &rows, &answer);
            }
        },
    },
    Case {
        name: "a model without columns is its offset or infeasible",
        needs: &[],
        ask: |solver| {
            lp(solver, 7.5, &[], &[], &Optimum(7.5));
            lp(solver, 7.5, &[], &[(-1.0, &[], 0.0)], &Optimum(7.5));
            lp(solver, 7.5, &[], &[(1.0, &[], 2.0)], &OneOf(&[Verdict::Infeasible]));
        },
    },
    Case {
        name: "contradicting rows are infeasible",
        needs: &[],
        ask: |solver| {
            let rows: [DenseRow<'_>; 2] = [(3.0, &[1.0, 1.0], INF), (-INF, &[1.0, 1.0], 2.0)];
            lp(solver, 1.0, &[(0.0, INF, 1.0), (-INF, INF, 1.0)], &rows, &INFEASIBLE);
        },
    },
    Case {
        name: "an LP that falls without limit is unbounded",
        needs: &[],
        ask: |solver| {
            let rows: [DenseRow<'_>; 1] = [(-1.0, &[1.0, -1.0], 1.0)];
            lp(solver, 1.0, &[(0.0, INF, -1.0), (0.0, INF, -1.0)], &rows, &UNBOUNDED);
            lp(solver, 1.0, &[(-INF, INF, 1.0)], &[], &UNBOUNDED);
        },
    },
    Case {
        name: "the knapsack's best value is found, whichever items it is of",
        needs: NEEDS_INTEGERS,
        ask: |solver| {
            for offset in [0.0, 100.0, -1e6] {
                check(solver, &knapsack(offset), &Optimum(offset + KNAPSACK));
            }
        },
    },
    Case {
        name: "integer columns take whole numbers between fractional and negative bounds",
        needs: NEEDS_INTEGERS,
        ask: |solver| {
            let columns = [(-3.5, 2.5, -1.0, INTEGER), (-INF, INF, 1.0, INTEGER), (2.0, 2.0, 1.0, INTEGER)];
            let rows: [DenseRow<'_>; 1] = [(-7.5, &[0.0, 2.0, 0.0], INF)];
            check(solver, &dense(0.0, &columns, &rows), &OptimumAt(-3.0, &[2.0, -3.0, 2.0]));
        },
    },
    Case {
        name: "fractional bounds of integer columns are no values",
        needs: NEEDS_INTEGERS,
        ask: |solver| {
            // HiGHS 1.14's presolve calls x3 = 0.6458733834196644 optimal.
            let columns = [
                (-INF, INF, -1.25, CONTINUOUS),
                (-INF, INF, -0.022894292198656352, INTEGER),
                (0.0, INF, -0.042281951968973885, INTEGER),
                (-INF, 0.6458733834196644, -1.7988386297201266, INTEGER),
            ];
            let rows: [DenseRow<'_>; 4] = [
                (-8.0, &[1.0], 8.0),
                (-8.0, &[0.0, 1.0], 8.0),
                (-8.0, &[0.0, 0.0, 1.0], 8.0),
                (-8.0, &[0.0, 0.0, 0.0, 1.0], 8.0),
            ];
            check(solver, &dense(0.0, &columns, &rows), &OptimumAt(-10.521409952, &[8.0, 8.0, 8.0, 0.0]));
            let nearly_whole = [(-1.0 + 1e-9, 3.0 - 1e-9, 1.0, INTEGER), (0.0, 3.0 - 1e-9, -1.0, INTEGER)];
            check(solver, &dense(0.0, &nearly_whole, &[]), &Optimum(-4.0));
        },
    },
    Case {
        name: "presolve keeps the better point of a mixed row",
        needs: NEEDS_INTEGERS,
        ask: |solver| {
            // Each of these was called optimal at another point by the presolve of some release of HiGHS.
            let columns = [(0.0, 10.0, 2.0, CONTINUOUS), (0.0, 10.0, 3.0, INTEGER)];
            check(solver, &dense(0.0, &columns, &[(4.5, &[1.0, 1.0], INF)]), &OptimumAt(9.0, &[4.5, 0.0]));

            let columns = [(1.0, 3.0, -100.0, INTEGER), (1.0, 3.0, 0.01, CONTINUOUS)];
            check(
                solver,
                &dense(0.0, &columns, &[(-INF, &[1.0, -1.0], 0.0)]),
                &OptimumAt(-299.97, &[3.0, 3.0]),
            );

            let columns = [(0.0, 20.0, 1.0, INTEGER), (8.0, 20.0, 2.0, CONTINUOUS)];
            check(solver, &dense(0.0, &columns, &[(20.1, &[1.0, 1.0], INF)]), &OptimumAt(28.2, &[12.0, 8.1]));

            let columns =
                [(0.0, INF, 0.0, CONTINUOUS), (0.0, INF, 2.0, CONTINUOUS), (0.0, 1.0, 99999.0, INTEGER)];
            let rows: [DenseRow<'_>; 2] = [(10.0, &[1.0, 1.0, 0.0], 10.0), (-INF, &[1.0, 0.0, -100.0], 0.0)];
            check(solver, &dense(0.0, &columns, &rows), &OptimumAt(20.0, &[0.0, 10.0, 0.0]));
        },
    },
    Case {
        name: "big-M links share one choice",
        needs: NEEDS_INTEGERS,
        ask: |solver| {
            // x0, x1 choose which of z0, z1 may be positive; d makes up for the rest at different prices.
            let (binary, amount) = ((0.0, 1.0, 0.0, INTEGER), |price| (0.0, 1000.0, price, CONTINUOUS));
            let columns = [binary, binary, amount(0.0), amount(0.0), amount(10.0), amount(8.0)];
            let rows: [DenseRow<'_>; 5] = [
                (-INF, &[-1000.0, 0.0, 1.0, 0.0, 0.0, 0.0], 0.0),
                (-INF, &[0.0, -1000.0, 0.0, 1.0, 0.0, 0.0], 0.0),
                (1000.0, &[0.0, 0.0, 1.0, 0.0, 1.0, 0.0], 1000.0),
                (1000.0, &[0.0, 0.0, 0.0, 1.0, 0.0, 1.0], 1000.0),
                (-INF, &[1.0, 1.0, 0.0, 0.0, 0.0, 0.0], 1.0),
            ];
            let answer = OptimumAt(8000.0, &[1.0, 0.0, 1000.0, 0.0, 0.0, 1000.0]);
            check(solver, &dense(0.0, &columns, &rows), &answer);
        },
    },
    Case {
        name: "whole columns that are implied to be whole stay so",
        needs: NEEDS_INTEGERS,
        ask: |solver| {
            let columns = [
                (-INF, INF, 0.0, INTEGER),
                (-INF, INF, 1.0, INTEGER),
                (0.0, INF, 0.0, CONTINUOUS),
                (0.0, INF, 0.0, INTEGER),
            ];
            let rows: [DenseRow<'_>; 3] = [
                (0.0, &[0.0, 1.0, -1.0, 0.0], INF),
                (0.0, &[1.0, 0.0, 1.0, -1.0], 0.0),
                (-12.0, &[0.0, 0.0, -68.0, -1.0], INF),
            ];
            check(solver, &dense(0.0, &columns, &rows), &Optimum(0.0));
        },
    },
    Case {
        name: "integer and continuous columns mix",
        needs: NEEDS_INTEGERS,
        ask: |solver| {
            let columns = [(0.0, 10.0, -1.0, INTEGER), (0.0, INF, -0.5, CONTINUOUS)];
            let rows: [DenseRow<'_>; 1] = [(-INF, &[2.0, 1.0], 7.5)];
            check(solver, &dense(0.0, &columns, &rows), &Optimum(-3.75));
        },
    },
    Case {
        name: "a model whose relaxation is feasible may have no whole point",
        needs: NEEDS_INTEGERS,
        ask: |solver| {
            let columns = [(-50.0, 50.0, 1.0, INTEGER), (-50.0, 50.0, 1.0, INTEGER)];
            check(solver, &dense(0.0, &columns, &[(3.0, &[2.0, 2.0], 3.0)]), &INFEASIBLE);
            check(solver, &dense(0.0, &[(0.25, 0.75, 1.0, INTEGER)], &[]), &INFEASIBLE);
        },
    },
    Case {
        name: "a MIP that falls without limit is unbounded",
        needs: NEEDS_INTEGERS,
        ask: |solver| {
            let columns = [(0.0, INF, -1.0, INTEGER), (0.0, 1.0, 0.0, INTEGER)];
            check(solver, &dense(0.0, &columns, &[(0.0, &[1.0, -1.0], INF)]), &UNBOUNDED);
        },
    },
    Case {
        name: "a constant objective asks for feasibility alone",
        needs: NEEDS_INTEGERS,
        ask: |solver| {
            let columns = [(0.0, 9.0, 0.0, INTEGER), (0.0, 9.0, 0.0, INTEGER)];
            check(solver, &dense(3.0, &columns, &[(7.0, &[3.0, 5.0], 7.0)]), &INFEASIBLE);
            check(solver, &dense(3.0, &columns, &[(8.0, &[3.0, 5.0], 8.0)]), &OptimumAt(3.0, &[1.0, 1.0]));
        },
    },
];
