//! What an adapter does not claim is refused, never ignored.

use std::sync::Arc;

use super::build::{CONTINUOUS, INF, dense, knapsack};
use super::{Case, close, objective};
use crate::{Capability, Limits, LogSink, Model, Options, Solver, SolverError};

/// minimise x0 over 1 <= x0 <= 3
fn little_lp() -> Model {
    dense(0.0, &[(0.0, 3.0, 1.0, CONTINUOUS)], &[(1.0, &[1.0], INF)])
}

fn expect_unsupported<T>(answer: Result<T, SolverError>, what: &str) {
    match answer {
        Err(SolverError::Unsupported { .. }) => {}
        Err(error) => panic!("{what} is not claimed, and the error is not that: {error}"),
        Ok(_) => panic!("{what} is not claimed, but taken"),
    }
}

fn lacks(solver: &dyn Solver, capability: Capability) -> bool {
    !solver.capabilities().has(capability)
}

pub(super) const CASES: &[Case] = &[
    Case {
        name: "options that are not claimed are refused when a session opens",
        needs: &[],
        ask: |solver| {
            for (capability, options) in [
                (Capability::Threads, Options { threads: 2, ..Options::default() }),
                (Capability::Seed, Options { seed: 7, ..Options::default() }),
                (Capability::Log, Options { log: Some(LogSink(Arc::new(|_| {}))), ..Options::default() }),
            ] {
                if lacks(solver, capability) {
                    expect_unsupported(solver.open(&little_lp(), &options), &format!("{capability:?}"));
                }
            }
        },
    },
    Case {
        name: "whole columns are refused where they are not claimed",
        needs: &[],
        ask: |solver| {
            if lacks(solver, Capability::Integers) {
                expect_unsupported(solver.open(&knapsack(0.0), &Options::default()), "a whole column");
            }
        },
    },
    Case {
        name: "limits and starts that are not claimed are refused, and the session goes on",
        needs: &[],
        ask: |solver| {
            let mut session = solver.open(&little_lp(), &Options::default()).expect("the model is valid");
            for (capability, limits) in [
                (Capability::NodeLimit, Limits { nodes: Some(1000), ..Limits::default() }),
                (Capability::Cutoff, Limits { cutoff: Some(5.0), ..Limits::default() }),
                (Capability::Target, Limits { target: Some(-5.0), ..Limits::default() }),
                (Capability::BoundStop, Limits { bound_stop: Some(5.0), ..Limits::default() }),
            ] {
                if lacks(solver, capability) {
                    expect_unsupported(session.solve(&limits), &format!("{capability:?}"));
                }
            }
            if lacks(solver, Capability::Start) {
                expect_unsupported(session.set_start(&[2.0]), "a start");
            }
            let outcome = session.solve(&Limits::default()).expect("no limit is fine");
            assert!(close(objective(&outcome), 1.0), "{outcome:?}");
        },
    },
    Case {
        name: "what is claimed is claimed once, and name and version are there",
        needs: &[],
        ask: |solver| {
            let claimed: Vec<Capability> = solver.capabilities().iter().collect();
            for (index, capability) in claimed.iter().enumerate() {
                assert!(!claimed[..index].contains(capability), "{capability:?} twice");
            }
            assert!(!solver.name().is_empty() && !solver.name().contains(char::is_whitespace));
            let version = solver.version().expect("a solver that is tested is installed");
            assert!(version.contains(|c: char| c.is_ascii_digit()), "version `{version}`");
        },
    },
];
