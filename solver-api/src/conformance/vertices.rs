//! Random small linear programs, and sessions of small models, against enumeration of vertices.

use std::sync::LazyLock;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::build::{CONTINUOUS, DenseColumn, DenseRow, INF, INTEGER, dense};
use super::exact::{ExactAnswer, exact_answer};
use super::{Case, close, hold, objective, solve};
use crate::{Capability, ColumnId, Limits, Model, Options, Outcome, Solver, Verdict};

/// A model and its answer, which no solver had a part in.
#[derive(Clone, Debug)]
pub struct KnownModel {
    /// The question.
    pub model: Model,
    /// The answer.
    pub answer: ExactAnswer,
}

/// Forty linear programs of one to three columns, bounded, unbounded and infeasible, degenerate ones among them.
pub fn known_lps() -> &'static [KnownModel] {
    static KNOWN: LazyLock<Vec<KnownModel>> = LazyLock::new(|| {
        let known = |model: Model| KnownModel { answer: exact_answer(&model), model };
        (0..40).map(random_lp).map(known).collect()
    });
    &KNOWN
}

/// Small whole data, so that many rows meet in one vertex.
fn random_lp(seed: u64) -> Model {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut whole = |range: std::ops::RangeInclusive<i32>| f64::from(random.random_range(range));
    let columns: Vec<DenseColumn> = (0..whole(1..=3) as usize)
        .map(|_| {
            let (lower, cost) = (whole(-3..=2), whole(-4..=4));
            let upper = lower + whole(0..=5);
            match whole(0..=5) as usize {
                0 => (-INF, INF, cost, CONTINUOUS),
                1 => (-INF, upper, cost, CONTINUOUS),
                2 | 3 => (lower, INF, cost, CONTINUOUS),
                _ => (lower, upper, cost, CONTINUOUS),
            }
        })
        .collect();
    let rows: Vec<(f64, Vec<f64>, f64)> = (0..whole(0..=4) as usize)
        .map(|_| {
            let coefficients = columns.iter().map(|_| whole(-3..=3)).collect();
            let side = whole(-6..=6) / 2.0;
            match whole(0..=4) as usize {
                0 => (side, coefficients, side),
                1 | 2 => (side, coefficients, INF),
                3 => (-INF, coefficients, side),
                _ => (side, coefficients, side + whole(0..=4)),
            }
        })
        .collect();
    let rows: Vec<DenseRow<'_>> =
        rows.iter().map(|(lower, row, upper)| (*lower, row.as_slice(), *upper)).collect();
    dense(whole(-9..=9) / 4.0, &columns, &rows)
}

/// A known model with an optimum, within a box that no vertex of such small data lies outside of.
pub(super) fn in_a_wide_box(known: &KnownModel) -> Model {
    let mut boxed = known.model.clone();
    for (index, column) in known.model.columns().iter().enumerate() {
        let (lower, upper) = (column.lower.max(-1000.0), column.upper.min(1000.0));
        boxed.set_bounds(ColumnId::from_index(index), lower, upper).expect("the box is far out");
    }
    assert_eq!(exact_answer(&boxed), known.answer, "{boxed:?}");
    boxed
}

/// Panics where an outcome is not the known answer.
pub(super) fn expect_answer(outcome: &Outcome, answer: &ExactAnswer, model: &Model) {
    match answer {
        ExactAnswer::Minimum(minimum) => {
            let minimum = minimum.nearest();
            assert_eq!(outcome.verdict, Verdict::Optimal, "{minimum}: {outcome:?} {model:?}");
            assert!(close(objective(outcome), minimum), "{minimum}: {outcome:?} {model:?}");
            let bound = outcome.dual_bound.expect("optimal is a bound");
            assert!(close(bound, minimum) || bound < minimum, "{minimum}: {outcome:?} {model:?}");
        }
        ExactAnswer::Infeasible => {
            let allowed = [Verdict::Infeasible, Verdict::InfeasibleOrUnbounded];
            assert!(allowed.contains(&outcome.verdict), "infeasible: {outcome:?} {model:?}");
        }
        ExactAnswer::Unbounded => {
            let allowed = [Verdict::Unbounded, Verdict::InfeasibleOrUnbounded];
            assert!(allowed.contains(&outcome.verdict), "unbounded: {outcome:?} {model:?}");
        }
    }
}

/// Changes a model of three columns again and again, and compares every answer with enumeration.
fn change_and_enumerate(solver: &dyn Solver, kinds: [crate::ColumnKind; 3]) {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let mut whole = |range: std::ops::RangeInclusive<i32>| f64::from(random.random_range(range));
    let columns = kinds.map(|kind| (-2.0, 3.0, 1.0, kind));
    let model = dense(0.5, &columns, &[(-INF, &[1.0, 2.0, -1.0], 3.5), (-4.5, &[1.0, -1.0, 2.0], INF)]);
    let (options, limits) = (Options::default(), Limits::default());
    let mut session = solver.open(&model, &options).expect("the model is valid");
    for round in 0..24 {
        match round % 4 {
            0 => {
                // Both mentions of the first column count.
                let terms = [0, 1, 2, 0].map(|index| (ColumnId::from_index(index), whole(-5..=5)));
                session.set_objective(whole(-9..=9), &terms).expect("finite numbers");
            }
            1 | 2 => {
                let (column, lower) = (ColumnId::from_index(whole(0..=2) as usize), whole(-3..=2));
                session.set_bounds(column, lower, lower + whole(0..=4)).expect("an interval");
            }
            _ if round < 16 => {
                let terms = [0, 1, 2, 1].map(|index| (ColumnId::from_index(index), whole(-2..=3)));
                session.add_row(&format!("cut{round}"), -INF, whole(1..=6), &terms).expect("a valid row");
            }
            _ => {}
        }
        let outcome = session.solve(&limits).expect("no limit is fine");
        hold(session.model(), &outcome, &options, &limits);
        expect_answer(&outcome, &exact_answer(session.model()), session.model());
    }
}

pub(super) const CASES: &[Case] = &[
    Case {
        name: "random LPs have the answer that enumeration of vertices finds",
        needs: &[],
        ask: |solver| {
            for known in known_lps() {
                let outcome = solve(solver, &known.model, &Limits::default());
                expect_answer(&outcome, &known.answer, &known.model);
            }
        },
    },
    Case {
        name: "an LP that changes has the answers of enumeration, with repeated columns summed",
        needs: &[],
        ask: |solver| change_and_enumerate(solver, [CONTINUOUS; 3]),
    },
    Case {
        name: "a MIP that changes has the answers of enumeration, with repeated columns summed",
        needs: &[Capability::Integers],
        ask: |solver| change_and_enumerate(solver, [INTEGER, CONTINUOUS, INTEGER]),
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_random_lps_have_answers_of_every_kind() {
        let mut counts = [0; 3];
        for known in known_lps() {
            counts[match known.answer {
                ExactAnswer::Minimum(_) => 0,
                ExactAnswer::Infeasible => 1,
                ExactAnswer::Unbounded => 2,
            }] += 1;
        }
        assert!(counts[0] >= 15 && counts[1] >= 5 && counts[2] >= 5, "{counts:?}");
    }
}
