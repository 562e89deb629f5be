//! Start points: good ones help, bad ones do no harm.

use crate::{Capability, Column, LimitKind, Limits, Model, Options, Outcome, Solver, SolverError, Verdict};

use super::build::{CONTINUOUS, INF, INTEGER, KNAPSACK, dense, knapsack, market_split};
use super::{Case, close, hold, objective};

const NEEDS: &[Capability] = &[Capability::Integers, Capability::Start];

fn solve_from(solver: &dyn Solver, model: &Model, start: &[f64], limits: &Limits) -> Outcome {
    let options = Options::default();
    let mut session = solver.open(model, &options).expect("the model is valid");
    session.set_start(start).expect("the start fits");
    let outcome = session.solve(limits).expect("the limits are valid");
    hold(model, &outcome, &options, limits);
    outcome
}

/// No product goes to the first market: every slack is as large as the demand.
fn market_split_start(model: &Model) -> Vec<f64> {
    let mut point = vec![0.0; model.column_count()];
    for row in model.rows() {
        let under = row.columns.last().expect("every row ends with its slacks");
        point[under.index()] = row.upper;
    }
    point
}

pub(super) const CASES: &[Case] = &[
    Case {
        name: "a feasible start is an incumbent from the beginning",
        needs: &[Capability::Integers, Capability::Start, Capability::NodeLimit],
        ask: |solver| {
            let model = market_split();
            let start = market_split_start(&model);
            let limits = Limits { nodes: Some(1), ..Limits::default() };
            let outcome = solve_from(solver, &model, &start, &limits);
            assert_eq!(outcome.verdict, Verdict::Limit(LimitKind::Nodes), "{outcome:?}");
            assert!(objective(&outcome) <= model.objective_value(&start), "{outcome:?}");
        },
    },
    Case {
        name: "a feasible start that reaches the target ends the search",
        needs: &[Capability::Integers, Capability::Start, Capability::Target],
        ask: |solver| {
            let model = market_split();
            let start = market_split_start(&model);
            let limits = Limits { target: Some(model.objective_value(&start)), ..Limits::default() };
            let outcome = solve_from(solver, &model, &start, &limits);
            assert_eq!(outcome.verdict, Verdict::TargetReached, "{outcome:?}");
        },
    },
    Case {
        name: "a target is reached by an objective that equals it",
        needs: &[Capability::Integers, Capability::Start, Capability::Target, Capability::NodeLimit],
        ask: |solver| {
            let model = market_split();
            let start = market_split_start(&model);
            let target = Some(model.objective_value(&start));
            let limits = Limits { target, nodes: Some(0), ..Limits::default() };
            let outcome = solve_from(solver, &model, &start, &limits);
            assert_eq!(outcome.verdict, Verdict::TargetReached, "{outcome:?}");
        },
    },
    Case {
        name: "starts of every quality lead to the optimum",
        needs: NEEDS,
        ask: |solver| {
            for start in [
                [1.0, 1.0, 1.0, 0.0],
                [0.0, 0.0, 0.0, 0.0],
                [0.0, 1.0, 0.0, 1.0],
                // Too heavy, fractional, outside of the bounds, absurd.
                [1.0, 1.0, 1.0, 1.0],
                [0.5, 0.5, 0.5, 0.5],
                [-1.0, 2.0, 0.0, 1.0],
                [1e30, -1e30, 0.0, 0.0],
            ] {
                let outcome = solve_from(solver, &knapsack(5.0), &start, &Limits::default());
                assert_eq!(outcome.verdict, Verdict::Optimal, "{start:?}: {outcome:?}");
                assert!(close(objective(&outcome), 5.0 + KNAPSACK), "{start:?}: {outcome:?}");
            }
        },
    },
    Case {
        name: "an infeasible start below the target reaches nothing",
        needs: &[Capability::Integers, Capability::Start, Capability::Target],
        ask: |solver| {
            let limits = Limits { target: Some(KNAPSACK - 1.0), ..Limits::default() };
            let outcome = solve_from(solver, &knapsack(0.0), &[1.0, 1.0, 1.0, 1.0], &limits);
            assert_eq!(outcome.verdict, Verdict::Optimal, "{outcome:?}");
            assert!(close(objective(&outcome), KNAPSACK), "{outcome:?}");
        },
    },
    Case {
        name: "an infeasible start that no continuous value mends reaches nothing",
        needs: &[Capability::Integers, Capability::Start, Capability::Target],
        ask: |solver| {
            // x0 = 1 would be worth 10, but needs x1 + x2 >= 3 of at most 1 each.
            let columns =
                [(0.0, 1.0, -10.0, INTEGER), (0.0, 1.0, 1.0, CONTINUOUS), (0.0, 1.0, 1.5, CONTINUOUS)];
            let model = dense(0.0, &columns, &[(0.0, &[-3.0, 1.0, 1.0], INF), (0.5, &[0.0, 1.0, 1.0], INF)]);
            for limits in [Limits { target: Some(-5.0), ..Limits::default() }, Limits::default()] {
                let outcome = solve_from(solver, &model, &[1.0, 1.0, 1.0], &limits);
                assert_eq!(outcome.verdict, Verdict::Optimal, "{outcome:?}");
                assert!(close(objective(&outcome), 0.5), "{outcome:?}");
            }
        },
    },
    Case {
        name: "what is proven while a start is being mended is not taken for the model's bound",
        needs: &[Capability::Integers, Capability::Start, Capability::BoundStop, Capability::NodeLimit],
        ask: |solver| {
            // The start buys what costs 1000 and leaves the rest open; with that bought, nothing is below 1100.
            let mut model = market_split();
            let needless = Column { objective: 1000.0, ..Column::binary("needless") };
            model.add_column(needless).expect("a valid column");
            let mut start = vec![0.5; model.column_count()];
            *start.last_mut().expect("there are columns") = 1.0;
            let limits = Limits { bound_stop: Some(500.0), nodes: Some(20), ..Limits::default() };
            let outcome = solve_from(solver, &model, &start, &limits);
            assert_eq!(outcome.verdict, Verdict::Limit(LimitKind::Nodes), "{outcome:?}");
        },
    },
    Case {
        name: "a start above the cutoff does not undo the cutoff",
        needs: &[Capability::Integers, Capability::Start, Capability::Cutoff],
        ask: |solver| {
            let limits = Limits { cutoff: Some(KNAPSACK), ..Limits::default() };
            let outcome = solve_from(solver, &knapsack(0.0), &[0.0, 1.0, 0.0, 0.0], &limits);
            assert_eq!(outcome.verdict, Verdict::NoneBetterThanCutoff, "{outcome:?}");
        },
    },
    Case {
        name: "a start that does not fit is refused",
        needs: NEEDS,
        ask: |solver| {
            let mut session = solver.open(&knapsack(0.0), &Options::default()).expect("the model is valid");
            for start in
                [&[][..], &[0.0; 3], &[0.0; 5], &[0.0, f64::NAN, 0.0, 0.0], &[0.0, 0.0, f64::INFINITY, 0.0]]
            {
                let error = session.set_start(start).expect_err("it does not fit");
                assert!(matches!(error, SolverError::Start { .. }), "{start:?}: {error}");
            }
        },
    },
];
