//! Attacks that search: honest rows, the same for every number of threads and after every interruption.

use ndarray::Array1;
use serde_json::Value;

use crate::support::{CONTRACT, Workspace, json_lines, number, without_times};

fn stored(workspace: &Workspace, file: &str) -> Vec<Value> {
    json_lines(&String::from_utf8(workspace.read(file)).expect("rows are UTF-8"))
}

#[test]
fn no_search_finds_a_margin_below_the_proven_minimum() {
    let workspace = Workspace::with_network();
    let attack = "attack net.onnx --data digits --images 0..6 --epsilon 0,0.05 --json";
    let exact = workspace.run(attack).succeeds().json_lines();
    for method in [
        "fgsm",
        "pgd --restarts 3",
        "pgd --loss margin --momentum 0.9",
        "pgd --loss dlr --begin clean",
        "apgd --steps 20",
        "apgd --steps 20 --loss dlr --restarts 2",
        "square --steps 200",
    ] {
        let rows = workspace.run(&format!("{attack} --method {method}")).succeeds().json_lines();
        assert_eq!(rows.len(), 2 * 6 * 9);
        for (row, exact) in rows.iter().zip(&exact) {
            CONTRACT.iter().for_each(|key| assert!(row.get(key).is_some(), "{key} is missing in {row}"));
            assert!(number(row, "objective") >= number(exact, "dual_bound") - 1e-5, "{row} {exact}");
            assert!(number(row, "objective") <= number(row, "clean_margin"), "{row}");
            for key in ["solver", "dual_bound", "binaries", "nodes", "formulation", "bounds"] {
                assert!(row[key].is_null(), "{key} in {row}");
            }
            let adversarial = row["adversarial"].as_bool().unwrap();
            assert_eq!(row["verdict"], if adversarial { "falsified" } else { "unknown" }, "{row}");
            if number(row, "epsilon") == 0.0 {
                assert_eq!(row["objective"], row["clean_margin"], "{row}");
            }
        }
    }
}

#[test]
fn witnesses_lie_in_ball_and_range_to_the_last_bit() {
    let workspace = Workspace::with_network();
    let network = nn_core::read_onnx(&workspace.read("net.onnx")).expect("the program wrote it");
    for (norm, epsilon) in [("linf", 0.1), ("l2", 0.7), ("l1", 2.5)] {
        let attack = format!(
            "attack net.onnx --data digits --images 0..100 --targets untargeted --method pgd --norm {norm} --epsilon {epsilon}"
        );
        let rows = workspace.run(&format!("{attack} --out {norm} --json")).succeeds().json_lines();
        let witnesses = stored(&workspace, &format!("{norm}/witnesses.jsonl"));
        assert!(witnesses.len() > 10, "{norm}: {}", witnesses.len());
        assert_eq!(witnesses.len(), rows.iter().filter(|row| row["adversarial"] == true).count());
        let digits = workspace.digits();
        for witness in &witnesses {
            #[allow(clippy::cast_possible_truncation)]
            let input: Array1<f32> =
                witness["input"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect();
            assert!(input.iter().all(|x| (0.0..=1.0).contains(x)));
            let image = usize::try_from(witness["image"].as_u64().unwrap()).unwrap();
            let (clean, label) = digits.example(image).expect("the image exists");
            let change = (&input.mapv(f64::from) - &clean.mapv(f64::from)).mapv(f64::abs);
            let distance = match norm {
                "linf" => change.fold(0.0, |a: f64, b| a.max(*b)),
                "l2" => change.mapv(|x| x * x).sum().sqrt(),
                _ => change.sum(),
            };
            assert!(distance <= epsilon, "{norm}: {distance}");
            let output = network.forward_one(input.mapv(f64::from).view());
            let others = output.iter().enumerate().filter(|(class, _)| *class != usize::from(label));
            let best = others.map(|(_, y)| *y).fold(f64::NEG_INFINITY, f64::max);
            assert!(output[usize::from(label)] <= best, "{witness}");
        }
    }
}

#[test]
fn rows_do_not_depend_on_the_number_of_threads() {
    let workspace = Workspace::with_network();
    let run = |jobs: usize| {
        let attack = "attack net.onnx --data digits --images .. --targets all --epsilon 0.03,0.06 --method pgd --steps 5";
        let rows = workspace.run(&format!("{attack} --jobs {jobs} --json")).succeeds().json_lines();
        without_times(rows)
    };
    let one = run(1);
    assert_eq!(one.len(), 2 * 355 * 9);
    assert_eq!(one, run(3));
}

#[test]
fn a_search_goes_on_from_its_whole_rows_to_the_same_rows() {
    let workspace = Workspace::with_network();
    let attack = "attack net.onnx --data digits --images 0..120 --targets all --epsilon 0.05 --method pgd --out run --json";
    let undisturbed = without_times(workspace.run(attack).succeeds().json_lines());
    let text = String::from_utf8(workspace.read("run/rows.jsonl")).unwrap();
    let lines: Vec<&str> = text.lines().collect();

    // What a process that was killed in the middle of a piece, and of a line, leaves behind.
    let torn = format!("{}\n{}", lines[..700].join("\n"), &lines[700][..50]);
    workspace.write("run/rows.jsonl", torn);
    let again = workspace.run(attack).succeeds();
    assert!(again.stderr().contains("700 attacks were done before"), "{}", again.stderr());
    assert_eq!(without_times(again.json_lines()), undisturbed);
    assert_eq!(without_times(stored(&workspace, "run/rows.jsonl")), undisturbed);

    workspace.run(&format!("{attack} --steps 41")).refuses(&["another run", "--steps differs"]);
    workspace.run(&format!("{attack} --seed 1")).refuses(&["another run", "--seed differs"]);
    workspace
        .run(&attack.replace("--method pgd", "--method fgsm"))
        .refuses(&["another run", "--method differs"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_search_keeps_its_whole_pieces() {
    let workspace = Workspace::with_network();
    let attack =
        "attack net.onnx --data digits --images .. --epsilon 0.1 --method pgd --steps 20000 --out run";
    let rows = workspace.interrupted(attack, "run/rows.jsonl", 256);
    assert_eq!(rows.len() % 256, 0);
}

#[test]
fn deepfool_comes_near_the_proven_distortion_and_never_below_it() {
    let workspace = Workspace::with_network();
    let attack = "attack net.onnx --data digits --images 0..12 --targets untargeted --minimal --json";
    let exact = workspace.run(attack).succeeds().json_lines();
    let deepfool = format!("{attack} --method deepfool --out near --pictures");
    let rows = workspace.run(&deepfool).succeeds().json_lines();
    let found = rows.iter().zip(&exact).filter(|(row, _)| row["verdict"] == "falsified");
    assert!(found.clone().count() >= 9, "nearly every image has a near example");
    for (row, exact) in found {
        let (distortion, least) = (number(row, "distortion"), number(exact, "distortion_bound"));
        assert!(distortion >= least - 1e-9 && distortion <= 1.5 * least + 1e-6, "{row} {exact}");
        assert!(number(row, "witness_margin") <= 0.0 && number(row, "witness_margin_f32") <= 0.0);
    }
    for row in &rows {
        assert_eq!(row["goal"], "distortion", "{row}");
        assert!(row["objective"].is_null() && row["epsilon"].is_null() && row["distortion_bound"].is_null());
    }
    let limit = 0.5 * number(&exact[0], "distortion_bound");
    let limited = format!("{attack} --method deepfool --epsilon {limit}");
    let row = workspace.run(&limited).succeeds().json_lines().remove(0);
    assert_eq!((&row["verdict"], &row["adversarial"]), (&"unknown".into(), &false.into()), "{row}");
    workspace.run(&format!("{attack} --method deepfool --no-clip")).refuses(&["neither the data's range"]);
}

#[test]
fn a_loss_trace_is_as_long_as_the_search() {
    let workspace = Workspace::with_network();
    for method in ["fgsm", "pgd", "apgd", "square --steps 50", "deepfool --minimal"] {
        let attack = "attack net.onnx --data digits --images 0..5 --targets untargeted --epsilon 0.05 --json";
        let run =
            |rest: &str| workspace.run(&format!("{attack} --method {method} {rest}")).succeeds().json_lines();
        assert!(run("").iter().all(|row| row.get("loss_trace").is_none()));
        for row in &run("--loss-trace") {
            let losses = row["loss_trace"].as_array().unwrap_or_else(|| panic!("{method}: {row}"));
            assert!(losses.iter().all(serde_json::Value::is_number), "{method}: {row}");
            assert!(!losses.is_empty() && number(row, "iterations") > 0.0, "{method}: {row}");
        }
    }
}

#[test]
fn the_goal_sign_ends_a_search_with_its_first_example() {
    let workspace = Workspace::with_network();
    let run = |goal: &str| {
        let attack =
            "attack net.onnx --data digits --images 0..50 --targets untargeted --epsilon 0.08 --method pgd";
        workspace.run(&format!("{attack} --goal {goal} --json")).succeeds().json_lines()
    };
    for (sign, minimum) in run("sign").iter().zip(run("minimum")) {
        assert!(number(sign, "iterations") <= number(&minimum, "iterations"), "{sign} {minimum}");
        assert_eq!(number(&minimum, "iterations"), 40.0);
        assert_eq!(sign["adversarial"], minimum["adversarial"], "{sign} {minimum}");
    }
}

#[test]
fn starts_leave_every_minimum_as_it_is() {
    let workspace = Workspace::with_network();
    for solver in ["highs", "scip", "cbc"] {
        if !workspace.has_solver(solver) {
            continue;
        }
        let attack = format!(
            "attack net.onnx --data digits --images 2..4 --epsilon 0.05 --solver {solver} --bounds interval --json"
        );
        let run = |start: &str| workspace.run(&format!("{attack} --start {start}")).succeeds().json_lines();
        let none = run("none");
        for start in ["descent", "pgd"] {
            for (row, expected) in run(start).iter().zip(&none) {
                assert_eq!((&row["verdict"], &row["start"]), (&"optimal".into(), &start.into()), "{row}");
                let difference = number(row, "objective") - number(expected, "objective");
                assert!(difference.abs() < 1e-5, "{solver}, {start}: {row} {expected}");
            }
        }
        assert!(none.iter().all(|row| row["start"].is_null()));
        let usual = workspace.run(&attack).succeeds().json_lines();
        let expected = if solver == "highs" { "descent".into() } else { serde_json::Value::Null };
        assert!(usual.iter().all(|row| row["start"] == expected), "{solver}: {usual:?}");
    }
}

#[test]
fn flags_of_other_methods_are_refused_with_a_mend() {
    let workspace = Workspace::with_network();
    let attack = "attack net.onnx --data digits --images 0 --epsilon 0.1";
    for (rest, expected) in [
        ("--method pgd --solver highs", ["--solver", "--method milp"]),
        ("--method pgd --formulation big-m", ["--formulation", "--method milp"]),
        ("--method pgd --time-limit 5", ["--time-limit", "--method milp"]),
        ("--method fgsm --steps 3", ["--steps", "--method pgd"]),
        ("--method fgsm --restarts 3", ["--restarts", "--method pgd"]),
        ("--steps 3", ["--steps", "--method pgd"]),
        ("--loss margin", ["--loss", "fgsm or pgd"]),
        ("--loss-trace", ["--loss-trace", "fgsm or pgd"]),
        ("--norm l2", ["--norm", "--method pgd"]),
        ("--norm l2 --minimal", ["--norm", "--method pgd"]),
        ("--method pgd --minimal", ["--minimal", "--method milp"]),
        ("--start pgd --minimal", ["--start", "--start descent"]),
        ("--method pgd --out run --retry-unknown", ["--retry-unknown", "--seed"]),
        ("--method pgd --step-size -1", ["--step-size", "at least 0"]),
        ("--method pgd --momentum=-1", ["--momentum", "at least 0"]),
        ("--method pgd --steps 0", ["--steps", "0"]),
        ("--method deepfool", ["--minimal", "--method pgd"]),
        ("--method deepfool --minimal --restarts 2", ["--restarts", "square"]),
        ("--method square --norm l1", ["--norm l1", "apgd"]),
        ("--method fgsm --goal sign", ["--goal", "pgd or apgd or square"]),
        ("--method apgd --step-size 0.1", ["--step-size", "--method pgd"]),
        ("--method lbfgs", ["lbfgs", "pgd"]),
    ] {
        workspace.run(&format!("{attack} {rest}")).refuses(&expected);
    }
    assert!(!workspace.path("run").exists(), "nothing is written before the arguments are right");
}
