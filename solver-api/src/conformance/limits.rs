//! Limits: cutoff, target, bound, time, nodes, cancellation.

use std::thread;
use std::time::Duration;

use crate::{Cancellation, Capability, LimitKind, Limits, Model, Options, Verdict};

use super::build::{CONTINUOUS, INF, KNAPSACK, dense, hidden_contradiction, knapsack, market_split};
use super::{Case, close, objective, solve};

fn cutoff(value: f64) -> Limits {
    Limits { cutoff: Some(value), ..Limits::default() }
}

fn target(value: f64) -> Limits {
    Limits { target: Some(value), ..Limits::default() }
}

fn bound_stop(value: f64) -> Limits {
    Limits { bound_stop: Some(value), ..Limits::default() }
}

/// minimise x over 1 <= x <= 3
fn little_lp(offset: f64) -> Model {
    dense(offset, &[(0.0, 3.0, 1.0, CONTINUOUS), (0.0, 1.0, 0.0, CONTINUOUS)], &[(1.0, &[1.0, 0.0], INF)])
}

fn infeasible_mip() -> Model {
    let mut model = knapsack(0.0);
    model.add_row("impossible", 5.0, INF, []).expect("a valid row");
    model
}

pub(super) const CASES: &[Case] = &[
    Case {
        name: "a cutoff at or below the optimum leaves nothing, and is not called infeasible",
        needs: &[Capability::Integers, Capability::Cutoff],
        ask: |solver| {
            for offset in [0.0, 100.0, -1e4] {
                for below in [0.0, 0.5, 1.0, 50.0] {
                    let limits = cutoff(offset + KNAPSACK - below);
                    let outcome = solve(solver, &knapsack(offset), &limits);
                    assert_eq!(
                        outcome.verdict,
                        Verdict::NoneBetterThanCutoff,
                        "{offset} {below} {outcome:?}"
                    );
                    assert!(
                        outcome.dual_bound.is_none_or(|bound| close(bound, offset + KNAPSACK - below)
                            || bound >= offset + KNAPSACK - below)
                    );
                }
            }
        },
    },
    Case {
        name: "a cutoff above the optimum changes nothing",
        needs: &[Capability::Integers, Capability::Cutoff],
        ask: |solver| {
            for offset in [0.0, 100.0, -1e4] {
                for above in [0.5, 1.0, 50.0, INF] {
                    let outcome = solve(solver, &knapsack(offset), &cutoff(offset + KNAPSACK + above));
                    assert_eq!(outcome.verdict, Verdict::Optimal, "{offset} {above} {outcome:?}");
                    assert!(close(objective(&outcome), offset + KNAPSACK), "{outcome:?}");
                }
            }
        },
    },
    Case {
        name: "a cutoff acts on an LP as on a MIP",
        needs: &[Capability::Cutoff],
        ask: |solver| {
            for offset in [0.0, 10.0] {
                let outcome = solve(solver, &little_lp(offset), &cutoff(offset + 0.5));
                assert_eq!(outcome.verdict, Verdict::NoneBetterThanCutoff, "{outcome:?}");
                let outcome = solve(solver, &little_lp(offset), &cutoff(offset + 1.5));
                assert_eq!(outcome.verdict, Verdict::Optimal, "{outcome:?}");
            }
        },
    },
    Case {
        name: "with a cutoff nothing is called infeasible",
        needs: &[Capability::Integers, Capability::Cutoff],
        ask: |solver| {
            let outcome = solve(solver, &infeasible_mip(), &cutoff(0.0));
            assert_eq!(outcome.verdict, Verdict::NoneBetterThanCutoff, "{outcome:?}");
            let outcome = solve(solver, &infeasible_mip(), &Limits::default());
            assert_eq!(outcome.verdict, Verdict::Infeasible, "{outcome:?}");
        },
    },
    Case {
        name: "a target ends the search at a point that reaches it",
        needs: &[Capability::Integers, Capability::Target],
        ask: |solver| {
            let first = solve(solver, &market_split(), &target(100_000.0));
            assert_eq!(first.verdict, Verdict::TargetReached, "{first:?}");
            assert!(objective(&first) <= 100_000.0, "{first:?}");
            for offset in [0.0, 100.0] {
                let outcome = solve(solver, &knapsack(offset), &target(offset + KNAPSACK));
                assert!(matches!(outcome.verdict, Verdict::TargetReached | Verdict::Optimal), "{outcome:?}");
                assert!(close(objective(&outcome), offset + KNAPSACK), "{outcome:?}");
            }
        },
    },
    Case {
        name: "a target out of reach changes nothing",
        needs: &[Capability::Integers, Capability::Target],
        ask: |solver| {
            let outcome = solve(solver, &knapsack(100.0), &target(100.0 + KNAPSACK - 1.0));
            assert_eq!(outcome.verdict, Verdict::Optimal, "{outcome:?}");
        },
    },
    Case {
        name: "the search stops when its bound suffices, and tells a bound that does",
        needs: &[Capability::Integers, Capability::BoundStop],
        ask: |solver| {
            let outcome = solve(solver, &market_split(), &bound_stop(100.0));
            assert_eq!(outcome.verdict, Verdict::BoundReached, "{outcome:?}");
            let outcome = solve(solver, &knapsack(0.0), &bound_stop(KNAPSACK - 5.0));
            assert!(matches!(outcome.verdict, Verdict::BoundReached | Verdict::Optimal), "{outcome:?}");
        },
    },
    Case {
        name: "a bound out of reach changes nothing",
        needs: &[Capability::Integers, Capability::BoundStop],
        ask: |solver| {
            let outcome = solve(solver, &knapsack(0.0), &bound_stop(0.0));
            assert_eq!(outcome.verdict, Verdict::Optimal, "{outcome:?}");
        },
    },
    Case {
        name: "a cutoff's bound is not taken for the bound to stop at",
        needs: &[Capability::Integers, Capability::BoundStop, Capability::Cutoff],
        ask: |solver| {
            let limits = Limits {
                cutoff: Some(KNAPSACK - 3.0),
                bound_stop: Some(KNAPSACK - 1.0),
                ..Limits::default()
            };
            let outcome = solve(solver, &knapsack(0.0), &limits);
            assert_eq!(outcome.verdict, Verdict::NoneBetterThanCutoff, "{outcome:?}");
        },
    },
    Case {
        name: "no time is a limit, not a failure",
        needs: &[],
        ask: |solver| {
            let limits = Limits { time: Some(Duration::ZERO), ..Limits::default() };
            for model in [little_lp(0.0), knapsack(0.0), dense(0.0, &[], &[])] {
                if model.integer_count() > 0 && !solver.capabilities().has(Capability::Integers) {
                    continue;
                }
                let outcome = solve(solver, &model, &limits);
                assert_eq!(outcome.verdict, Verdict::Limit(LimitKind::Time), "{outcome:?}");
            }
        },
    },
    Case {
        name: "the clock ends a long search, with what it found",
        needs: &[Capability::Integers],
        ask: |solver| {
            // No machine closes the gap in these times; on a slow one the first point takes longer.
            for milliseconds in [300, 1000, 3000, 10_000] {
                let time = Duration::from_millis(milliseconds);
                let limits = Limits { time: Some(time), ..Limits::default() };
                let outcome = solve(solver, &market_split(), &limits);
                assert_eq!(outcome.verdict, Verdict::Limit(LimitKind::Time), "{outcome:?}");
                assert!(outcome.statistics.wall_time >= time.mul_f64(0.6), "{outcome:?}");
                if outcome.incumbent.is_some() {
                    return;
                }
            }
            panic!("no point of a model that has many is reported when the time is up");
        },
    },
    Case {
        name: "the clock ends a search that found nothing, and nothing is what it tells",
        needs: &[Capability::Integers],
        ask: |solver| {
            let limits = Limits { time: Some(Duration::from_millis(300)), ..Limits::default() };
            let outcome = solve(solver, &hidden_contradiction(), &limits);
            // A solver that sees through it is right, too.
            let allowed = [Verdict::Limit(LimitKind::Time), Verdict::Infeasible];
            assert!(allowed.contains(&outcome.verdict), "{outcome:?}");
            assert_eq!(outcome.incumbent, None);
        },
    },
    Case {
        name: "nodes run out, with a bound and what was found",
        needs: &[Capability::Integers, Capability::NodeLimit, Capability::DualBound],
        ask: |solver| {
            let outcome = solve(solver, &market_split(), &Limits { nodes: Some(20), ..Limits::default() });
            assert_eq!(outcome.verdict, Verdict::Limit(LimitKind::Nodes), "{outcome:?}");
            let bound = outcome.dual_bound.expect("the relaxation gives a bound");
            let found = outcome.incumbent.as_ref().map_or(INF, |point| point.objective);
            assert!((100.0 - 1e-6..=found).contains(&bound), "{outcome:?}");
            assert!(outcome.statistics.nodes.is_none_or(|nodes| nodes >= 20), "{outcome:?}");
        },
    },
    Case {
        name: "what is cancelled before the start does not begin",
        needs: &[],
        ask: |solver| {
            let limits = Limits::default();
            limits.cancellation.cancel();
            for model in [little_lp(0.0), dense(0.0, &[], &[])] {
                let outcome = solve(solver, &model, &limits);
                assert_eq!(outcome.verdict, Verdict::Limit(LimitKind::Cancelled), "{outcome:?}");
                assert_eq!((&outcome.incumbent, outcome.dual_bound), (&None, None));
            }
        },
    },
    Case {
        name: "another thread cancels a running search",
        needs: &[Capability::Integers, Capability::Cancellation],
        ask: |solver| {
            let cancellation = Cancellation::new();
            let limits = Limits {
                cancellation: cancellation.clone(),
                time: Some(Duration::from_secs(300)),
                ..Limits::default()
            };
            let outcome = thread::scope(|scope| {
                scope.spawn(|| {
                    thread::sleep(Duration::from_millis(150));
                    cancellation.cancel();
                });
                solve(solver, &market_split(), &limits)
            });
            assert_eq!(outcome.verdict, Verdict::Limit(LimitKind::Cancelled), "{outcome:?}");
        },
    },
    Case {
        name: "limits that are no numbers are refused",
        needs: &[],
        ask: |solver| {
            let mut session = solver.open(&little_lp(0.0), &Options::default()).expect("the model is valid");
            for limits in [cutoff(f64::NAN), target(f64::NAN), bound_stop(f64::NAN)] {
                assert!(session.solve(&limits).is_err(), "{limits:?}");
            }
            let outcome = session.solve(&Limits::default()).expect("no limit is fine");
            assert_eq!(outcome.verdict, Verdict::Optimal);
        },
    },
];
