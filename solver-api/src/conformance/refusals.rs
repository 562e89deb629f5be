//! What an adapter does not claim is refused, never ignored.

use std::sync::Arc;

use super::build::{CONTINUOUS, INF, INTEGER, dense, knapsack};
use super::{Case, close, objective};
use crate::{
    ActiveAt, Capability, ColumnId, Cut, Limits, LogSink, Model, Options, Separator, Solver, SolverError,
};

/// minimise x0 over 1 <= x0 <= 3
fn little_lp() -> Model {
    dense(0.0, &[(0.0, 3.0, 1.0, CONTINUOUS)], &[(1.0, &[1.0], INF)])
}

/// minimise x0 over 1 <= x0 <= 3 and x1 in {0, 1}, with x0 >= 2 where x1 = 0
fn with_indicator() -> Model {
    let mut model = dense(0.0, &[(1.0, 3.0, 1.0, CONTINUOUS), (0.0, 1.0, 0.0, INTEGER)], &[]);
    let [x, b] = [0, 1].map(ColumnId::from_index);
    model.add_indicator("the switch", b, ActiveAt::Zero, 2.0, INF, [(x, 1.0)]).expect("a valid indicator");
    model
}

/// minimise -x0 - x1 over 0 <= x <= 3, one of them 0
fn with_set() -> Model {
    let mut model = dense(0.0, &[(0.0, 3.0, -1.0, CONTINUOUS); 2], &[]);
    model.add_sos1("the set", [0, 1].map(ColumnId::from_index)).expect("a valid set");
    model
}

struct NoCuts;

impl Separator for NoCuts {
    fn separate(&mut self, _: &[f64]) -> Vec<Cut> {
        Vec::new()
    }
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
        name: "indicators and special ordered sets that are not claimed are refused by name when a session opens",
        needs: &[Capability::Integers],
        ask: |solver| {
            for (capability, model, name) in [
                (Capability::Indicators, with_indicator(), "the switch"),
                (Capability::Sos1, with_set(), "the set"),
            ] {
                match solver.open(&model, &Options::default()) {
                    Ok(_) => assert!(!lacks(solver, capability), "{capability:?} is not claimed, but taken"),
                    Err(error) => {
                        assert!(lacks(solver, capability), "{capability:?} is claimed: {error}");
                        assert!(error.to_string().contains(name), "{error}");
                        expect_unsupported(Err::<(), _>(error), name);
                    }
                }
            }
        },
    },
    Case {
        name: "a separator is taken where it is claimed, else refused, and the session goes on",
        needs: &[],
        ask: |solver| {
            let mut session = solver.open(&little_lp(), &Options::default()).expect("the model is valid");
            let answer = session.set_separator(Box::new(NoCuts));
            if lacks(solver, Capability::Separation) {
                expect_unsupported(answer, "a separator");
            } else {
                answer.expect("it is claimed");
            }
            let outcome = session.solve(&Limits::default()).expect("no limit is fine");
            assert!(close(objective(&outcome), 1.0), "{outcome:?}");
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
