//! CBC against the conformance suite, and what is CBC's own.
#![cfg(feature = "cbc")]

use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use solver_api::conformance::build::{CONTINUOUS, INF, INTEGER, KNAPSACK, dense, knapsack, market_split};
use solver_api::conformance::{objective, solve, solve_with, wide_lp};
use solver_api::{
    Cbc, LimitKind, Limits, LogSink, Options, Preset, Solver, SolverError, Verdict, check_point,
};

solver_api::conforms!(Cbc);

fn raw(options: &[(&str, &str)]) -> Options {
    let raw = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Options { raw, ..Options::default() }
}

#[test]
fn raw_options_of_every_type_are_taken_by_name_or_abbreviation_and_text() {
    for options in [
        raw(&[("cutsOnOff", "off"), ("strongBranching", "5"), ("zeroTolerance", "1e-19")]),
        raw(&[("cuts", "off"), ("strong", "5"), ("heur", "off"), ("preprocess", "off")]),
    ] {
        let outcome = solve_with(&Cbc, &knapsack(0.0), &options, &Limits::default());
        assert_eq!((outcome.verdict, objective(&outcome)), (Verdict::Optimal, KNAPSACK));
    }
}

/// The root relaxation of the market split is cut off by what only the raw option allows.
#[test]
fn raw_options_act() {
    let limits = Limits { nodes: Some(50), ..Limits::default() };
    let options = |preset| Options { preset, ..raw(&[("maxSolutions", "1")]) };
    for preset in [Preset::ReluModels, Preset::SolverDefaults] {
        let outcome = solve_with(&Cbc, &market_split(), &options(preset), &limits);
        assert_eq!(outcome.verdict, Verdict::Limit(LimitKind::Other), "{outcome:?}");
    }
}

#[test]
fn raw_options_that_cbc_does_not_know_or_that_ask_something_else_are_refused_by_name() {
    for (name, value) in [
        ("no_such_option", "1"),
        ("s", "1"),
        ("", "1"),
        ("strongBranching", "many"),
        ("strongBranching", "1.5"),
        ("strongBranching", "99999999999"),
        ("strongBranching", "-99"),
        ("strongBranching", ""),
        ("integerTolerance", "0.7"),
        ("integerTolerance", "-1"),
        ("integerTolerance", "NaN"),
        ("integerTolerance", "0.1 or so"),
        ("preprocess", "a little"),
        ("preprocess", "o\0n"),
        // Other questions than the model's, and commands.
        ("cutoff", "1"),
        ("cuto", "1"),
        ("sec", "1"),
        ("maxN", "1"),
        ("direction", "max"),
        ("fix", "1"),
        ("log", "3"),
        ("quit", "1"),
        ("import", "model.mps"),
        ("maximize", "1"),
    ] {
        let Err(error) = Cbc.open(&knapsack(0.0), &raw(&[(name, value)])) else {
            panic!("{name} = {value} was accepted")
        };
        assert_eq!(error.to_string(), format!("cbc rejects option {name} = {value}"));
        assert!(matches!(error, SolverError::Option { .. }));
    }
}

#[test]
fn the_offset_is_no_part_of_gaps_or_cutoffs_by_mistake() {
    for offset in [0.0, 1e3, -1e6, 1e9] {
        let options = Options { relative_gap: 1e-3, ..Options::default() };
        let outcome = solve_with(&Cbc, &knapsack(offset), &options, &Limits::default());
        assert!((objective(&outcome) - offset - KNAPSACK).abs() <= 1e-3 * 12.0, "{offset}: {outcome:?}");
        let limits = Limits { target: Some(offset - 5.0), ..Limits::default() };
        let outcome = solve(&Cbc, &knapsack(offset), &limits);
        assert!(objective(&outcome) <= offset - 5.0, "{offset}: {outcome:?}");
    }
}

#[test]
fn a_point_that_clp_takes_for_one_of_the_model_is_looked_at_again() {
    // Within Clp's tolerance the column is fixed at either bound; the row wants it half way.
    for range in [1e-6, 1e-7, 1e-8, 1e-9] {
        let model = dense(0.0, &[(0.0, range, -1.0 / range, CONTINUOUS)], &[(-INF, &[1.0 / range], 0.5)]);
        let outcome = solve(&Cbc, &model, &Limits::default());
        assert!((objective(&outcome) + 0.5).abs() < 1e-5, "{range}: {outcome:?}");
    }
}

#[test]
fn what_is_unbounded_is_not_called_infeasible() {
    for kind in [CONTINUOUS, INTEGER] {
        let columns = [(0.0, INF, -1.0, kind), (0.0, 5.0, 1.0, kind)];
        for rows in [&[][..], &[(-1.0, &[1.0, -1.0][..], INF)]] {
            let outcome = solve(&Cbc, &dense(1.0, &columns, rows), &Limits::default());
            assert!(
                matches!(outcome.verdict, Verdict::Unbounded | Verdict::InfeasibleOrUnbounded),
                "{outcome:?}"
            );
        }
    }
}

#[test]
fn who_waits_for_another_solve_stops_at_the_time_limit() {
    let hard = market_split();
    thread::scope(|scope| {
        let first = Limits { time: Some(Duration::from_secs(20)), ..Limits::default() };
        let cancel_first = first.cancellation.clone();
        let running = scope.spawn(move || solve(&Cbc, &market_split(), &first).verdict);
        thread::sleep(Duration::from_millis(50));
        let begun = Instant::now();
        let limits = Limits { time: Some(Duration::from_millis(100)), ..Limits::default() };
        let outcome = solve(&Cbc, &hard, &limits);
        assert_eq!(outcome.verdict, Verdict::Limit(LimitKind::Time), "{outcome:?}");
        assert!(begun.elapsed() >= Duration::from_millis(100));
        cancel_first.cancel();
        let verdict = running.join().expect("no panic");
        assert_eq!(verdict, Verdict::Limit(LimitKind::Cancelled), "{:?}", begun.elapsed());
    });
}

#[test]
fn an_lp_counts_iterations_and_a_mip_counts_nodes() {
    let outcome = solve(&Cbc, &wide_lp(1), &Limits::default());
    assert!(outcome.statistics.iterations.is_some_and(|count| count > 0), "{outcome:?}");
    assert_eq!(outcome.statistics.nodes, None);
    let outcome = solve(&Cbc, &market_split(), &Limits { nodes: Some(5), ..Limits::default() });
    assert!(outcome.statistics.nodes.is_some_and(|count| count >= 5), "{outcome:?}");
    assert!(outcome.statistics.wall_time > Duration::ZERO);
}

#[test]
fn numbers_that_cbc_would_misread_are_refused_with_their_place() {
    let x = solver_api::ColumnId::from_index(0);
    let sane = knapsack(0.0);
    let mut session = Cbc.open(&sane, &Options::default()).expect("a valid model");
    assert!(matches!(session.set_objective(0.0, &[(x, 1e20)]), Err(SolverError::Unsupported { .. })));
    assert!(matches!(session.add_row("r", 0.0, 1.0, &[(x, 1e15)]), Err(SolverError::Unsupported { .. })));
    assert_eq!(session.model(), &sane);
}

/// What CBC prints it prints from C++, past the test harness: a child process shows whether there is anything.
#[test]
fn cbc_prints_nothing() {
    const CHILD: &str = "SOLVER_API_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let log = LogSink(Arc::new(|_| {}));
        let infeasible = dense(0.0, &[(0.25, 0.75, 1.0, CONTINUOUS)], &[(2.0, &[1.0], INF)]);
        let whole =
            dense(0.0, &[(0.0, 9.0, 1.0, INTEGER), (0.0, 9.0, 0.0, INTEGER)], &[(3.0, &[2.0, 2.0], 3.0)]);
        for log in [None, Some(log)] {
            for threads in [1, 2] {
                let options = Options { log: log.clone(), threads, ..Options::default() };
                for model in [&market_split(), &knapsack(1.0), &wide_lp(1), &infeasible, &whole] {
                    solve_with(&Cbc, model, &options, &Limits { nodes: Some(30), ..Limits::default() });
                }
                for (name, value) in
                    [("no_such_option", "1"), ("strong", "-99"), ("integerT", "7"), ("cuts", "a")]
                {
                    assert!(Cbc.open(&whole, &raw(&[(name, value)])).is_err());
                }
            }
        }
        return;
    }
    let test_binary = std::env::current_exe().expect("this test's program");
    let child = Command::new(test_binary)
        .args(["--exact", "cbc_prints_nothing", "--nocapture", "--quiet"])
        .env(CHILD, "1")
        .output()
        .expect("the child runs");
    let printed = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{printed}");
    let own = |line: &&str| {
        line.is_empty()
            || line.starts_with("running 1 test")
            || line.starts_with("test result: ok")
            || *line == "."
    };
    let foreign: Vec<&str> = printed.lines().filter(|line| !own(line)).collect();
    assert!(foreign.is_empty(), "{foreign:#?}");
    assert!(child.stderr.is_empty(), "{}", String::from_utf8_lossy(&child.stderr));
}

#[test]
fn the_incumbent_of_a_start_is_a_point_of_the_model() {
    let model = knapsack(3.0);
    let mut session = Cbc.open(&model, &Options::default()).expect("a valid model");
    session.set_start(&[1.0, 1.0, 1.0, 0.0]).expect("it fits");
    let outcome = session.solve(&Limits::default()).expect("no limits");
    assert_eq!((outcome.verdict, objective(&outcome)), (Verdict::Optimal, 3.0 + KNAPSACK));
    let point = outcome.incumbent.expect("optimal").values;
    assert_eq!(check_point(&model, &point).objective, 3.0 + KNAPSACK);
}

/// CBC 2.10.8 calls -24 optimal when it may preprocess: x1 alone satisfies the second row, x3 costs nothing more.
#[test]
fn the_best_point_is_not_lost_to_preprocessing() {
    let binary = |cost| (0.0, 1.0, cost, INTEGER);
    let columns = [binary(2.0), binary(1.0), binary(0.0), binary(-6.0), binary(2.0)];
    let rows = [
        (-3.5, &[][..], INF),
        (-7.0, &[0.0, -6.0, 0.0, 0.0, -2.0][..], -2.0),
        (-6.0, &[0.0, 0.0, -4.0, -1.0][..], -2.0),
    ];
    for options in [Options::default(), raw(&[("heur", "off")]), raw(&[("cuts", "off")])] {
        let outcome = solve_with(&Cbc, &dense(-20.0, &columns, &rows), &options, &Limits::default());
        assert_eq!((outcome.verdict, objective(&outcome)), (Verdict::Optimal, -25.0), "{outcome:?}");
    }
}
