//! Multipliers of rows: their sign, their number, and what they prove.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::build::{CONTINUOUS, DenseColumn, DenseRow, INF, dense, knapsack};
use super::exact::ExactAnswer;
use super::vertices::{in_a_wide_box, known_lps};
use super::{Case, objective, solve, wide_lp};
use crate::{Capability, ColumnId, Limits, Model, Options, Outcome, Solver, Verdict, certified_bound};

const NEEDS: &[Capability] = &[Capability::Duals];

/// The duals of an LP that has an optimum.
fn row_duals<'a>(outcome: &'a Outcome, model: &Model) -> &'a [f64] {
    assert_eq!(outcome.verdict, Verdict::Optimal, "{outcome:?} {model:?}");
    let duals = outcome.row_duals.as_deref().unwrap_or_else(|| panic!("no duals: {outcome:?}"));
    assert_eq!(duals.len(), model.row_count(), "{duals:?} {model:?}");
    duals
}

/// A model whose only optimal duals are known.
fn check(solver: &dyn Solver, columns: &[DenseColumn], rows: &[DenseRow<'_>], expected: &[f64]) {
    let model = dense(0.5, columns, rows);
    let outcome = solve(solver, &model, &Limits::default());
    let duals = row_duals(&outcome, &model);
    let agree = duals.iter().zip(expected).all(|(dual, expected)| (dual - expected).abs() < 1e-7);
    assert!(agree, "{duals:?} instead of {expected:?}: {model:?}");
}

/// That the duals prove the optimum, to seven digits.
fn check_proof(outcome: &Outcome, model: &Model) {
    let (optimum, certified) = (objective(outcome), certified_bound(model, row_duals(outcome, model)));
    assert_eq!(outcome.certified_bound(model), Some(certified));
    let slack = 1e-7 * optimum.abs().max(1.0);
    assert!((optimum - certified).abs() <= slack, "{certified} for {optimum}: {outcome:?} {model:?}");
}

pub(super) const CASES: &[Case] = &[
    Case {
        name: "a dual is positive where the lower side binds and negative where the upper one does",
        needs: NEEDS,
        ask: |solver| {
            let column = |cost| (-9.0, 9.0, cost, CONTINUOUS);
            for (lower, cost, upper, dual) in [
                (1.0, 3.0, INF, 1.5),
                (-INF, -3.0, 4.0, -1.5),
                (1.0, 3.0, 4.0, 1.5),
                (1.0, -3.0, 4.0, -1.5),
                (2.0, 3.0, 2.0, 1.5),
                (2.0, -3.0, 2.0, -1.5),
                (-50.0, 3.0, 60.0, 0.0),
                (-INF, 3.0, INF, 0.0),
            ] {
                check(solver, &[column(cost)], &[(lower, &[2.0], upper)], &[dual]);
            }
        },
    },
    Case {
        name: "every row has its own dual, and rows that do not bind have none",
        needs: NEEDS,
        ask: |solver| {
            // minimise 2 x + 3 y + z: x + y = 4 and x - y <= 2 meet in (3, 1); z stays at its own bound.
            let columns: [DenseColumn; 3] =
                [(0.0, 9.0, 2.0, CONTINUOUS), (0.0, 9.0, 3.0, CONTINUOUS), (1.0, 9.0, 1.0, CONTINUOUS)];
            let rows: [DenseRow<'_>; 4] = [
                (-INF, &[0.0, 0.0, 1.0], 8.0),
                (4.0, &[1.0, 1.0, 0.0], 4.0),
                (-8.0, &[1.0, 1.0, 1.0], 90.0),
                (-INF, &[1.0, -1.0, 0.0], 2.0),
            ];
            check(solver, &columns, &rows, &[0.0, 2.5, 0.0, -0.5]);
            // The same with columns that have no bounds where they are not needed.
            let free: [DenseColumn; 3] =
                [(-INF, INF, 2.0, CONTINUOUS), (-INF, INF, 3.0, CONTINUOUS), (1.0, INF, 1.0, CONTINUOUS)];
            check(solver, &free, &rows, &[0.0, 2.5, 0.0, -0.5]);
        },
    },
    Case {
        name: "the duals of random LPs prove their optima",
        needs: NEEDS,
        ask: |solver| {
            for known in known_lps() {
                let ExactAnswer::Minimum(optimum) = &known.answer else { continue };
                let outcome = solve(solver, &known.model, &Limits::default());
                let certified = certified_bound(&known.model, row_duals(&outcome, &known.model));
                assert!(certified <= optimum.nearest() + 1e-12, "{certified}: {outcome:?} {:?}", known.model);
                // Within a box that leaves the optimum where it is, no column is without a bound to be charged.
                let boxed = in_a_wide_box(known);
                check_proof(&solve(solver, &boxed, &Limits::default()), &boxed);
            }
        },
    },
    Case {
        name: "duals are those of the model as it stands, whatever was solved before",
        needs: NEEDS,
        ask: |solver| {
            let mut random = ChaCha8Rng::seed_from_u64(12);
            let mut session = solver.open(&wide_lp(12), &Options::default()).expect("the model is valid");
            for round in 0..24 {
                let column = |random: &mut ChaCha8Rng| ColumnId::from_index(random.random_range(0..30));
                match round % 3 {
                    0 => {
                        let terms: Vec<(ColumnId, f64)> = (0..30)
                            .map(|index| (ColumnId::from_index(index), random.random_range(-2.0..9.0)))
                            .collect();
                        session
                            .set_objective(random.random_range(-9.0..9.0), &terms)
                            .expect("finite numbers");
                    }
                    1 => {
                        let upper = random.random_range(2.5..4.0);
                        session.set_bounds(column(&mut random), 0.25, upper).expect("an interval");
                    }
                    _ => {
                        let terms = [(column(&mut random), 1.0), (column(&mut random), 1.0)];
                        session.add_row(&format!("cut{round}"), -INF, 5.5, &terms).expect("a valid row");
                    }
                }
                let outcome = session.solve(&Limits::default()).expect("no limit is fine");
                check_proof(&outcome, session.model());
            }
        },
    },
    Case {
        name: "a model without rows has no duals to tell, and one without columns zeros",
        needs: NEEDS,
        ask: |solver| {
            check(solver, &[(1.0, 2.0, 1.0, CONTINUOUS)], &[], &[]);
            check(solver, &[], &[(-1.0, &[], 1.0)], &[0.0]);
        },
    },
    Case {
        name: "mixed-integer models have no duals",
        needs: &[Capability::Integers],
        ask: |solver| {
            let outcome = solve(solver, &knapsack(1.0), &Limits::default());
            assert_eq!((outcome.row_duals.as_ref(), outcome.certified_bound(&knapsack(1.0))), (None, None));
        },
    },
    Case {
        name: "what has no optimum has no duals, and neither has what is not claimed",
        needs: &[],
        ask: |solver| {
            for known in known_lps().iter().filter(|known| !matches!(known.answer, ExactAnswer::Minimum(_))) {
                assert_eq!(solve(solver, &known.model, &Limits::default()).row_duals, None);
            }
            if !solver.capabilities().has(Capability::Duals) {
                assert_eq!(solve(solver, &wide_lp(1), &Limits::default()).row_duals, None);
            }
        },
    },
];
