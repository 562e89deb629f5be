use serde_json::Value;

use crate::support::{CONTRACT, Workspace, json_lines, number, without_times};

#[test]
fn every_row_is_proven_and_the_bounds_are_in_order() {
    let workspace = Workspace::with_network();
    let attack =
        "attack net.onnx --data digits --images 0..3 --targets all --epsilon 0,0.03,0.06 --out run --json";
    let rows = workspace.run(&format!("{attack} --pictures")).succeeds().json_lines();
    assert_eq!(rows.len(), 3 * 3 * 9);
    for row in &rows {
        CONTRACT.iter().for_each(|key| assert!(row.get(key).is_some(), "{key} is missing in {row}"));
        assert_eq!(row["verdict"], "optimal", "{row}");
        let (objective, bound, clean) =
            (number(row, "objective"), number(row, "dual_bound"), number(row, "clean_margin"));
        assert!((objective - bound).abs() <= 1e-5 * objective.abs().max(1.0), "{row}");
        assert!(objective <= clean, "{row}");
        assert_eq!(row["adversarial"].as_bool().unwrap(), !row["witness_margin"].is_null(), "{row}");
        if row["adversarial"].as_bool().unwrap() {
            assert!(
                number(row, "witness_margin") <= 0.0 && number(row, "witness_margin_f32") <= 0.0,
                "{row}"
            );
            assert!(number(row, "distortion") <= number(row, "epsilon") * (1.0 + 1e-12), "{row}");
        }
    }
    let (zero, rest) = rows.split_at(27);
    zero.iter().for_each(|row| assert_eq!(row["objective"], row["clean_margin"], "{row}"));
    let (small, large) = rest.split_at(27);
    for (small, large) in small.iter().zip(large) {
        assert!(number(large, "objective") <= number(small, "objective") + 1e-5, "{small} {large}");
    }
    witnesses_and_pictures_are_those_of_the_rows(&workspace, &rows);
}

fn witnesses_and_pictures_are_those_of_the_rows(workspace: &Workspace, rows: &[Value]) {
    let adversarial: Vec<&Value> = rows.iter().filter(|row| row["adversarial"] == true).collect();
    assert!(!adversarial.is_empty(), "a radius of 0.06 fools this network somewhere");
    let witnesses = json_lines(&String::from_utf8(workspace.read("run/witnesses.jsonl")).unwrap());
    assert_eq!(witnesses.len(), adversarial.len());
    let network = nn_core::read_onnx(&workspace.read("net.onnx")).expect("the program wrote it");
    for witness in &witnesses {
        let input: ndarray::Array1<f64> =
            witness["input"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
        assert!(input.iter().all(|value| (0.0..=1.0).contains(value)));
        let same =
            |row: &&&Value| ["image", "target", "epsilon"].iter().all(|key| row[*key] == witness[*key]);
        let row = adversarial.iter().find(same).expect("a witness has its row");
        let output = network.forward_one(input.view());
        let class = |key: &str| usize::try_from(row[key].as_u64().unwrap()).unwrap();
        assert!(output[class("label")] - output[class("target")] <= 0.0, "{row}");
    }
    let pictures = std::fs::read_dir(workspace.path("run/pictures")).expect("there are pictures");
    assert_eq!(pictures.count(), adversarial.len());
}

#[test]
fn an_untargeted_attack_is_the_least_of_the_targeted_ones() {
    let workspace = Workspace::with_network();
    let run = |targets: &str| {
        let attack = "attack net.onnx --data digits --images 4..6 --epsilon 0.04 --json";
        workspace.run(&format!("{attack} --targets {targets}")).succeeds().json_lines()
    };
    let (targeted, untargeted) = (run("all"), run("untargeted"));
    assert_eq!(untargeted.len(), 2);
    for row in untargeted {
        let of_image = targeted.iter().filter(|other| other["image"] == row["image"]);
        let least = of_image.map(|row| number(row, "objective")).fold(f64::INFINITY, f64::min);
        assert!((number(&row, "objective") - least).abs() < 1e-5, "{row}");
        assert!(row["target"].is_null());
    }
}

#[test]
fn branch_and_bound_of_our_own_gives_the_answers_of_a_solver() {
    let workspace = Workspace::with_network();
    let run = |method: &str, images: &str, targets: &str| {
        let attack = "attack net.onnx --data digits --epsilon 0.05,0.1 --json";
        let flags = format!("--images {images} --targets {targets} --method {method}");
        workspace.run(&format!("{attack} {flags}")).succeeds().json_lines()
    };
    for (images, targets) in [("0..4", "all"), ("4..10", "untargeted")] {
        let (ours, theirs) = (run("bab", images, targets), run("milp", images, targets));
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!((&ours["solver"], &ours["method"]), (&"bab".into(), &"bab".into()));
            assert_eq!(ours["verdict"], "optimal", "{ours}");
            let (value, expected) = (number(ours, "objective"), number(theirs, "objective"));
            assert!((value - expected).abs() < 2e-5 * expected.abs().max(1.0), "{ours} {theirs}");
            assert!(number(ours, "dual_bound") >= value - 2e-6 * value.abs().max(1.0), "{ours}");
        }
    }
    let signs = workspace.run(
        "attack net.onnx --data digits --epsilon 0.05 --images 0..4 --targets untargeted --method bab --goal sign --json",
    );
    assert!(signs.succeeds().json_lines().iter().all(|row| row["verdict"] != "unknown"));
}

#[test]
fn branch_and_bound_of_our_own_refuses_what_it_does_not_know() {
    let workspace = Workspace::with_network();
    let attack = "attack net.onnx --data digits --images 0 --epsilon 0.05 --method bab";
    for (flag, mend) in [
        ("--norm l2", "--norm linf"),
        ("--minimal", "--method milp"),
        ("--solver highs", "choose --method milp"),
    ] {
        workspace.run(&format!("{attack} {flag}")).refuses(&[mend]);
    }
}

#[test]
fn the_sign_alone_agrees_with_the_minimum() {
    let workspace = Workspace::with_network();
    let run = |goal: &str| {
        let attack = "attack net.onnx --data digits --images 0..2 --epsilon 0.05 --json --goal";
        workspace.run(&format!("{attack} {goal}")).succeeds().json_lines()
    };
    for (minimum, sign) in run("minimum").iter().zip(run("sign")) {
        let expected = number(minimum, "objective") <= 0.0;
        assert_eq!(sign["adversarial"].as_bool(), Some(expected), "{minimum} {sign}");
        let verdict = sign["verdict"].as_str().unwrap();
        let fits: &[&str] = if expected { &["falsified", "optimal"] } else { &["certified", "optimal"] };
        assert!(fits.contains(&verdict), "{sign}");
    }
}

#[test]
fn a_run_goes_on_from_its_whole_rows() {
    let workspace = Workspace::with_network();
    let attack = "attack net.onnx --data digits --images 0..2 --epsilon 0.02 --jobs 1 --out run --json";
    let undisturbed = without_times(workspace.run(attack).succeeds().json_lines());
    let stored = String::from_utf8(workspace.read("run/rows.jsonl")).unwrap();
    let lines: Vec<&str> = stored.lines().collect();

    // What a process that was killed in the middle of a line leaves behind.
    let torn = format!("{}\n{}", lines[..7].join("\n"), &lines[7][..lines[7].len() / 2]);
    workspace.write("run/rows.jsonl", torn);
    let again = workspace.run(attack).succeeds();
    assert!(again.stderr().contains("7 attacks were done before"), "{}", again.stderr());
    assert_eq!(without_times(again.json_lines()), undisturbed);
    let stored_again = json_lines(&String::from_utf8(workspace.read("run/rows.jsonl")).unwrap());
    assert_eq!(without_times(stored_again), undisturbed);
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_keeps_its_rows() {
    let workspace = Workspace::with_network();
    let attack = "attack net.onnx --data digits --images 0..355 --epsilon 0.1 --out run";
    let rows = workspace.interrupted(attack, "run/rows.jsonl", 3);
    assert!(rows.len() >= 3);
}

#[test]
fn a_time_limit_gives_an_honest_row() {
    let workspace = Workspace::with_network();
    let attack =
        "attack net.onnx --data digits --images 0 --targets 1 --epsilon 0.5 --time-limit 0.001 --json";
    let row = workspace.run(attack).succeeds().json_lines().remove(0);
    assert_ne!(row["verdict"], "certified", "{row}");
    assert!(number(&row, "dual_bound") <= number(&row, "objective") + 1e-5, "{row}");
}
