//! Separators: they are asked, with points of the relaxation, and what they give is neither lost nor misread.

use std::cell::RefCell;
use std::rc::Rc;

use super::build::{CONTINUOUS, DenseColumn, INF, INTEGER, dense};
use super::random::each_model;
use super::special::random_model;
use super::{Case, ExactAnswer, close, exact_answer, hold, objective};
use crate::{
    Capability, ColumnId, Cut, LimitKind, Limits, Model, Options, Outcome, Preset, SeparationSchedule,
    Separator, Solver, Tolerances, Verdict, check_point,
};

const NEEDS: &[Capability] = &[Capability::Integers, Capability::Separation];
const BOTH_PRESETS: [Preset; 2] = [Preset::ReluModels, Preset::SolverDefaults];

type Points = Rc<RefCell<Vec<Vec<f64>>>>;

/// Gives the same cuts whenever it is asked, and keeps the points that it was asked with.
struct Recorder {
    cuts: Vec<Cut>,
    schedule: SeparationSchedule,
    points: Points,
}

impl Separator for Recorder {
    fn separate(&mut self, point: &[f64]) -> Vec<Cut> {
        self.points.borrow_mut().push(point.to_vec());
        self.cuts.clone()
    }

    fn schedule(&self) -> SeparationSchedule {
        self.schedule
    }
}

/// A load that no subset of the things in [`exact_load`] reaches, though their relaxation does.
const UNREACHABLE: usize = 615;

/// Asked at every node, as often as it has something.
const ALWAYS: SeparationSchedule =
    SeparationSchedule { depth_step: 1, rounds_at_root: 1000, rounds_below_root: 1000 };

/// Solves a model with these cuts, and returns the points with which the separator was asked as well.
fn solve_with_cuts(
    solver: &dyn Solver,
    model: &Model,
    cuts: Vec<Cut>,
    (options, limits): (&Options, &Limits),
) -> (Outcome, Vec<Vec<f64>>) {
    let points = Points::default();
    let recorder = Recorder { cuts, schedule: ALWAYS, points: Rc::clone(&points) };
    let mut session = solver.open(model, options).expect("the model is valid");
    session.set_separator(Box::new(recorder)).expect("it is claimed");
    let outcome = session.solve(limits).expect("the limits are valid");
    assert_eq!(session.model(), model);
    hold(model, &outcome, options, limits);
    drop(session);
    (outcome, points.take())
}

/// The objective's terms.
fn costs(model: &Model) -> Vec<(ColumnId, f64)> {
    let columns = model.columns().iter().enumerate();
    columns.map(|(index, column)| (ColumnId::from_index(index), column.objective)).collect()
}

/// No point has an objective below this, which is the optimum, or nearly.
fn objective_cut(model: &Model, least: f64) -> Cut {
    Cut { lower: least - model.offset(), upper: INF, terms: costs(model) }
}

/// Nineteen things of 23 kg and more, of which those are wanted that weigh exactly so much and are worth the most; the
/// least objective with it, if it can be reached.
pub fn exact_load(load: usize) -> (Model, Option<f64>) {
    let weights: Vec<f64> = (0..19).map(|index| f64::from(23 + (index * index * 7) % 31)).collect();
    let mut columns: Vec<DenseColumn> =
        (0..19).map(|index| (0.0, 1.0, -f64::from(20 + (index * 11) % 17), INTEGER)).collect();
    columns.push((-3.0, 3.0, 1.0, CONTINUOUS));
    let mut row = weights.clone();
    row.push(0.0);
    let model = dense(5.0, &columns, &[(load as f64, &row, load as f64)]);
    // The greatest worth of each load, thing by thing.
    let mut best = vec![f64::NEG_INFINITY; load + 1];
    best[0] = 0.0;
    for (weight, column) in weights.iter().zip(&columns) {
        let weight = *weight as usize;
        for sum in (weight..best.len()).rev() {
            best[sum] = best[sum].max(best[sum - weight] - column.2);
        }
    }
    (model, (best[load] >= 0.0).then_some(5.0 - 3.0 - best[load]))
}

/// A load that many subsets reach, and its least objective.
fn loaded() -> (Model, f64) {
    let (model, least) = exact_load(333);
    (model, least.expect("333 can be reached"))
}

pub(super) const CASES: &[Case] = &[
    Case {
        name: "a separator is asked, with points of the relaxation in the model's columns",
        needs: NEEDS,
        ask: |solver| {
            let (model, least) = loaded();
            for preset in BOTH_PRESETS {
                let options = Options { preset, ..Options::default() };
                let (outcome, points) =
                    solve_with_cuts(solver, &model, vec![], (&options, &Limits::default()));
                assert_eq!(outcome.verdict, Verdict::Optimal, "{outcome:?}");
                assert!(close(objective(&outcome), least), "{least} {outcome:?}");
                assert!(!points.is_empty(), "it was not asked: {outcome:?}");
                for point in &points {
                    let check = check_point(&model.relaxation(), point);
                    assert!(
                        check.is_feasible(&Tolerances { feasibility: 1e-5, integrality: 1.0 }),
                        "{check:?} {point:?}"
                    );
                }
                let whole = Tolerances::from(&options);
                let fractional = |point: &Vec<f64>| !check_point(&model, point).is_feasible(&whole);
                assert!(points.iter().any(fractional), "{points:?}");
            }
        },
    },
    Case {
        name: "cuts at the root raise the bound of its relaxation",
        needs: &[Capability::Integers, Capability::Separation, Capability::NodeLimit, Capability::DualBound],
        ask: |solver| {
            let (model, least) = loaded();
            for preset in BOTH_PRESETS {
                let options = Options { preset, ..Options::default() };
                let limits = Limits { nodes: Some(1), ..Limits::default() };
                let cuts = vec![objective_cut(&model, least)];
                let (outcome, _) = solve_with_cuts(solver, &model, cuts, (&options, &limits));
                assert!(
                    matches!(outcome.verdict, Verdict::Optimal | Verdict::Limit(LimitKind::Nodes)),
                    "{outcome:?}"
                );
                let bound = outcome.dual_bound.expect("the root has one");
                assert!((least - 1e-4..=least + 1e-5).contains(&bound), "{least} {outcome:?}");
            }
        },
    },
    Case {
        name: "a cut that no point satisfies ends the search at once",
        needs: &[Capability::Integers, Capability::Separation, Capability::NodeLimit],
        ask: |solver| {
            let (model, least) = exact_load(UNREACHABLE);
            assert_eq!(least, None);
            let heavy: Vec<(ColumnId, f64)> = model.rows().next().map_or(vec![], |row| {
                row.columns.iter().copied().zip(row.coefficients.iter().copied()).collect()
            });
            for cut in [
                Cut { lower: 1.0, upper: INF, terms: vec![] },
                Cut { lower: UNREACHABLE as f64 + 1.0, upper: INF, terms: heavy },
            ] {
                let limits = Limits { nodes: Some(1), ..Limits::default() };
                let (outcome, _) = solve_with_cuts(solver, &model, vec![cut], (&Options::default(), &limits));
                assert_eq!(outcome.verdict, Verdict::Infeasible, "{outcome:?}");
            }
        },
    },
    Case {
        name: "cuts that every whole point satisfies change no optimum",
        needs: NEEDS,
        ask: |solver| {
            each_model(|model, optimum| {
                let Some(optimum) = optimum else { return };
                // Rows of the model, together, and the objective that enumeration found.
                let mut cuts: Vec<Cut> = model
                    .rows()
                    .map(|row| {
                        let terms = row.columns.iter().copied().zip(row.coefficients.iter().copied());
                        Cut { lower: row.lower, upper: row.upper, terms: terms.collect() }
                    })
                    .collect();
                cuts.push(objective_cut(model, optimum - 1e-9));
                for preset in BOTH_PRESETS {
                    let options = Options { preset, ..Options::default() };
                    let (outcome, _) =
                        solve_with_cuts(solver, model, cuts.clone(), (&options, &Limits::default()));
                    assert_eq!(outcome.verdict, Verdict::Optimal, "{outcome:?} {model:?}");
                    assert!(close(objective(&outcome), optimum), "{optimum} {outcome:?} {model:?}");
                    assert!(outcome.dual_bound.is_some_and(|bound| bound <= optimum + 1e-5), "{outcome:?}");
                }
            });
        },
    },
    Case {
        name: "cuts, indicators and sets go together",
        needs: &[Capability::Integers, Capability::Indicators, Capability::Sos1, Capability::Separation],
        ask: |solver| {
            let kinds = [Capability::Integers, Capability::Indicators, Capability::Sos1];
            let mut asked = 0;
            for model in (0..80).map(|seed| random_model(seed, &kinds)) {
                let ExactAnswer::Minimum(least) = exact_answer(&model) else { continue };
                for preset in BOTH_PRESETS {
                    let options = Options { preset, ..Options::default() };
                    let cuts = vec![objective_cut(&model, least.nearest() - 1e-9)];
                    let (outcome, points) =
                        solve_with_cuts(solver, &model, cuts, (&options, &Limits::default()));
                    assert_eq!(outcome.verdict, Verdict::Optimal, "{outcome:?} {model:?}");
                    assert!(close(objective(&outcome), least.nearest()), "{least:?} {outcome:?} {model:?}");
                    asked += points.len();
                }
            }
            assert!(asked > 10, "asked {asked} times");
        },
    },
    Case {
        name: "a separator stays for the solves after a change, until another takes its place",
        needs: NEEDS,
        ask: |solver| {
            let (model, least) = loaded();
            let [first, second] = [Points::default(), Points::default()];
            let recorder = |points: &Points| {
                Box::new(Recorder { cuts: vec![], schedule: ALWAYS, points: Rc::clone(points) })
            };
            let mut session = solver.open(&model, &Options::default()).expect("the model is valid");
            session.set_separator(recorder(&first)).expect("it is claimed");
            session.solve(&Limits::default()).expect("no limits");
            let asked = first.borrow().len();
            session.set_bounds(ColumnId::from_index(19), 1.0, 2.0).expect("valid");
            let outcome = session.solve(&Limits::default()).expect("no limits");
            assert!(close(objective(&outcome), least + 4.0), "{least} {outcome:?}");
            assert!(first.borrow().len() > asked && asked > 0, "asked {asked} times, then no more");
            session.set_separator(recorder(&second)).expect("it is claimed");
            let asked = first.borrow().len();
            session.solve(&Limits::default()).expect("no limits");
            assert_eq!(first.borrow().len(), asked);
            assert!(!second.borrow().is_empty());
        },
    },
];
