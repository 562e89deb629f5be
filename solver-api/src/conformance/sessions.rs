//! Sessions: solving again after changes, several at once, options and the log.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::{
    Capability, Column, ColumnId, LimitKind, Limits, LogSink, Model, Options, Session, Solver, SolverError,
    Verdict,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::build::{CONTINUOUS, INF, INTEGER, KNAPSACK, dense, knapsack, market_split};
use super::{Case, close, hold, objective, solve};

const NEEDS_INTEGERS: &[Capability] = &[Capability::Integers];

/// Solves a session's model again and compares with a fresh solve of the same model.
fn solve_as_if_fresh(solver: &dyn Solver, session: &mut dyn Session) {
    let (options, limits) = (Options::default(), Limits::default());
    let again = session.solve(&limits).expect("no limit is fine");
    hold(session.model(), &again, &options, &limits);
    let fresh = solve(solver, session.model(), &limits);
    assert_eq!(again.verdict, fresh.verdict, "{again:?} {fresh:?}");
    if fresh.verdict == Verdict::Optimal {
        assert!(close(objective(&again), objective(&fresh)), "{again:?} {fresh:?}");
    }
}

/// Five columns, of which `integers` are whole, in a box with three rows.
fn little_model(integers: usize) -> Model {
    let kind = |index| if index < integers { INTEGER } else { CONTINUOUS };
    let columns: Vec<_> = (0..5).map(|index| (-2.0, 4.5, 1.0, kind(index))).collect();
    dense(
        1.0,
        &columns,
        &[
            (-INF, &[1.0, 2.0, -1.0, 0.0, 3.0], 6.5),
            (-3.5, &[2.0, -1.0, 1.0, 1.0, 0.0], INF),
            (-4.0, &[0.0, 1.0, 1.0, -2.0, 1.0], 5.0),
        ],
    )
}

/// Thirty columns that together must cover twenty demands: feasible, bounded, and some work for a simplex.
pub fn wide_lp(seed: u64) -> Model {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut model = Model::new("wide");
    for index in 0..30 {
        let column = Column::continuous(format!("x{index}"), 0.0, 3.0);
        let objective = f64::from(random.random_range(1..=20_i32));
        model.add_column(Column { objective, ..column }).expect("a valid column");
    }
    for index in 0..20 {
        let terms: Vec<(ColumnId, f64)> = (0..30)
            .map(|column| (ColumnId::from_index(column), f64::from(random.random_range(0..=5_i32))))
            .collect();
        let most: f64 = terms.iter().map(|(_, value)| 3.0 * value).sum();
        model.add_row(format!("demand{index}"), (most / 3.0).floor(), INF, terms).expect("a valid row");
    }
    model
}

fn change_objective_often(solver: &dyn Solver, model: &Model) {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut session = solver.open(model, &Options::default()).expect("the model is valid");
    for _ in 0..40 {
        let offset = f64::from(random.random_range(-9..=9_i32));
        let costs: Vec<f64> = (0..5).map(|_| f64::from(random.random_range(-9..=9_i32))).collect();
        let terms: Vec<_> =
            costs.iter().enumerate().map(|(index, cost)| (ColumnId::from_index(index), *cost)).collect();
        session.set_objective(offset, &terms).expect("finite numbers");
        solve_as_if_fresh(solver, session.as_mut());
    }
}

fn change_bounds_often(solver: &dyn Solver, model: &Model) {
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let mut session = solver.open(model, &Options::default()).expect("the model is valid");
    for _ in 0..40 {
        let column = ColumnId::from_index(random.random_range(0..5));
        let lower = f64::from(random.random_range(-4..=3_i32));
        let upper = lower + f64::from(random.random_range(0..=4_i32));
        session.set_bounds(column, lower, upper).expect("an interval");
        solve_as_if_fresh(solver, session.as_mut());
    }
}

fn add_rows(solver: &dyn Solver, model: &Model) {
    let mut random = ChaCha8Rng::seed_from_u64(9);
    let mut session = solver.open(model, &Options::default()).expect("the model is valid");
    for index in 0..12 {
        let terms: Vec<_> = (0..5)
            .map(|column| (ColumnId::from_index(column), f64::from(random.random_range(-3..=3_i32))))
            .collect();
        let upper = f64::from(random.random_range(2..=7_i32));
        session.add_row(&format!("cut{index}"), -INF, upper, &terms).expect("a valid row");
        solve_as_if_fresh(solver, session.as_mut());
    }
    assert_eq!(session.model().row_count(), 3 + 12);
}

fn collecting_sink() -> (LogSink, Arc<Mutex<Vec<String>>>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&lines);
    (LogSink(Arc::new(move |line| sink.lock().expect("not poisoned").push(line.to_owned()))), lines)
}

pub(super) const CASES: &[Case] = &[
    Case {
        name: "an LP solved again after changes is solved as if fresh",
        needs: &[],
        ask: |solver| {
            change_objective_often(solver, &little_model(0));
            change_bounds_often(solver, &little_model(0));
            add_rows(solver, &little_model(0));
        },
    },
    Case {
        name: "a MIP solved again after changes is solved as if fresh",
        needs: NEEDS_INTEGERS,
        ask: |solver| {
            change_objective_often(solver, &little_model(3));
            change_bounds_often(solver, &little_model(3));
            add_rows(solver, &little_model(5));
        },
    },
    Case {
        name: "cutoffs on an LP that starts warm are as true as on a fresh one",
        needs: &[Capability::Cutoff, Capability::WarmResolve],
        ask: |solver| {
            let mut random = ChaCha8Rng::seed_from_u64(10);
            let model = wide_lp(10);
            let mut session = solver.open(&model, &Options::default()).expect("the model is valid");
            for _ in 0..30 {
                let column = ColumnId::from_index(random.random_range(0..model.column_count()));
                let lower = f64::from(random.random_range(0..=2_i32));
                session.set_bounds(column, lower, lower + 3.0).expect("an interval");
                let optimum = objective(&solve(solver, session.model(), &Limits::default()));
                for (distance, verdict) in [(-2.0, Verdict::NoneBetterThanCutoff), (2.0, Verdict::Optimal)] {
                    let limits = Limits { cutoff: Some(optimum + distance), ..Limits::default() };
                    let outcome = session.solve(&limits).expect("valid limits");
                    hold(session.model(), &outcome, &Options::default(), &limits);
                    assert_eq!(outcome.verdict, verdict, "{optimum} {limits:?} {outcome:?}");
                }
            }
        },
    },
    Case {
        name: "refused changes leave the session's model as it was",
        needs: &[],
        ask: |solver| {
            let model = little_model(0);
            let mut session = solver.open(&model, &Options::default()).expect("the model is valid");
            let (x, stranger) = (ColumnId::from_index(0), ColumnId::from_index(9));
            assert!(matches!(session.set_bounds(x, 1.0, 0.0), Err(SolverError::Model(_))));
            assert!(matches!(session.set_bounds(stranger, 0.0, 1.0), Err(SolverError::Model(_))));
            assert!(matches!(session.set_objective(0.0, &[(x, f64::NAN)]), Err(SolverError::Model(_))));
            assert!(matches!(session.add_row("r", 0.0, 1.0, &[(stranger, 1.0)]), Err(SolverError::Model(_))));
            assert!(matches!(session.add_row("r", f64::NAN, 1.0, &[]), Err(SolverError::Model(_))));
            assert_eq!(session.model(), &model);
            solve_as_if_fresh(solver, session.as_mut());
        },
    },
    Case {
        name: "no limit of one solve is left in the next",
        needs: &[Capability::Integers, Capability::Cutoff, Capability::Target, Capability::NodeLimit],
        ask: |solver| {
            let mut session = solver.open(&knapsack(1.0), &Options::default()).expect("the model is valid");
            for limits in [
                Limits { cutoff: Some(KNAPSACK - 4.0), ..Limits::default() },
                Limits { target: Some(1.0), ..Limits::default() },
                Limits { nodes: Some(0), ..Limits::default() },
                Limits { time: Some(Duration::ZERO), ..Limits::default() },
                Limits { bound_stop: Some(-100.0), ..Limits::default() },
            ] {
                if limits.bound_stop.is_some() && !solver.capabilities().has(Capability::BoundStop) {
                    continue;
                }
                session.solve(&limits).expect("valid limits");
                let outcome = session.solve(&Limits::default()).expect("no limit is fine");
                assert_eq!(outcome.verdict, Verdict::Optimal, "after {limits:?}");
                assert!(close(objective(&outcome), 1.0 + KNAPSACK), "after {limits:?}");
            }
        },
    },
    Case {
        name: "a time limit is for each solve, not for all together",
        needs: &[Capability::Log],
        ask: |solver| {
            // The log makes the first solve take longer than the limit of the second one.
            let delay = Arc::new(Mutex::new(Duration::from_millis(300)));
            let line_delay = Arc::clone(&delay);
            let log = LogSink(Arc::new(move |_| thread::sleep(*line_delay.lock().expect("not poisoned"))));
            let options = Options { log: Some(log), ..Options::default() };
            let mut session = solver.open(&little_model(0), &options).expect("the model is valid");
            let slow = session.solve(&Limits::default()).expect("no limit is fine");
            assert!(slow.statistics.wall_time > Duration::from_millis(1100), "{slow:?}");
            *delay.lock().expect("not poisoned") = Duration::ZERO;
            session.set_objective(0.0, &[(ColumnId::from_index(1), -1.0)]).expect("finite numbers");
            let limits = Limits { time: Some(Duration::from_secs(1)), ..Limits::default() };
            let outcome = session.solve(&limits).expect("valid limits");
            assert_eq!(outcome.verdict, Verdict::Optimal, "{outcome:?}");
        },
    },
    Case {
        name: "interleaved sessions do not disturb each other",
        needs: NEEDS_INTEGERS,
        ask: |solver| {
            let mut sessions: Vec<(f64, Box<dyn Session>)> = (0..4)
                .map(|index| {
                    let offset = f64::from(index) * 10.0;
                    (offset, solver.open(&knapsack(offset), &Options::default()).expect("the model is valid"))
                })
                .collect();
            while !sessions.is_empty() {
                for (offset, session) in &mut sessions {
                    let outcome = session.solve(&Limits::default()).expect("no limit is fine");
                    assert!(close(objective(&outcome), *offset + KNAPSACK), "{outcome:?}");
                }
                sessions.remove(sessions.len() / 2);
            }
        },
    },
    Case {
        name: "threads solve at the same time",
        needs: NEEDS_INTEGERS,
        ask: |solver| {
            thread::scope(|scope| {
                for worker in 0..4_i32 {
                    scope.spawn(move || {
                        for round in 0..10_i32 {
                            let offset = f64::from(worker * 100 + round);
                            let outcome = solve(solver, &knapsack(offset), &Limits::default());
                            assert!(close(objective(&outcome), offset + KNAPSACK), "{outcome:?}");
                        }
                    });
                }
            });
        },
    },
    Case {
        name: "one thread and several give the same answers, in any order",
        needs: &[Capability::Integers, Capability::Threads],
        ask: |solver| {
            for threads in [1, 2, 1, 3, 2] {
                let options = Options { threads, ..Options::default() };
                let outcome = super::solve_with(solver, &knapsack(2.0), &options, &Limits::default());
                assert!(close(objective(&outcome), 2.0 + KNAPSACK), "{threads}: {outcome:?}");
            }
        },
    },
    Case {
        name: "sessions with different numbers of threads take turns",
        needs: &[Capability::Integers, Capability::Threads],
        ask: |solver| {
            let mut sessions = [1, 2, 3].map(|threads| {
                let options = Options { threads, ..Options::default() };
                solver.open(&knapsack(0.0), &options).expect("the model is valid")
            });
            for _ in 0..3 {
                for session in &mut sessions {
                    let outcome = session.solve(&Limits::default()).expect("no limit is fine");
                    assert!(close(objective(&outcome), KNAPSACK), "{outcome:?}");
                }
            }
        },
    },
    Case {
        name: "every seed leads to the optimum, and the same seed to the same search",
        needs: &[Capability::Integers, Capability::Seed, Capability::NodeLimit],
        ask: |solver| {
            for seed in [0, 1, 77, u32::MAX] {
                let options = Options { seed, ..Options::default() };
                let outcome = super::solve_with(solver, &knapsack(0.0), &options, &Limits::default());
                assert!(close(objective(&outcome), KNAPSACK), "{seed}: {outcome:?}");
                let limits = Limits { nodes: Some(30), ..Limits::default() };
                let [first, second] =
                    [0, 1].map(|_| super::solve_with(solver, &market_split(), &options, &limits));
                assert_eq!(first.verdict, Verdict::Limit(LimitKind::Nodes));
                assert_eq!((first.incumbent, first.dual_bound), (second.incumbent, second.dual_bound));
            }
        },
    },
    Case {
        name: "the log arrives line by line",
        needs: &[Capability::Integers, Capability::Log],
        ask: |solver| {
            let (sink, lines) = collecting_sink();
            let options = Options { log: Some(sink), ..Options::default() };
            let mut session = solver.open(&knapsack(0.0), &options).expect("the model is valid");
            session.solve(&Limits::default()).expect("no limit is fine");
            let lines = lines.lock().expect("not poisoned");
            assert!(lines.len() > 3, "{lines:?}");
            assert!(lines.iter().all(|line| !line.contains(['\n', '\r'])), "{lines:?}");
        },
    },
    Case {
        name: "a panic of the log sink reaches the caller, and the session goes on",
        needs: &[Capability::Log],
        ask: |solver| {
            let armed = Arc::new(Mutex::new(true));
            let is_armed = Arc::clone(&armed);
            let log = LogSink(Arc::new(move |_| {
                let panics = std::mem::take(&mut *is_armed.lock().expect("not poisoned"));
                assert!(!panics, "the sink is full");
            }));
            let options = Options { log: Some(log), ..Options::default() };
            let mut session = solver.open(&little_model(0), &options).expect("the model is valid");
            let solve = std::panic::AssertUnwindSafe(|| session.solve(&Limits::default()));
            let panic = std::panic::catch_unwind(solve).expect_err("the sink's panic");
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"the sink is full"));
            solve_as_if_fresh(solver, session.as_mut());
        },
    },
    Case {
        name: "options that the solver does not know are refused by name",
        needs: &[],
        ask: |solver| {
            let mut model = Model::new("tiny");
            model.add_column(Column::continuous("x", 0.0, 1.0)).expect("a valid column");
            let raw = |name: &str, value: &str| Options {
                raw: vec![(name.to_owned(), value.to_owned())],
                ..Options::default()
            };
            for options in [raw("no_such_option", "1"), raw("no such\0option", "1")] {
                let Err(error) = solver.open(&model, &options) else { panic!("accepted {options:?}") };
                assert!(matches!(error, SolverError::Option { .. }), "{error}");
            }
            for options in [
                Options { feasibility_tolerance: f64::NAN, ..Options::default() },
                Options { integrality_tolerance: -1.0, ..Options::default() },
                Options { absolute_gap: -1.0, ..Options::default() },
                Options { relative_gap: f64::NAN, ..Options::default() },
                Options { threads: 0, ..Options::default() },
            ] {
                assert!(solver.open(&model, &options).is_err(), "accepted {options:?}");
            }
        },
    },
];
