//! microlp against the conformance suite, and what is its own.
#![cfg(feature = "microlp")]

use std::sync::Arc;

use solver_api::conformance::build::{CONTINUOUS, INF, INTEGER, KNAPSACK, dense, knapsack, market_split};
use solver_api::conformance::{objective, solve, solve_with};
use solver_api::{LimitKind, Limits, LogSink, Microlp, Model, Options, Solver, SolverError, Verdict};

solver_api::conforms!(Microlp);

fn raw(name: &str, value: &str) -> Options {
    Options { raw: vec![(name.to_owned(), value.to_owned())], ..Options::default() }
}

#[test]
fn raw_options_are_fields_of_its_options() {
    for (name, value) in [("presolve", "false"), ("dual_fixing", "false"), ("prune_epsilon", "1e-8")] {
        let outcome = solve_with(&Microlp, &knapsack(0.0), &raw(name, value), &Limits::default());
        assert_eq!((outcome.verdict, objective(&outcome)), (Verdict::Optimal, KNAPSACK));
    }
    for (name, value) in
        [("presolve", "off"), ("dual_fixing", ""), ("prune_epsilon", "NaN"), ("int_tol", "1e-3")]
    {
        let Err(error) = Microlp.open(&knapsack(0.0), &raw(name, value)) else {
            panic!("{name} = {value} was accepted")
        };
        assert_eq!(error.to_string(), format!("microlp rejects option {name} = {value}"));
    }
}

#[test]
fn what_it_cannot_express_is_refused() {
    let none = Options::default();
    let log = Some(LogSink(Arc::new(|_| {})));
    for options in [
        Options { threads: 2, ..none.clone() },
        Options { seed: 7, ..none.clone() },
        Options { log, ..none.clone() },
    ] {
        let refused = Microlp.open(&knapsack(0.0), &options).err();
        assert!(matches!(refused, Some(SolverError::Unsupported { .. })), "{options:?}: {refused:?}");
    }
    let mut session = Microlp.open(&knapsack(0.0), &none).expect("a valid model");
    for limits in [
        Limits { cutoff: Some(0.0), ..Limits::default() },
        Limits { target: Some(0.0), ..Limits::default() },
        Limits { bound_stop: Some(0.0), ..Limits::default() },
    ] {
        let refused = session.solve(&limits).err();
        assert!(matches!(refused, Some(SolverError::Unsupported { .. })), "{limits:?}: {refused:?}");
    }
    let limits = Limits { cutoff: Some(INF), target: Some(-INF), bound_stop: Some(INF), ..Limits::default() };
    let outcome = session.solve(&limits).expect("these limit nothing");
    assert_eq!(outcome.verdict, Verdict::Optimal);
}

#[test]
fn bounds_that_it_would_misread_are_refused_with_their_place() {
    for (model, message) in [
        (
            dense(0.0, &[(0.0, 2.0_f64.powi(52), -1.0, CONTINUOUS)], &[]),
            "microlp cannot express bound 4.503599627370496e15 of column `x0`: it must be less than 4.503599627370496e15",
        ),
        (
            dense(0.0, &[(-3e9, 1.0, -1.0, INTEGER)], &[]),
            "microlp cannot express bound -3e9 of column `x0`: it must be less than 2.147483647e9",
        ),
    ] {
        let Err(error) = Microlp.open(&model, &Options::default()) else { panic!("{message}") };
        assert_eq!(error.to_string(), message);
    }
}

/// minimise `cost` times x0 over whole x0 without bounds, with x0 + x1 in a range and x1 in 0..=1.
fn unbounded_column(cost: f64, range: (f64, f64)) -> Model {
    let columns = [(-INF, INF, cost, INTEGER), (0.0, 1.0, 0.0, CONTINUOUS)];
    dense(0.0, &columns, &[(range.0, &[1.0, 1.0], range.1)])
}

#[test]
fn nothing_is_claimed_for_whole_numbers_beyond_32_bits() {
    for (cost, range, verdict) in [
        (1.0, (-7.5, INF), Verdict::Optimal),
        (1.0, (-3e9, INF), Verdict::Numerical),
        (1.0, (-INF, 0.0), Verdict::InfeasibleOrUnbounded),
        (0.0, (3e9, INF), Verdict::Numerical),
    ] {
        let outcome = solve(&Microlp, &unbounded_column(cost, range), &Limits::default());
        assert_eq!(outcome.verdict, verdict, "{cost} {range:?} {outcome:?}");
        assert!(verdict == Verdict::Optimal || outcome.dual_bound.is_none(), "{outcome:?}");
    }
    // Half of an odd number is no whole one.
    let columns = [(-INF, INF, 1.0, INTEGER)];
    let outcome = solve(&Microlp, &dense(0.0, &columns, &[(3.0, &[2.0], 3.0)]), &Limits::default());
    assert_eq!(outcome.verdict, Verdict::Infeasible, "{outcome:?}");
}

#[test]
fn a_node_limit_is_kept_over_the_slices_of_a_search() {
    let limits = Limits { nodes: Some(3000), ..Limits::default() };
    let outcome = solve(&Microlp, &market_split(), &limits);
    assert_eq!(outcome.verdict, Verdict::Limit(LimitKind::Nodes), "{outcome:?}");
    assert_eq!(outcome.statistics.nodes, Some(3000));
    assert!(outcome.statistics.iterations.is_some_and(|count| count > 3000), "{outcome:?}");
}

#[test]
fn its_version_is_the_one_that_is_locked() {
    let lock = include_str!("../../Cargo.lock");
    let version = Microlp.version().expect("it is built in");
    assert!(lock.contains(&format!("name = \"microlp\"\nversion = \"{version}\"\n")), "{version}");
}
