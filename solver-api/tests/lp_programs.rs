//! Programs that are missing, crash, hang or lie, played by little shell scripts.
#![cfg(all(feature = "lp", unix))]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use solver_api::conformance::build::knapsack;
use solver_api::{CommandLine, LimitKind, Limits, Options, Outcome, Solver, SolverError, Verdict};
use tempfile::TempDir;

/// A program that tells CBC's version and, asked to solve, runs a script.
fn fake(script: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("fake");
    let text = format!("#!/bin/sh\nif [ $# = 1 ]; then echo 'Version: 2.10.8'; exit 0; fi\n{script}\n");
    fs::write(&path, text).expect("the folder is writable");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    (folder, path)
}

fn solve(script: &str, limits: &Limits) -> Result<Outcome, SolverError> {
    let (_folder, path) = fake(script);
    let mut session = CommandLine::cbc().at(path).open(&knapsack(0.0), &Options::default())?;
    session.solve(limits)
}

const POINT: &str =
    "printf 'Optimal - objective value -12\\n0 c0 1 0\\n1 c1 1 0\\n2 c2 1 0\\n3 c3 0 0\\n' > model.sol";

#[test]
fn a_program_that_is_not_there_is_an_error_with_its_mend() {
    let missing = CommandLine::cbc().at("no-such-program");
    let expected = "lp:cbc failed: no-such-program is not installed: install coinor-cbc";
    assert_eq!(missing.version().expect_err("it is missing").to_string(), expected);
    let opened = missing.open(&knapsack(0.0), &Options::default());
    assert_eq!(opened.err().expect("it is missing").to_string(), expected);
}

#[test]
fn crashes_and_garbage_are_errors() {
    for (script, reason) in [
        ("exit 3", "exit status: 3"),
        ("kill -SEGV $$", "signal: 11"),
        ("exit 0", "no solution file"),
        ("echo nonsense > model.sol", "has no status"),
        ("head -c 5000 /dev/urandom > model.sol", "has no status"),
        ("printf 'Optimal - objective value 5\\n0 c0 1 0\\n' > model.sol", "no value of c1"),
        ("printf 'Optimal - objective value 5\\n0 c0 nan 0\\n' > model.sol", "the value of c0"),
        ("printf 'Delighted - objective value 5\\n' > model.sol", "not known"),
    ] {
        let error = solve(script, &Limits::default()).expect_err(script).to_string();
        assert!(error.contains(reason), "{script}: {error}");
    }
}

#[test]
fn points_are_checked_and_objectives_computed() {
    let outcome = solve(POINT, &Limits::default()).expect("a good answer");
    assert_eq!(outcome.verdict, Verdict::Optimal);
    assert_eq!(outcome.incumbent.expect("it has one").objective, -12.0);
    let too_heavy = POINT.replace("3 c3 0 0", "3 c3 1 0");
    let outcome = solve(&too_heavy, &Limits::default()).expect("an answer");
    assert_eq!((outcome.verdict, outcome.incumbent, outcome.dual_bound), (Verdict::Numerical, None, None));
}

#[test]
fn a_program_that_overruns_is_ended_with_its_children() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mark = folder.path().join("alive");
    let script = format!("(sleep 4; touch {}) &\nsleep 600", mark.display());
    let limits = Limits { time: Some(Duration::from_millis(100)), ..Limits::default() };
    let outcome = solve(&script, &limits).expect("a limit is an answer");
    assert_eq!(outcome.verdict, Verdict::Limit(LimitKind::Time), "{outcome:?}");
    std::thread::sleep(Duration::from_secs(4));
    assert!(!mark.exists(), "a child went on");
}

#[test]
fn raw_options_are_the_programs_own() {
    let raw = |name: &str, value: &str| Options {
        raw: vec![(name.to_owned(), value.to_owned())],
        ..Options::default()
    };
    for (solver, options, good) in [
        (CommandLine::cbc(), raw("cuts", "off"), true),
        (CommandLine::cbc(), raw("cuts", "perhaps"), false),
        (CommandLine::glpsol(), raw("cuts", ""), true),
        (CommandLine::glpsol(), raw("mipgap", "a little"), false),
    ] {
        let opened = solver.open(&knapsack(0.0), &options);
        assert_eq!(opened.is_ok(), good, "{options:?}: {:?}", opened.err());
    }
}
