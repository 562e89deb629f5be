//! HiGHS against the conformance suite.
#![cfg(feature = "highs")]

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use solver_api::conformance::build::{CONTINUOUS, INF, INTEGER, KNAPSACK, dense, knapsack, market_split};
use solver_api::conformance::{ExactAnswer, close, known_lps, objective, solve_with, wide_lp};
use solver_api::{
    Cancellation, Column, Highs, LimitKind, Limits, LogSink, Options, Outcome, Preset, Solver, SolverError,
    Tolerances, Verdict, check_point,
};

solver_api::conforms!(Highs);

fn raw(options: &[(&str, &str)]) -> Options {
    let raw = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Options { raw, ..Options::default() }
}

#[test]
fn raw_options_of_every_type_are_taken_by_name_and_text() {
    let options = raw(&[
        ("mip_detect_symmetry", "false"),
        ("mip_max_leaves", "100000"),
        ("mip_heuristic_effort", "0.1"),
        ("solver", "simplex"),
        ("presolve", "on"),
    ]);
    let outcome = solve_with(&Highs, &knapsack(0.0), &options, &Limits::default());
    assert_eq!((outcome.verdict, objective(&outcome)), (Verdict::Optimal, KNAPSACK));
}

#[test]
fn raw_options_that_highs_rejects_are_named() {
    for (name, value) in [
        ("no_such_option", "1"),
        ("mip_detect_symmetry", "perhaps"),
        ("mip_max_leaves", "many"),
        ("mip_max_leaves", "-1"),
        ("mip_heuristic_effort", "2"),
        ("presolve", "a little"),
        ("mip_heuristic_effort", ""),
        ("mip_heuristic_effort", "half"),
        ("mip_heuristic_effort", "0.5 or so"),
        ("mip_heuristic_effort", "NaN"),
        ("mip_max_leaves", "5 or so"),
        ("presolve", "o\0n"),
    ] {
        let Err(error) = Highs.open(&knapsack(0.0), &raw(&[(name, value)])) else {
            panic!("{name} = {value} was accepted")
        };
        assert_eq!(error.to_string(), format!("highs rejects option {name} = {value}"));
        assert!(matches!(error, SolverError::Option { .. }));
    }
}

/// Raw options that are limits hold for every solve, and the stricter of two limits counts.
#[test]
fn raw_limits_stay_in_force() {
    let none = Limits::default();
    for (options, limits, verdict) in [
        (raw(&[("mip_max_nodes", "10")]), none.clone(), Verdict::Limit(LimitKind::Nodes)),
        (
            raw(&[("mip_max_nodes", "10")]),
            Limits { nodes: Some(1000), ..none.clone() },
            Verdict::Limit(LimitKind::Nodes),
        ),
        (raw(&[("time_limit", "0.2")]), none.clone(), Verdict::Limit(LimitKind::Time)),
        (raw(&[("objective_bound", "99")]), none.clone(), Verdict::NoneBetterThanCutoff),
        (
            raw(&[("objective_bound", "99")]),
            Limits { cutoff: Some(1e4), ..none.clone() },
            Verdict::NoneBetterThanCutoff,
        ),
        (raw(&[("objective_target", "1e5")]), none.clone(), Verdict::TargetReached),
    ] {
        let mut session = Highs.open(&market_split(), &options).expect("known options");
        for _ in 0..2 {
            let outcome = session.solve(&limits).expect("valid limits");
            assert_eq!(outcome.verdict, verdict, "{options:?} {limits:?}");
        }
    }
}

#[test]
fn raw_threads_do_not_get_in_the_way_of_other_sessions() {
    let mut sessions = [raw(&[("threads", "2")]), Options::default(), raw(&[("threads", "0")])]
        .map(|options| Highs.open(&knapsack(0.0), &options).expect("known options"));
    for _ in 0..2 {
        for session in &mut sessions {
            assert_eq!(objective(&session.solve(&Limits::default()).expect("no limits")), KNAPSACK);
        }
    }
}

/// A start that only a raw tolerance makes infeasible: HiGHS would mend it, with bounds that are not the model's.
#[test]
fn starts_are_judged_by_the_tolerances_in_force() {
    let mut model = market_split();
    let needless = Column { objective: 1000.0, ..Column::binary("needless") };
    model.add_column(needless).expect("a valid column");
    let mut start: Vec<f64> =
        model.columns().iter().map(|column| if column.kind == INTEGER { 1e-7 } else { 0.0 }).collect();
    *start.last_mut().expect("there are columns") = 1.0;
    for row in model.rows() {
        let under = row.columns.last().expect("every row ends with its slacks");
        let sold: f64 =
            row.columns.iter().zip(row.coefficients).map(|(c, value)| start[c.index()] * value).sum();
        start[under.index()] = row.upper - sold;
    }
    assert!(check_point(&model, &start).is_feasible(&Tolerances::default()));
    let mut session =
        Highs.open(&model, &raw(&[("mip_feasibility_tolerance", "1e-9")])).expect("known options");
    session.set_start(&start).expect("it fits");
    let limits = Limits { bound_stop: Some(500.0), nodes: Some(20), ..Limits::default() };
    let outcome = session.solve(&limits).expect("valid limits");
    assert_eq!(outcome.verdict, Verdict::Limit(LimitKind::Nodes), "{outcome:?}");
}

/// Solves an LP that its own log cancels.
fn cancelled_by_log(solver: &'static str) -> Outcome {
    let cancellation = Cancellation::new();
    let raiser = cancellation.clone();
    let log = LogSink(Arc::new(move |_| raiser.cancel()));
    let options = Options { log: Some(log), ..raw(&[("solver", solver), ("presolve", "off")]) };
    let model = wide_lp(1);
    let mut session = Highs.open(&model, &options).expect("known options");
    session.solve(&Limits { cancellation, ..Limits::default() }).expect("valid limits")
}

#[test]
fn simplex_and_interior_point_see_a_cancellation() {
    for solver in ["simplex", "ipm"] {
        let outcome = cancelled_by_log(solver);
        assert_eq!(outcome.verdict, Verdict::Limit(LimitKind::Cancelled), "{solver}: {outcome:?}");
        assert_eq!(outcome.dual_bound, None, "{solver}: {outcome:?}");
    }
}

#[test]
fn an_lp_counts_iterations_and_a_mip_counts_nodes() {
    let lp = wide_lp(1);
    let outcome = solve_with(&Highs, &lp, &Options::default(), &Limits::default());
    assert!(outcome.statistics.iterations.is_some_and(|count| count > 0), "{outcome:?}");
    assert_eq!(outcome.statistics.nodes, None);
    let limits = Limits { nodes: Some(5), ..Limits::default() };
    let outcome = solve_with(&Highs, &market_split(), &Options::default(), &limits);
    assert!(outcome.statistics.nodes.is_some_and(|count| count >= 5), "{outcome:?}");
    assert!(outcome.statistics.iterations.is_some_and(|count| count > 0), "{outcome:?}");
    assert!(outcome.statistics.wall_time > Duration::ZERO);
}

#[test]
fn numbers_that_highs_would_misread_are_refused_with_their_place() {
    let cost = dense(0.0, &[(0.0, 1.0, 1e20, CONTINUOUS)], &[]);
    let entry = dense(0.0, &[(0.0, 1.0, 1.0, CONTINUOUS)], &[(-INF, &[-1e15], 1.0)]);
    let column = dense(0.0, &[(1e20, 1e21, 1.0, CONTINUOUS)], &[]);
    let row = dense(0.0, &[(-INF, INF, 1.0, CONTINUOUS)], &[(-INF, &[2.0], -1e22)]);
    for (model, message) in [
        (
            &cost,
            "highs cannot express coefficient 1e20 of column `x0` in the objective: it must be less than 1e20",
        ),
        (
            &entry,
            "highs cannot express coefficient -1e15 of column `x0` in row `r0`: it must be less than 1e15",
        ),
        (
            &column,
            "highs cannot express the range 1e20 to 1e21 of column `x0`: from 1e20 on bounds are infinite",
        ),
        (&row, "highs cannot express the range -inf to -1e22 of row `r0`: from 1e20 on bounds are infinite"),
    ] {
        let Err(error) = Highs.open(model, &Options::default()) else { panic!("{message}") };
        assert_eq!(error.to_string(), message);
    }
    // Through a session the same numbers are refused, and its model stays.
    let sane = knapsack(0.0);
    let mut session = Highs.open(&sane, &Options::default()).expect("a valid model");
    let x = solver_api::ColumnId::from_index(0);
    assert!(matches!(session.set_objective(0.0, &[(x, 1e20)]), Err(SolverError::Unsupported { .. })));
    assert!(matches!(session.add_row("r", 0.0, 1.0, &[(x, 1e15)]), Err(SolverError::Unsupported { .. })));
    assert!(matches!(session.add_row("r", 1e20, INF, &[(x, 1.0)]), Err(SolverError::Unsupported { .. })));
    assert!(matches!(session.set_bounds(x, -INF, -1e20), Err(SolverError::Unsupported { .. })));
    assert_eq!(session.model(), &sane);
}

/// The preset for relaxations that are proven elsewhere changes how LPs are solved, not what their duals prove.
#[test]
fn proven_relaxations_have_the_same_optima_and_duals_that_prove_no_more() {
    let options = Options { preset: Preset::ProvenRelaxations, ..Options::default() };
    for known in known_lps() {
        let ExactAnswer::Minimum(minimum) = &known.answer else { continue };
        let outcome = solve_with(&Highs, &known.model, &options, &Limits::default());
        assert!(close(objective(&outcome), minimum.nearest()), "{outcome:?} {:?}", known.model);
        let certified = outcome.certified_bound(&known.model).expect("an LP has duals");
        assert!(certified <= minimum.nearest() + 1e-12, "{certified}: {outcome:?} {:?}", known.model);
    }
}

/// What HiGHS prints it prints from C++, past the test harness: a child process shows whether there is anything.
#[test]
fn highs_prints_nothing() {
    const CHILD: &str = "SOLVER_API_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let log = LogSink(Arc::new(|_| {}));
        for log in [None, Some(log)] {
            let options = Options { log, ..Options::default() };
            solve_with(&Highs, &knapsack(0.0), &options, &Limits { nodes: Some(3), ..Limits::default() });
            let lp = wide_lp(1);
            solve_with(&Highs, &lp, &options, &Limits::default());
            assert!(Highs.open(&lp, &raw(&[("no_such_option", "1")])).is_err());
        }
        return;
    }
    let test_binary = std::env::current_exe().expect("this test's program");
    let child = Command::new(test_binary)
        .args(["--exact", "highs_prints_nothing", "--nocapture", "--quiet"])
        .env(CHILD, "1")
        .output()
        .expect("the child runs");
    let printed = String::from_utf8_lossy(&child.stdout).to_lowercase();
    assert!(child.status.success(), "{printed}");
    for word in ["highs", "solving", "presolv", "option", "rows", "warning", "error"] {
        assert!(!printed.contains(word), "{word} in: {printed}");
    }
    assert!(child.stderr.is_empty(), "{}", String::from_utf8_lossy(&child.stderr));
}
