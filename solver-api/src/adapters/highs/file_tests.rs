//! Files that this crate writes mean to HiGHS's own readers what the model means to the adapter.

use std::fs::File;
use std::io::Write;

use highs::HighsModelStatus as Status;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Highs;
use super::instance::Instance;
use super::watch::Watch;
use crate::{Column, ColumnId, ColumnKind, Limits, Model, Options, Solver, Verdict, write_lp, write_mps};

const INF: f64 = f64::INFINITY;

/// Bounds of every kind, rows of every kind, numbers with all their digits.
fn random_model(seed: u64) -> Model {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut model = Model::new(format!("random {seed}"));
    let count = random.random_range(1..7);
    let mut objective = Vec::new();
    for index in 0..count {
        let middle: f64 = random.random_range(-3.0..3.0);
        let (lower, upper) = match random.random_range(0..7) {
            0 => (0.0, 1.0),
            1 => (0.0, INF),
            2 => (-INF, middle),
            3 => (-INF, INF),
            4 => (middle, middle + 2.0),
            5 => (-3.0, -1.0),
            _ => (middle.round(), middle.round()),
        };
        let kind = if random.random_range(0..2) == 0 { ColumnKind::Integer } else { ColumnKind::Continuous };
        // HiGHS's own readers keep fractional bounds of integer columns, which its presolve gets wrong.
        let (lower, upper) = match kind {
            ColumnKind::Integer => (lower.floor(), upper.ceil()),
            ColumnKind::Continuous => (lower, upper),
        };
        let name = ["x", "in[0]", "e", "free"][random.random_range(0..4)].to_owned();
        let name = format!(
            "{name}{}",
            if random.random_range(0..3) == 0 { String::new() } else { index.to_string() }
        );
        let id = model.add_column(Column { name, lower, upper, objective: 0.0, kind }).expect("valid");
        // A box around everything, so that most models have an optimum.
        model.add_row(format!("box{index}"), -8.0, 8.0, [(id, 1.0)]).expect("valid");
        objective.push((id, random.random_range(-2.0..2.0)));
    }
    for index in 0..random.random_range(0..5) {
        let terms: Vec<(ColumnId, f64)> = (0..count)
            .filter_map(|column| {
                let used = random.random_range(0..3) > 0;
                used.then(|| (ColumnId::from_index(column), random.random_range(-4.0..4.0)))
            })
            .collect();
        let right: f64 = random.random_range(-6.0..6.0);
        let (lower, upper) = match random.random_range(0..6) {
            0 | 1 => (right, INF),
            2 | 3 => (-INF, right),
            4 => (right, right + 3.0),
            _ => (-INF, INF),
        };
        model.add_row(format!("r{index}"), lower, upper, terms).expect("valid");
    }
    model.set_objective(random.random_range(-9.0..9.0), objective).expect("valid");
    model
}

/// Status and objective of a model file, read and solved by HiGHS without this crate's model.
fn solve_file(suffix: &str, content: &[u8]) -> (Status, f64) {
    let directory = tempfile::tempdir().expect("a temporary folder");
    let path = directory.path().join(format!("model.{suffix}"));
    File::create(&path).and_then(|mut file| file.write_all(content)).expect("a temporary file");
    let mut instance = Instance::new().expect("an instance");
    for (name, gap) in [("mip_abs_gap", 1e-6), ("mip_rel_gap", 0.0)] {
        instance.set_option(name, gap).expect("a known option");
    }
    instance.set_option_from_text("presolve", "off").expect("a known option");
    instance.read_model(&path).expect("HiGHS reads the file");
    let watch = Watch::new(&Limits::default(), None);
    assert!(instance.run(&watch, 1).expect("HiGHS runs"));
    let objective = instance.float_info(c"objective_function_value").expect("a known value");
    (instance.status().expect("a known status"), objective)
}

#[test]
fn highs_reads_files_with_the_same_optimum() {
    let mut optimal = 0;
    for seed in 0..150 {
        let model = random_model(seed);
        let mut session = Highs.open(&model, &Options::default()).expect("a valid model");
        let outcome = session.solve(&Limits::default()).expect("no limits");
        let expected = match outcome.verdict {
            Verdict::Optimal => Status::Optimal,
            Verdict::Infeasible => Status::Infeasible,
            other => panic!("{other:?}: {outcome:?} {model:?}"),
        };
        optimal += usize::from(expected == Status::Optimal);
        let (mut lp, mut mps) = (Vec::new(), Vec::new());
        write_lp(&model, &mut lp).expect("a vector takes everything");
        write_mps(&model, &mut mps).expect("a vector takes everything");
        for (suffix, content) in [("lp", lp), ("mps", mps)] {
            let (status, objective) = solve_file(suffix, &content);
            let text = String::from_utf8_lossy(&content);
            assert_eq!(status, expected, "{text}");
            if let (Status::Optimal, Some(point)) = (status, &outcome.incumbent) {
                // Each may use its integrality tolerance of 1e-6 for itself.
                assert!(
                    (objective - point.objective).abs() < 1e-5,
                    "{objective} {}: {text}",
                    point.objective
                );
            }
        }
    }
    assert!(
        (60..=140).contains(&optimal),
        "{optimal} of 150 models have an optimum: too lopsided to test anything"
    );
}
