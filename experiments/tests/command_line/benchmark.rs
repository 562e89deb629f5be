//! What a benchmark asks of the program: models in a folder, rows that say all, a report that finds what is wrong.

use std::fs;

use serde_json::{Value, json};

use crate::support::Workspace;

/// Three models in `models`; returns their rows.
fn encode(workspace: &Workspace) -> Vec<Value> {
    let encode = "encode net.onnx --data digits --images 0..2,5 --epsilon 0.02 --format mps --out models";
    workspace.run(&format!("{encode} --count 3 --json")).succeeds().json_lines()
}

#[test]
fn a_folder_of_models_is_an_even_choice_of_all_and_each_is_the_single_one() {
    let workspace = Workspace::with_network();
    let rows = encode(&workspace);
    assert_eq!(rows.iter().map(|row| &row["image"]).collect::<Vec<_>>(), [0, 1, 5]);
    for row in &rows {
        let (image, target) = (&row["image"], &row["target"]);
        assert_eq!(row["file"], format!("i{image}-t{target}.mps"));
        assert_ne!(row["label"], row["target"]);
        let single =
            format!("encode net.onnx --data digits --image {image} --target {target} --epsilon 0.02");
        workspace.run(&format!("{single} --format mps -o single.mps")).succeeds();
        let file = format!("models/i{image}-t{target}.mps");
        assert_eq!(workspace.read("single.mps"), workspace.read(&file));
        let solved = workspace.run(&format!("solve {file} --json")).succeeds().json_lines().remove(0);
        assert_eq!(solved["model_sha256"], row["sha256"]);
    }
    let files = fs::read_dir(workspace.path("models")).expect("it was made");
    assert_eq!(files.count(), 3);
}

#[test]
fn ways_to_encode_that_contradict_each_other_are_refused() {
    let workspace = Workspace::with_network();
    let encode = |rest: &str| format!("encode net.onnx --data digits --epsilon 0.1 --format lp {rest}");
    let cases: [(&str, &[&str]); 7] = [
        ("", &["--image"]),
        ("--image 0", &["--target"]),
        ("--images 0..2", &["--out"]),
        ("--images 0..2 --image 0 --target 1 --out m", &["--image"]),
        ("--images 0..2 --out m --count 19", &["--count 19", "1 to 18"]),
        ("--images 0..2 --out m --targets untargeted", &["--targets all"]),
        ("--images 0..2,400 --out m", &["digits test", "355"]),
    ];
    for (rest, expected) in cases {
        workspace.run(&encode(rest)).refuses(expected);
    }
}

#[test]
fn a_solve_says_what_it_cost_and_how_it_was_asked() {
    let workspace = Workspace::with_network();
    encode(&workspace);
    let solve = "solve models/i0-t0.mps --json";
    let row = workspace.run(&format!("{solve} --preset solver")).succeeds().json_lines().remove(0);
    assert_eq!((row["preset"].as_str(), row["verdict"].as_str()), (Some("solver"), Some("Optimal")));
    assert!(row["wall_seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{row}");
    assert!(!cfg!(unix) || row["cpu_seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{row}");
    assert!(row["fault"].is_null());
    let minimum = row["objective"].as_f64().expect("there is a point");

    let below = format!("{solve} --cutoff {} --time-limit 60", minimum - 1.0);
    let row = workspace.run(&below).succeeds().json_lines().remove(0);
    assert_eq!((&row["verdict"], &row["time_limit"]), (&json!("NoneBetterThanCutoff"), &json!(60.0)));
    assert_eq!(row["cutoff"], minimum - 1.0);
    let target = format!("{solve} --target {}", minimum + 100.0);
    let row = workspace.run(&target).succeeds().json_lines().remove(0);
    assert_eq!(row["verdict"], "TargetReached");
    let bound = format!("{solve} --bound-stop {}", minimum - 100.0);
    let row = workspace.run(&bound).succeeds().json_lines().remove(0);
    assert!(row["dual_bound"].as_f64().is_some_and(|bound| bound >= minimum - 100.0), "{row}");
}

#[test]
fn a_solver_that_refuses_leaves_a_row_with_its_fault() {
    let workspace = Workspace::with_network();
    encode(&workspace);
    let finished = workspace.run("solve models/i0-t0.mps --json --solver-option no_such_option=1");
    let row = finished.json_lines().remove(0);
    assert_eq!(row["verdict"], "Refused");
    assert!(row["fault"].as_str().is_some_and(|fault| fault.contains("no_such_option")), "{row}");
    assert!(row["objective"].is_null());
    finished.refuses(&["no_such_option"]);
}

/// A run of one problem by two ways, in the folder `run`.
fn write_run(workspace: &Workspace, objectives: [f64; 2]) {
    fs::create_dir_all(workspace.path("run")).expect("the folder can be made");
    let instance = json!({"problem": "net/i0-t1", "group": "net/i0", "encoding": "big-m", "file": "i0-t1.mps",
        "sha256": "aa", "truth": null, "image": 0, "classes": 10});
    let manifest = json!({"set": "toy", "requests": {}, "instances": [instance]});
    workspace.write("run/instances.json", manifest.to_string());
    let row = |(label, objective): (&str, f64)| {
        let row = json!({"problem": "net/i0-t1", "encoding": "big-m", "label": label, "repeat": 0,
            "arguments": "", "verdict": "Optimal", "objective": objective, "dual_bound": objective,
            "feasible": true, "wall_seconds": 0.5});
        format!("{row}\n")
    };
    workspace.write("run/raw.jsonl", ["one", "two"].into_iter().zip(objectives).map(row).collect::<String>());
    let environment = json!({"started": 0, "greymatter": "greymatter", "jobs": 1, "time_limit": 60});
    workspace.write("run/environment.jsonl", format!("{environment}\n"));
}

#[test]
fn a_report_is_written_and_fails_where_answers_disagree() {
    let workspace = Workspace::new();
    write_run(&workspace, [1.5, 1.5]);
    let report = workspace.run("bench-report run --baseline two").succeeds();
    assert!(report.stdout().contains("Times faster than `two`"), "{}", report.stdout());
    for file in ["summary.md", "instances.md", "performance-profile.svg", "cactus.svg"] {
        assert!(!workspace.read(&format!("run/{file}")).is_empty());
    }
    write_run(&workspace, [1.5, 1.0]);
    let output = workspace.command("bench-report run").output().expect("the program starts");
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.contains("WRONG: net/i0-t1 by one [big-m]: nothing below 1.5, but two found"),
        "{message}"
    );
}

#[test]
fn folders_that_hold_no_run_are_refused() {
    let workspace = Workspace::new();
    workspace.run("bench-report nowhere").refuses(&["cannot read nowhere/instances.json", "folder of a run"]);
    write_run(&workspace, [1.0, 1.0]);
    workspace.run("bench-report run --baseline nobody").refuses(&["`nobody`", "one, two"]);
    let rows = String::from_utf8(workspace.read("run/raw.jsonl")).expect("it is text");
    let (first, second) = rows.split_once('\n').expect("two rows");
    workspace.write("run/raw.jsonl", format!("{first}\ngarbage\n{second}"));
    workspace.run("bench-report run").refuses(&["raw.jsonl, line 2"]);
    // A torn end is what a kill leaves, and no fault.
    workspace.write("run/raw.jsonl", format!("{rows}{{\"problem\":\"net"));
    workspace.run("bench-report run").succeeds();
    workspace.write("run/raw.jsonl", rows.replace("i0-t1", "i0-t7"));
    workspace.run("bench-report run").refuses(&["net/i0-t7", "instances.json does not name"]);
    workspace.write("run/raw.jsonl", rows.replace("0.5", "-0.5"));
    workspace.run("bench-report run").refuses(&["whose time is none"]);
    workspace.write("run/raw.jsonl", "");
    workspace.run("bench-report run").refuses(&["no rows yet"]);
}
