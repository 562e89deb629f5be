//! Random small MIPs against enumeration of every whole point.

use crate::{Capability, Column, ColumnId, ColumnKind, Limits, Model, Verdict};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::build::{CONTINUOUS, DenseColumn, DenseRow, INF, INTEGER, dense};
use super::{Case, close, objective, solve};

/// A few binaries and small integers, perhaps one continuous column at the end, all data whole or halves.
fn random_mip(seed: u64) -> Model {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut whole = |range: std::ops::RangeInclusive<i32>| f64::from(random.random_range(range));
    let mut columns: Vec<DenseColumn> = Vec::new();
    for _ in 0..whole(2..=8) as usize {
        let cost = whole(-9..=9);
        let binary = whole(0..=3) > 0.0;
        let lower = if binary { 0.0 } else { whole(-2..=1) };
        columns.push((lower, lower + 1.0 + if binary { 0.0 } else { whole(0..=1) }, cost, INTEGER));
    }
    if whole(0..=1) > 0.0 {
        columns.push((whole(-4..=0) / 2.0, whole(1..=8) / 2.0, whole(-5..=5), CONTINUOUS));
    }
    let mut rows: Vec<(f64, Vec<f64>, f64)> = Vec::new();
    for _ in 0..whole(1..=3) as usize {
        let coefficients: Vec<f64> =
            columns.iter().map(|_| if whole(0..=4) > 2.0 { whole(-6..=6) } else { 0.0 }).collect();
        let lower = whole(-9..=4) + if whole(0..=1) > 0.0 { 0.5 } else { 0.0 };
        rows.push(match whole(0..=3) as usize {
            0 => (lower, coefficients, INF),
            1 => (-INF, coefficients, -lower),
            2 => (lower, coefficients, lower + whole(0..=6)),
            _ => (lower - 0.5, coefficients, lower - 0.5),
        });
    }
    let rows: Vec<DenseRow<'_>> =
        rows.iter().map(|(lower, row, upper)| (*lower, row.as_slice(), *upper)).collect();
    dense(whole(-20..=20), &columns, &rows)
}

/// The least objective over all whole points, with the best value of the one continuous column for each.
fn enumerate(model: &Model) -> Option<f64> {
    let wholes = model.columns().iter().take_while(|column| column.kind == ColumnKind::Integer).count();
    let mut point: Vec<f64> = model.columns().iter().map(|column| column.lower).collect();
    let mut best: Option<f64> = None;
    loop {
        if let Some(value) = best_completion(model, &mut point, wholes) {
            best = Some(best.map_or(value, |best| best.min(value)));
        }
        let Some(next) = (0..wholes).find(|index| point[*index] < model.columns()[*index].upper) else {
            return best;
        };
        point[next] += 1.0;
        for (value, column) in point.iter_mut().zip(model.columns()).take(next) {
            *value = column.lower;
        }
    }
}

/// The objective with the whole columns as they are and the continuous one, if any, at its best.
fn best_completion(model: &Model, point: &mut [f64], wholes: usize) -> Option<f64> {
    let continuous = model.columns().get(wholes);
    let (mut lower, mut upper) = continuous.map_or((0.0, 0.0), |column| (column.lower, column.upper));
    for row in model.rows() {
        let (mut activity, mut slope) = (0.0, 0.0);
        for (column, value) in row.columns.iter().zip(row.coefficients) {
            if column.index() < wholes {
                activity += value * point[column.index()];
            } else {
                slope = *value;
            }
        }
        let (least, most) = (row.lower - activity, row.upper - activity);
        if slope == 0.0 {
            if least > 0.0 || most < 0.0 {
                return None;
            }
            continue;
        }
        let (from, to) =
            if slope > 0.0 { (least / slope, most / slope) } else { (most / slope, least / slope) };
        lower = lower.max(from);
        upper = upper.min(to);
    }
    if lower > upper {
        return None;
    }
    if let Some(column) = continuous {
        point[wholes] = if column.objective >= 0.0 { lower } else { upper };
    }
    Some(model.objective_value(point))
}

/// The model with 20 further columns, each in every row with an entry between 1e-20 and 1e-14, as trained networks have
/// them for pixels that are always black.
fn with_noise(model: &Model, random: &mut ChaCha8Rng) -> Model {
    let mut noisy = Model::new("noisy");
    for column in model.columns() {
        noisy.add_column(column.clone()).expect("it is a column");
    }
    let noise: Vec<_> = (0..20)
        .map(|index| {
            noisy.add_column(Column::continuous(format!("noise{index}"), 0.0, 1.0)).expect("a valid column")
        })
        .collect();
    for row in model.rows() {
        let entries: Vec<_> = row.columns.iter().copied().zip(row.coefficients.iter().copied()).collect();
        let small: Vec<_> = noise
            .iter()
            .map(|column| {
                (*column, random.random_range(-1.0..1.0) * 10_f64.powi(-random.random_range(14..=20)))
            })
            .collect();
        noisy.add_row(row.name, row.lower, row.upper, entries.into_iter().chain(small)).expect("a valid row");
    }
    let costs: Vec<_> = model.columns().iter().map(|column| column.objective).collect();
    let costs = costs.into_iter().enumerate().map(|(index, cost)| (ColumnId::from_index(index), cost));
    noisy.set_objective(model.offset(), costs).expect("it is an objective");
    noisy
}

/// Asks of every model, with the optimum that enumeration finds, if any.
pub(super) fn each_model(mut ask: impl FnMut(&Model, Option<f64>)) {
    let mut feasible = 0;
    for seed in 0..120 {
        let model = random_mip(seed);
        let optimum = enumerate(&model);
        feasible += usize::from(optimum.is_some());
        ask(&model, optimum);
    }
    assert!(
        (40..=110).contains(&feasible),
        "{feasible} of 120 models are feasible: too lopsided to test anything"
    );
}

pub(super) const CASES: &[Case] = &[
    Case {
        name: "random MIPs have the optimum that enumeration finds",
        needs: &[Capability::Integers],
        ask: |solver| {
            each_model(|model, optimum| {
                let outcome = solve(solver, model, &Limits::default());
                match optimum {
                    None => assert_eq!(outcome.verdict, Verdict::Infeasible, "{model:?}"),
                    Some(optimum) => {
                        assert_eq!(outcome.verdict, Verdict::Optimal, "{model:?}");
                        assert!(close(objective(&outcome), optimum), "{optimum} {outcome:?} {model:?}");
                        let bound = outcome.dual_bound.expect("optimal is a bound");
                        assert!(bound <= optimum + 1e-5, "{optimum} {outcome:?} {model:?}");
                    }
                }
            });
        },
    },
    Case {
        name: "entries too small to matter change nothing",
        needs: &[Capability::Integers],
        ask: |solver| {
            let mut random = ChaCha8Rng::seed_from_u64(3);
            each_model(|model, optimum| {
                let noisy = with_noise(model, &mut random);
                let outcome = solve(solver, &noisy, &Limits::default());
                match optimum {
                    None => assert_eq!(outcome.verdict, Verdict::Infeasible, "{noisy:?}"),
                    Some(optimum) => {
                        assert_eq!(outcome.verdict, Verdict::Optimal, "{noisy:?}");
                        assert!(close(objective(&outcome), optimum), "{optimum} {outcome:?} {noisy:?}");
                    }
                }
            });
        },
    },
    Case {
        name: "random MIPs with a cutoff have nothing below it or the optimum",
        needs: &[Capability::Integers, Capability::Cutoff],
        ask: |solver| {
            each_model(|model, optimum| {
                for distance in [-3.0, -0.25, 0.25, 3.0] {
                    let cutoff = optimum.unwrap_or(0.0) + distance;
                    let limits = Limits { cutoff: Some(cutoff), ..Limits::default() };
                    let outcome = solve(solver, model, &limits);
                    if optimum.is_some_and(|optimum| optimum < cutoff) {
                        assert_eq!(outcome.verdict, Verdict::Optimal, "{cutoff} {model:?}");
                        assert!(close(objective(&outcome), cutoff - distance), "{outcome:?} {model:?}");
                    } else {
                        assert_eq!(outcome.verdict, Verdict::NoneBetterThanCutoff, "{cutoff} {model:?}");
                    }
                }
            });
        },
    },
    Case {
        name: "random MIPs stop at a target or a bound with numbers that are true",
        needs: &[Capability::Integers, Capability::Target, Capability::BoundStop],
        ask: |solver| {
            each_model(|model, optimum| {
                let Some(optimum) = optimum else { return };
                let limits = Limits { target: Some(optimum + 2.0), ..Limits::default() };
                let outcome = solve(solver, model, &limits);
                assert!(matches!(outcome.verdict, Verdict::TargetReached | Verdict::Optimal), "{outcome:?}");
                assert!(
                    (optimum - 1e-5..=optimum + 2.0 + 1e-9).contains(&objective(&outcome)),
                    "{outcome:?}"
                );

                let limits = Limits { bound_stop: Some(optimum - 2.0), ..Limits::default() };
                let outcome = solve(solver, model, &limits);
                assert!(matches!(outcome.verdict, Verdict::BoundReached | Verdict::Optimal), "{outcome:?}");
                let bound = outcome.dual_bound.expect("both have one");
                assert!((optimum - 2.0..=optimum + 1e-5).contains(&bound), "{optimum} {outcome:?} {model:?}");
            });
        },
    },
];
