//! SCIP against the conformance suite.
#![cfg(feature = "scip")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use solver_api::conformance::build::{CONTINUOUS, INF, KNAPSACK, dense, knapsack, market_split};
use solver_api::conformance::{exact_load, objective, solve_with, wide_lp};
use solver_api::{
    Cancellation, Column, ColumnId, Cut, LimitKind, Limits, LogSink, Model, Options, Outcome, Preset, Scip,
    SeparationSchedule, Separator, Solver, SolverError, Verdict,
};

solver_api::conforms!(Scip);

fn raw(options: &[(&str, &str)]) -> Options {
    let raw = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Options { raw, ..Options::default() }
}

#[test]
fn the_library_has_the_version_that_the_adapter_knows() {
    let version = Scip.version().expect("`cargo xtask setup scip` fetches the library");
    assert!(version.starts_with("10."), "{version}");
}

#[test]
fn raw_options_of_every_type_are_taken_by_name_and_text() {
    let options = raw(&[
        ("misc/usevartable", "false"),
        ("presolving/maxrounds", "0"),
        ("limits/stallnodes", "100000"),
        ("limits/memory", "4000"),
        ("branching/scorefunc", "p"),
        ("visual/vbcfilename", "-"),
        ("display/verblevel", "5"),
    ]);
    let outcome = solve_with(&Scip, &knapsack(0.0), &options, &Limits::default());
    assert_eq!((outcome.verdict, objective(&outcome)), (Verdict::Optimal, KNAPSACK));
}

#[test]
fn raw_options_that_scip_rejects_are_named() {
    for (name, value) in [
        ("no/such/option", "1"),
        ("misc/usevartable", "perhaps"),
        ("misc/usevartable", "1"),
        ("presolving/maxrounds", "many"),
        ("presolving/maxrounds", "-2"),
        ("presolving/maxrounds", "5 or so"),
        ("limits/stallnodes", "1e3"),
        ("limits/memory", "-1"),
        ("limits/memory", ""),
        ("limits/memory", "half"),
        ("limits/memory", "NaN"),
        ("branching/scorefunc", "x"),
        ("branching/scorefunc", "pp"),
        ("branching/scorefunc", ""),
        ("visual/vbcfilename", "o\0n"),
    ] {
        let Err(error) = Scip.open(&knapsack(0.0), &raw(&[(name, value)])) else {
            panic!("{name} = {value} was accepted")
        };
        assert_eq!(error.to_string(), format!("scip rejects option {name} = {value}"));
        assert!(matches!(error, SolverError::Option { .. }));
    }
}

/// Raw options that are limits hold for every solve, and the stricter of two limits counts.
#[test]
fn raw_limits_stay_in_force() {
    let none = Limits::default();
    for (options, limits, verdict) in [
        (raw(&[("limits/totalnodes", "10")]), none.clone(), Verdict::Limit(LimitKind::Nodes)),
        (raw(&[("limits/nodes", "10")]), none.clone(), Verdict::Limit(LimitKind::Nodes)),
        (
            raw(&[("limits/totalnodes", "10")]),
            Limits { nodes: Some(1000), ..none.clone() },
            Verdict::Limit(LimitKind::Nodes),
        ),
        (raw(&[("limits/time", "0.2")]), none.clone(), Verdict::Limit(LimitKind::Time)),
        (
            raw(&[("limits/time", "0.2")]),
            Limits { time: Some(Duration::from_secs(300)), ..none.clone() },
            Verdict::Limit(LimitKind::Time),
        ),
        (raw(&[("limits/primal", "1e5")]), none.clone(), Verdict::TargetReached),
        (raw(&[("limits/dual", "100")]), none.clone(), Verdict::BoundReached),
        (raw(&[("limits/solutions", "1")]), none, Verdict::Limit(LimitKind::Other)),
    ] {
        let mut session = Scip.open(&market_split(), &options).expect("known options");
        for _ in 0..2 {
            let outcome = session.solve(&limits).expect("valid limits");
            assert_eq!(outcome.verdict, verdict, "{options:?} {limits:?}");
        }
    }
}

/// SCIP's limits on the primal and the dual bound follow the sense of the model, which is always minimised.
#[test]
fn targets_and_bound_stops_have_the_right_sign_on_either_side_of_zero() {
    for offset in [0.0, 1000.0, -1000.0] {
        let model = {
            let mut model = market_split();
            let terms: Vec<_> = model
                .columns()
                .iter()
                .enumerate()
                .map(|(index, column)| (solver_api::ColumnId::from_index(index), column.objective))
                .collect();
            model.set_objective(offset, terms).expect("finite numbers");
            model
        };
        let solve = |limits: &Limits| solve_with(&Scip, &model, &Options::default(), limits);
        let nodes = Some(2);
        let target = |value: f64| Limits { target: Some(offset + value), nodes, ..Limits::default() };
        assert_eq!(solve(&target(1e5)).verdict, Verdict::TargetReached);
        assert_eq!(solve(&target(-1.0)).verdict, Verdict::Limit(LimitKind::Nodes));
        let stop = |value: f64| Limits { bound_stop: Some(offset + value), nodes, ..Limits::default() };
        assert_eq!(solve(&stop(-1.0)).verdict, Verdict::BoundReached);
        assert_eq!(solve(&stop(1e5)).verdict, Verdict::Limit(LimitKind::Nodes));
    }
}

#[test]
fn no_sentinel_of_scip_leaves_the_adapter() {
    let falling = dense(0.0, &[(-INF, INF, 1.0, CONTINUOUS)], &[]);
    let impossible = dense(0.0, &[(0.0, 1.0, 1.0, CONTINUOUS)], &[(2.0, &[1.0], INF)]);
    let at_once = Limits { nodes: Some(0), ..Limits::default() };
    let nothing_below = Limits { cutoff: Some(-INF), ..Limits::default() };
    for (model, limits) in [
        (&falling, &Limits::default()),
        (&impossible, &Limits::default()),
        (&market_split(), &at_once),
        (&knapsack(0.0), &nothing_below),
    ] {
        let outcome = solve_with(&Scip, model, &Options::default(), limits);
        let bound = outcome.dual_bound.unwrap_or_default();
        let largest =
            outcome.incumbent.iter().flat_map(|point| &point.values).fold(bound.abs(), |a, b| a.max(b.abs()));
        assert!(largest < 1e10, "{outcome:?}");
    }
}

#[test]
fn scip_runs_one_thread() {
    let Err(error) = Scip.open(&knapsack(0.0), &Options { threads: 2, ..Options::default() }) else {
        panic!("two threads were accepted")
    };
    assert_eq!(error.to_string(), "scip cannot express more than one thread");
}

#[test]
fn nodes_and_iterations_are_counted() {
    let limits = Limits { nodes: Some(5), ..Limits::default() };
    let outcome = solve_with(&Scip, &market_split(), &Options::default(), &limits);
    assert!(outcome.statistics.nodes.is_some_and(|count| count >= 5), "{outcome:?}");
    assert!(outcome.statistics.iterations.is_some_and(|count| count > 0), "{outcome:?}");
    assert!(outcome.statistics.wall_time > Duration::ZERO);
    let outcome = solve_with(&Scip, &wide_lp(1), &Options::default(), &Limits::default());
    assert!(outcome.statistics.iterations.is_some_and(|count| count > 0), "{outcome:?}");
}

#[test]
fn a_log_line_can_cancel_the_search_that_writes_it() {
    let cancellation = Cancellation::new();
    let raiser = cancellation.clone();
    let log = LogSink(Arc::new(move |_| raiser.cancel()));
    let options = Options { log: Some(log), ..Options::default() };
    let mut session = Scip.open(&market_split(), &options).expect("a valid model");
    let outcome = session.solve(&Limits { cancellation, ..Limits::default() }).expect("valid limits");
    assert_eq!(outcome.verdict, Verdict::Limit(LimitKind::Cancelled), "{outcome:?}");
}

#[test]
fn numbers_that_scip_would_misread_are_refused_with_their_place() {
    let column = |upper, cost| dense(0.0, &[(0.0, upper, cost, CONTINUOUS)], &[]);
    let row =
        |coefficient, upper| dense(0.0, &[(0.0, 1.0, 1.0, CONTINUOUS)], &[(-INF, &[coefficient], upper)]);
    for (model, message) in [
        (column(1.0, 1e20), "coefficient 1e20 of column `x0` in the objective: it must be less than 1e20"),
        (column(1e20, 1.0), "bound 1e20 of column `x0`: it must be less than 1e20"),
        (row(-1e15, 1.0), "coefficient -1e15 of column `x0` in row `r0`: it must be less than 1e15"),
        (row(1.0, 1e20), "bound 1e20 of row `r0`: it must be less than 1e20"),
    ] {
        let Err(error) = Scip.open(&model, &Options::default()) else { panic!("{message}") };
        assert_eq!(error.to_string(), format!("scip cannot express {message}"));
    }
}

/// What SCIP prints it prints from C, past the test harness: a child process shows whether there is anything.
#[test]
fn scip_prints_nothing() {
    const CHILD: &str = "SOLVER_API_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let log = LogSink(Arc::new(|_| {}));
        for log in [None, Some(log)] {
            let options = Options { log, ..raw(&[("display/verblevel", "5")]) };
            solve_with(&Scip, &market_split(), &options, &Limits { nodes: Some(3), ..Limits::default() });
            let lp = wide_lp(1);
            solve_with(&Scip, &lp, &options, &Limits::default());
            assert!(Scip.open(&lp, &raw(&[("no_such_option", "1")])).is_err());
            assert!(Scip.open(&lp, &raw(&[("limits/memory", "-1")])).is_err());
        }
        return;
    }
    let test_binary = std::env::current_exe().expect("this test's program");
    let child = Command::new(test_binary)
        .args(["--exact", "scip_prints_nothing", "--nocapture", "--quiet"])
        .env(CHILD, "1")
        .output()
        .expect("the child runs");
    let printed = String::from_utf8_lossy(&child.stdout).to_lowercase();
    assert!(child.status.success(), "{printed}");
    for word in ["scip", "solving", "presolv", "option", "rows", "warning", "error", "parameter"] {
        assert!(!printed.contains(word), "{word} in: {printed}");
    }
    assert!(child.stderr.is_empty(), "{}", String::from_utf8_lossy(&child.stderr));
}

/// A program that finds no library says so, with the mend, instead of failing to start.
#[test]
fn without_a_library_the_adapter_says_where_it_looked() {
    const CHILD: &str = "SOLVER_API_TEST_WITHOUT_LIBRARY";
    const NAMED: &str = "/no/such/installation";
    if std::env::var_os(CHILD).is_some() {
        let message = Scip.version().expect_err("there is none").to_string();
        assert!(message.contains(NAMED) && message.contains("cargo xtask setup scip"), "{message}");
        assert!(matches!(Scip.open(&knapsack(0.0), &Options::default()), Err(SolverError::Failed { .. })));
        return;
    }
    let test_binary = std::env::current_exe().expect("this test's program");
    let child = Command::new(test_binary)
        .args(["--exact", "without_a_library_the_adapter_says_where_it_looked", "--quiet"])
        .env(CHILD, "1")
        .env("SCIPOPTDIR", NAMED)
        .output()
        .expect("the child runs");
    assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
}

/// Asks a function for cuts.
struct Asking<F> {
    ask: F,
    schedule: SeparationSchedule,
}

impl<F: FnMut(&[f64]) -> Vec<Cut>> Separator for Asking<F> {
    fn separate(&mut self, point: &[f64]) -> Vec<Cut> {
        (self.ask)(point)
    }

    fn schedule(&self) -> SeparationSchedule {
        self.schedule
    }
}

fn solve_asking(
    model: &Model,
    options: &Options,
    limits: &Limits,
    schedule: SeparationSchedule,
    ask: impl FnMut(&[f64]) -> Vec<Cut> + 'static,
) -> Result<Outcome, SolverError> {
    let mut session = Scip.open(model, options).expect("the model is valid");
    session.set_separator(Box::new(Asking { ask, schedule })).expect("SCIP asks");
    session.solve(limits)
}

/// What the conformance suite shows of one node and a cut is the cut's work.
#[test]
fn one_node_without_a_cut_does_not_do() {
    for load in [333, 615] {
        let (model, least) = exact_load(load);
        let limits = Limits { nodes: Some(1), ..Limits::default() };
        let outcome = solve_with(&Scip, &model, &Options::default(), &limits);
        assert_eq!(outcome.verdict, Verdict::Limit(LimitKind::Nodes), "{outcome:?}");
        assert!(least.is_none_or(|least| outcome.dual_bound < Some(least - 0.1)), "{least:?} {outcome:?}");
    }
}

/// How often a separator with ever new cuts, which cut off little, is asked.
fn times_asked(options: &Options, schedule: SeparationSchedule) -> usize {
    let (model, _) = exact_load(333);
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let costs: Vec<(ColumnId, f64)> = (0..)
        .zip(model.columns())
        .map(|(index, column)| (ColumnId::from_index(index), column.objective))
        .collect();
    let ask = move |point: &[f64]| {
        counter.fetch_add(1, Ordering::Relaxed);
        let now: f64 = costs.iter().zip(point).map(|((_, cost), value)| cost * value).sum();
        vec![Cut { lower: now + 1e-4, upper: f64::INFINITY, terms: costs.clone() }]
    };
    let limits = Limits { nodes: Some(50), ..Limits::default() };
    solve_asking(&model, options, &limits, schedule, ask).expect("valid cuts");
    count.load(Ordering::Relaxed)
}

#[test]
fn a_separator_is_asked_where_and_as_often_as_its_schedule_says() {
    let root = |rounds_at_root| SeparationSchedule { depth_step: 0, rounds_at_root, rounds_below_root: 9 };
    for preset in [Preset::ReluModels, Preset::SolverDefaults] {
        // Cuts and branches of SCIP's own would end the root early.
        let options = Options { preset, ..raw(&[("presolving/maxrestarts", "0")]) };
        assert_eq!(
            [0, 1, 3].map(root).map(|schedule| times_asked(&options, schedule)),
            [0, 1, 3],
            "{preset:?}"
        );
    }
    let below = |depth_step, rounds_below_root| {
        let schedule = SeparationSchedule { depth_step, rounds_at_root: 0, rounds_below_root };
        times_asked(&Options::default(), schedule)
    };
    let [everywhere, twice, seldom, never] = [below(1, 1), below(1, 2), below(4, 1), below(1, 0)];
    assert!(everywhere > seldom && twice > everywhere, "{twice} {everywhere} {seldom}");
    assert!(seldom > 0 && never == 0, "{seldom} {never}");
}

#[test]
fn a_cut_that_is_none_is_an_error_of_the_solve() {
    let (model, least) = exact_load(333);
    let [first, stranger] = [0, 99].map(ColumnId::from_index);
    for (lower, terms, message) in [
        (f64::NAN, vec![(first, 1.0)], "cut: lower bound is NaN"),
        (9.0, vec![(first, f64::INFINITY)], "cut: a coefficient is inf"),
        (9.0, vec![(stranger, 1.0)], "cut: column 99 does not exist; the model has 20"),
    ] {
        let mut session = Scip.open(&model, &Options::default()).expect("the model is valid");
        let ask = move |_: &[f64]| vec![Cut { lower, upper: f64::INFINITY, terms: terms.clone() }];
        let asking = Asking { ask, schedule: SeparationSchedule::default() };
        session.set_separator(Box::new(asking)).expect("SCIP asks");
        assert_eq!(session.solve(&Limits::default()).expect_err(message).to_string(), message);
        let nothing = Asking { ask: |_: &[f64]| vec![], schedule: SeparationSchedule::default() };
        session.set_separator(Box::new(nothing)).expect("SCIP asks");
        let outcome = session.solve(&Limits::default()).expect("the session goes on");
        assert!(least.is_some_and(|least| (objective(&outcome) - least).abs() < 1e-6), "{outcome:?}");
    }
}

#[test]
fn the_panic_of_a_separator_comes_out_of_the_solve() {
    let (model, _) = exact_load(333);
    let solve = || {
        let ask = |_: &[f64]| -> Vec<Cut> { panic!("no idea") };
        solve_asking(&model, &Options::default(), &Limits::default(), SeparationSchedule::default(), ask)
    };
    let panic = catch_unwind(AssertUnwindSafe(solve)).expect_err("the separator's");
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"no idea"));
}

/// The columns of a cut are those of the model, however narrow or small they are and whatever SCIP is given for them.
#[test]
fn cuts_keep_to_columns_that_scip_gets_scaled() {
    let mut model = Model::new("narrow");
    let x = model.add_column(Column::continuous("x", 0.0, 1e-8)).expect("valid");
    let b = model.add_column(Column::binary("b")).expect("valid");
    model.add_row("r", 0.5, f64::INFINITY, [(x, 1e8), (b, 1.0)]).expect("valid");
    model.set_objective(0.0, [(x, 1e8), (b, 0.5)]).expect("valid");
    // The relaxation takes half of b for 0.25. All of b, or none of it and half of x, are worth 0.5.
    let ask = move |point: &[f64]| {
        assert!(point[0] >= 0.0 && point[0] <= 1.0001e-8, "{point:?}");
        vec![Cut { lower: 1.0, upper: f64::INFINITY, terms: vec![(x, 2e8), (b, 1.0)] }]
    };
    let limits = Limits { nodes: Some(1), ..Limits::default() };
    let outcome = solve_asking(&model, &Options::default(), &limits, SeparationSchedule::default(), ask);
    let outcome = outcome.expect("valid cuts");
    assert!(outcome.dual_bound.is_some_and(|bound| (bound - 0.5).abs() < 1e-6), "{outcome:?}");
}
