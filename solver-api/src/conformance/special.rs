//! Indicators and special ordered sets, by hand and against exact enumeration.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::build::{CONTINUOUS, DenseColumn, DenseRow, INF, INTEGER, dense};
use super::{Case, ExactAnswer, close, exact_answer, hold, objective, solve_with};
use crate::{
    ActiveAt, Capability, ColumnId, Limits, Model, Options, Outcome, Preset, Session, Solver, Verdict,
};

const INDICATORS: &[Capability] = &[Capability::Integers, Capability::Indicators];
const SETS: &[Capability] = &[Capability::Sos1];

/// The number of the binary column, where its row holds, and the row.
type DenseIndicator<'a> = (usize, ActiveAt, DenseRow<'a>);

/// A dense model with indicators `i0, i1, ...` and sets `s0, s1, ...`
fn special(
    columns: &[DenseColumn],
    rows: &[DenseRow<'_>],
    indicators: &[DenseIndicator<'_>],
    sets: &[&[usize]],
) -> Model {
    let mut model = dense(0.0, columns, rows);
    for (index, (binary, active_at, (lower, coefficients, upper))) in indicators.iter().enumerate() {
        let terms =
            coefficients.iter().enumerate().map(|(column, value)| (ColumnId::from_index(column), *value));
        let binary = ColumnId::from_index(*binary);
        model
            .add_indicator(format!("i{index}"), binary, *active_at, *lower, *upper, terms)
            .expect("a valid indicator");
    }
    for (index, set) in sets.iter().enumerate() {
        let columns = set.iter().map(|column| ColumnId::from_index(*column));
        model.add_sos1(format!("s{index}"), columns).expect("a valid set");
    }
    model
}

fn expect_exact(model: &Model, outcome: &Outcome, exact: &ExactAnswer) {
    match exact {
        ExactAnswer::Minimum(least) => {
            assert_eq!(outcome.verdict, Verdict::Optimal, "{outcome:?} {model:?}");
            assert!(close(objective(outcome), least.nearest()), "{exact:?} {outcome:?} {model:?}");
            assert!(outcome.dual_bound.is_some_and(|bound| bound <= least.nearest() + 1e-5), "{outcome:?}");
        }
        ExactAnswer::Infeasible => assert_eq!(outcome.verdict, Verdict::Infeasible, "{outcome:?} {model:?}"),
        ExactAnswer::Unbounded => assert!(
            matches!(outcome.verdict, Verdict::Unbounded | Verdict::InfeasibleOrUnbounded),
            "{outcome:?} {model:?}"
        ),
    }
}

/// Solves a model with both presets and expects this minimum, or none.
fn expect(solver: &dyn Solver, model: &Model, minimum: Option<f64>) {
    for preset in [Preset::ReluModels, Preset::SolverDefaults] {
        let options = Options { preset, ..Options::default() };
        let outcome = solve_with(solver, model, &options, &Limits::default());
        match minimum {
            Some(minimum) => {
                assert_eq!(outcome.verdict, Verdict::Optimal, "{preset:?} {outcome:?} {model:?}");
                assert!(close(objective(&outcome), minimum), "{preset:?} {minimum} {outcome:?} {model:?}");
            }
            None => assert_eq!(outcome.verdict, Verdict::Infeasible, "{preset:?} {outcome:?} {model:?}"),
        }
    }
}

/// Solves a session's model as it stands and expects this minimum.
fn expect_next(session: &mut dyn Session, minimum: f64) {
    let outcome = session.solve(&Limits::default()).expect("no limit is fine");
    hold(session.model(), &outcome, &Options::default(), &Limits::default());
    assert!(close(objective(&outcome), minimum), "{minimum} {outcome:?}");
}

/// minimise `cost . (x, b)` over -5 <= x <= 5 and b in {0, 1}
fn switched(solver: &dyn Solver, cost: [f64; 2], indicators: &[DenseIndicator<'_>], minimum: Option<f64>) {
    let columns = [(-5.0, 5.0, cost[0], CONTINUOUS), (0.0, 1.0, cost[1], INTEGER)];
    let model = special(&columns, &[], indicators, &[]);
    expect(solver, &model, minimum);
}

/// Continuous columns with these bounds and costs, and sets.
fn ordered(
    solver: &dyn Solver,
    columns: &[(f64, f64, f64)],
    rows: &[DenseRow<'_>],
    sets: &[&[usize]],
    minimum: Option<f64>,
) {
    let columns: Vec<DenseColumn> = columns.iter().map(|(l, u, c)| (*l, *u, *c, CONTINUOUS)).collect();
    expect(solver, &special(&columns, rows, &[], sets), minimum);
}

/// Up to two continuous and three binary columns, with indicators, sets or both, all data whole.
pub(super) fn random_model(seed: u64, capabilities: &[Capability]) -> Model {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut whole = |range: std::ops::RangeInclusive<i32>| f64::from(random.random_range(range));
    let continuous = whole(1..=3) as usize;
    let binaries = if capabilities.contains(&Capability::Integers) { 3 - whole(0..=1) as usize } else { 0 };
    let mut columns: Vec<DenseColumn> = Vec::new();
    for _ in 0..continuous {
        let lower = whole(-4..=1);
        columns.push((lower, lower + whole(1..=6), whole(-5..=5), CONTINUOUS));
    }
    columns.extend((0..binaries).map(|_| (0.0, 1.0, whole(-9..=9), INTEGER)));
    let row = |whole: &mut dyn FnMut(std::ops::RangeInclusive<i32>) -> f64, reach: i32| {
        let coefficients: Vec<f64> =
            columns.iter().map(|_| if whole(0..=2) > 0.0 { whole(-4..=4) } else { 0.0 }).collect();
        let lower = whole(-reach..=reach / 2);
        match whole(0..=3) as usize {
            0 => (lower, coefficients, INF),
            1 => (-INF, coefficients, -lower),
            2 => (lower, coefficients, lower + whole(0..=6)),
            _ => (lower, coefficients, lower),
        }
    };
    let rows = [row(&mut whole, 12)];
    let mut indicators = Vec::new();
    if capabilities.contains(&Capability::Indicators) {
        for _ in 0..whole(1..=4) as usize {
            let active_at = if whole(0..=1) > 0.0 { ActiveAt::One } else { ActiveAt::Zero };
            let binary = continuous + whole(0..=binaries as i32 - 1) as usize;
            indicators.push((binary, active_at, row(&mut whole, 6)));
        }
    }
    let mut sets: Vec<Vec<usize>> = Vec::new();
    if capabilities.contains(&Capability::Sos1) {
        for _ in 0..whole(1..=2) as usize {
            let all = 0..continuous + binaries;
            let set: Vec<usize> = all.filter(|_| whole(0..=3) > 0.0).collect();
            sets.extend((set.len() > 1).then_some(set));
        }
    }
    let rows: Vec<DenseRow<'_>> = rows.iter().map(|(l, row, u)| (*l, row.as_slice(), *u)).collect();
    let indicators: Vec<DenseIndicator<'_>> =
        indicators.iter().map(|(b, at, (l, row, u))| (*b, *at, (*l, row.as_slice(), *u))).collect();
    let sets: Vec<&[usize]> = sets.iter().map(Vec::as_slice).collect();
    special(&columns, &rows, &indicators, &sets)
}

/// Random models of these kinds against enumeration.
fn random_models(solver: &dyn Solver, capabilities: &[Capability]) {
    let mut feasible = 0;
    for seed in 0..80 {
        let model = random_model(seed, capabilities);
        let exact = exact_answer(&model);
        feasible += usize::from(exact != ExactAnswer::Infeasible);
        for preset in [Preset::ReluModels, Preset::SolverDefaults] {
            let options = Options { preset, ..Options::default() };
            let outcome = solve_with(solver, &model, &options, &Limits::default());
            expect_exact(&model, &outcome, &exact);
        }
    }
    assert!((20..=75).contains(&feasible), "{feasible} of 80 models are feasible: too lopsided");
}

pub(super) const CASES: &[Case] = &[
    Case {
        name: "an indicator's row holds where its column is 1, and only there",
        needs: INDICATORS,
        ask: |solver| {
            let one = ActiveAt::One;
            let most: DenseIndicator<'_> = (1, one, (-INF, &[1.0], 1.0));
            switched(solver, [-1.0, -10.0], &[most], Some(-11.0));
            switched(solver, [-1.0, -1.0], &[most], Some(-5.0));
            let least: DenseIndicator<'_> = (1, one, (-3.0, &[1.0], INF));
            switched(solver, [1.0, -10.0], &[least], Some(-13.0));
            switched(solver, [1.0, -1.0], &[least], Some(-5.0));
            switched(solver, [-1.0, -10.0], &[(1, one, (-INF, &[-2.0, 1.0], -4.0))], Some(-15.0));
        },
    },
    Case {
        name: "an indicator's row holds where its column is 0, and only there",
        needs: INDICATORS,
        ask: |solver| {
            let zero = ActiveAt::Zero;
            let most: DenseIndicator<'_> = (1, zero, (-INF, &[1.0], -2.0));
            switched(solver, [-1.0, 10.0], &[most], Some(2.0));
            switched(solver, [-1.0, 1.0], &[most], Some(-4.0));
            let least: DenseIndicator<'_> = (1, zero, (2.5, &[1.0], INF));
            switched(solver, [1.0, 10.0], &[least], Some(2.5));
            switched(solver, [1.0, 1.0], &[least], Some(-4.0));
        },
    },
    Case {
        name: "an indicator may have two bounds, equal ones, or none",
        needs: INDICATORS,
        ask: |solver| {
            for active_at in [ActiveAt::Zero, ActiveAt::One] {
                let toll: f64 = match active_at {
                    ActiveAt::Zero => 20.0,
                    ActiveAt::One => -20.0,
                };
                let reward = toll.min(0.0);
                let between: DenseIndicator<'_> = (1, active_at, (-3.5, &[1.0], -2.0));
                switched(solver, [1.0, toll], &[between], Some(reward - 3.5));
                switched(solver, [-1.0, toll], &[between], Some(reward + 2.0));
                let equal: DenseIndicator<'_> = (1, active_at, (1.5, &[2.0], 1.5));
                switched(solver, [1.0, toll], &[equal], Some(reward + 0.75));
                switched(solver, [-1.0, toll], &[equal], Some(reward - 0.75));
                let free: DenseIndicator<'_> = (1, active_at, (-INF, &[1.0], INF));
                switched(solver, [1.0, toll], &[free], Some(reward - 5.0));
            }
        },
    },
    Case {
        name: "an indicator that cannot hold keeps its column from its value",
        needs: INDICATORS,
        ask: |solver| {
            let never: DenseIndicator<'_> = (1, ActiveAt::One, (1.0, &[], INF));
            switched(solver, [0.0, -1.0], &[never], Some(0.0));
            let too_high: DenseIndicator<'_> = (1, ActiveAt::One, (6.0, &[1.0], INF));
            switched(solver, [0.0, -1.0], &[too_high], Some(0.0));
            let too_low: DenseIndicator<'_> = (1, ActiveAt::Zero, (-INF, &[1.0], -6.0));
            switched(solver, [0.0, 1.0], &[too_low], Some(1.0));
            switched(solver, [0.0, 1.0], &[too_high, too_low], None);
        },
    },
    Case {
        name: "indicators encode a ReLU and its kin",
        needs: INDICATORS,
        ask: |solver| {
            // y = max(x, 0) for -3 <= x <= 2, with 2 y - x to be least or greatest.
            let relu: [DenseIndicator<'_>; 4] = [
                (2, ActiveAt::One, (0.0, &[-1.0, 1.0], 0.0)),
                (2, ActiveAt::One, (0.0, &[1.0], INF)),
                (2, ActiveAt::Zero, (0.0, &[0.0, 1.0], 0.0)),
                (2, ActiveAt::Zero, (-INF, &[1.0], 0.0)),
            ];
            for (cost, minimum) in
                [([-1.0, 2.0], 0.0), ([1.0, -2.0], -3.0), ([1.0, 0.5], -3.0), ([-1.0, -1.0], -4.0)]
            {
                let columns = [
                    (-3.0, 2.0, cost[0], CONTINUOUS),
                    (0.0, 9.0, cost[1], CONTINUOUS),
                    (0.0, 1.0, 0.0, INTEGER),
                ];
                expect(solver, &special(&columns, &[], &relu, &[]), Some(minimum));
            }
        },
    },
    Case {
        name: "a session with indicators goes on with what was changed",
        needs: INDICATORS,
        ask: |solver| {
            let columns = [(-5.0, 5.0, -1.0, CONTINUOUS), (0.0, 1.0, -10.0, INTEGER)];
            let model = special(&columns, &[], &[(1, ActiveAt::One, (-INF, &[1.0], 1.0))], &[]);
            let [x, b] = [0, 1].map(ColumnId::from_index);
            let mut session = solver.open(&model, &Options::default()).expect("the model is valid");
            expect_next(session.as_mut(), -11.0);
            session.set_bounds(b, 0.0, 0.0).expect("still binary");
            session.set_bounds(b, -1.0, 0.0).expect_err("no longer binary");
            expect_next(session.as_mut(), -5.0);
            session.set_bounds(b, 0.0, 1.0).expect("still binary");
            session.set_objective(0.0, &[(x, -1.0), (b, -2.0)]).expect("valid");
            session.add_row("r", -INF, 2.5, &[(x, 1.0), (b, 1.0)]).expect("valid");
            expect_next(session.as_mut(), -3.0);
        },
    },
    Case {
        name: "a start that violates an indicator is not believed",
        needs: &[Capability::Integers, Capability::Indicators, Capability::Start],
        ask: |solver| {
            let columns = [(-5.0, 5.0, -1.0, CONTINUOUS), (0.0, 1.0, -10.0, INTEGER)];
            let model = special(&columns, &[], &[(1, ActiveAt::One, (-INF, &[1.0], 1.0))], &[]);
            for start in [[5.0, 1.0], [0.5, 1.0]] {
                let mut session = solver.open(&model, &Options::default()).expect("the model is valid");
                session.set_start(&start).expect("it fits");
                expect_next(session.as_mut(), -11.0);
            }
        },
    },
    Case {
        name: "of a set at most one column is nonzero, positive or negative",
        needs: SETS,
        ask: |solver| {
            ordered(
                solver,
                &[(0.0, 3.0, -1.0), (0.0, 4.0, -1.0), (0.0, 2.0, -1.0)],
                &[],
                &[&[0, 1, 2]],
                Some(-4.0),
            );
            ordered(solver, &[(-5.0, 3.0, 1.0), (-4.0, 1.0, 1.0)], &[], &[&[1, 0]], Some(-5.0));
            ordered(solver, &[(-5.0, 3.0, 1.0), (-4.0, 9.0, -1.0)], &[], &[&[0, 1]], Some(-9.0));
            ordered(solver, &[(-5.0, 0.0, 1.0), (-4.0, 0.0, 1.0)], &[], &[&[0, 1]], Some(-5.0));
            // Without the set both would be used.
            ordered(solver, &[(-5.0, 3.0, 1.0), (-4.0, 1.0, 1.0)], &[], &[], Some(-9.0));
        },
    },
    Case {
        name: "sets may overlap, and a column that cannot be zero keeps the others at zero",
        needs: SETS,
        ask: |solver| {
            let costs = [(0.0, 1.0, -3.0), (0.0, 1.0, -4.0), (0.0, 1.0, -3.0)];
            ordered(solver, &costs, &[], &[&[0, 1], &[1, 2]], Some(-6.0));
            ordered(solver, &costs, &[], &[&[0, 1], &[1, 2], &[0, 2]], Some(-4.0));
            ordered(solver, &[(1.0, 2.0, 1.0), (-3.0, 3.0, -5.0)], &[], &[&[0, 1]], Some(1.0));
            ordered(solver, &[(-2.0, -1.0, 1.0), (-3.0, 3.0, -5.0)], &[], &[&[0, 1]], Some(-2.0));
            ordered(solver, &[(1.0, 2.0, 1.0), (-3.0, -1.0, -5.0)], &[], &[&[0, 1]], None);
        },
    },
    Case {
        name: "sets and rows hold together",
        needs: SETS,
        ask: |solver| {
            let columns = [(0.0, 9.0, 1.0), (0.0, 9.0, 3.0), (-9.0, 9.0, 0.0)];
            let sum: DenseRow<'_> = (2.0, &[1.0, 1.0, 0.0], 2.0);
            let above: DenseRow<'_> = (3.0, &[1.0, 2.0, 0.0], INF);
            ordered(solver, &columns, &[sum], &[&[0, 1]], Some(2.0));
            ordered(solver, &columns, &[sum, above], &[&[0, 1]], Some(6.0));
            ordered(solver, &columns, &[sum, above], &[&[0, 2]], Some(4.0));
            let both: DenseRow<'_> = (1.0, &[1.0, -1.0, 0.0], 1.0);
            ordered(solver, &columns, &[(3.0, &[1.0, 1.0, 0.0], 3.0), both], &[&[0, 1]], None);
        },
    },
    Case {
        name: "random models with indicators have the optimum that enumeration finds",
        needs: INDICATORS,
        ask: |solver| random_models(solver, INDICATORS),
    },
    Case {
        name: "random models with sets have the optimum that enumeration finds",
        needs: SETS,
        ask: |solver| random_models(solver, SETS),
    },
    Case {
        name: "random models with sets of whole and other columns have the optimum that enumeration finds",
        needs: &[Capability::Integers, Capability::Sos1],
        ask: |solver| random_models(solver, &[Capability::Integers, Capability::Sos1]),
    },
    Case {
        name: "random models with indicators and sets have the optimum that enumeration finds",
        needs: &[Capability::Integers, Capability::Indicators, Capability::Sos1],
        ask: |solver| {
            random_models(solver, &[Capability::Integers, Capability::Indicators, Capability::Sos1]);
        },
    },
];
