//! Examples of one network tried on others.

use ndarray::Array1;
use serde_json::Value;

use crate::support::{Workspace, number};

/// A workspace with a second network, `other.onnx`.
fn workspace() -> Workspace {
    let workspace = Workspace::with_network();
    let train = "train --data digits --arch 64-12-10 --epochs 12 --seed 8 --out other.onnx";
    workspace.run(train).succeeds();
    workspace
}

fn of_kind<'r>(rows: &'r [Value], kind: &str) -> Vec<&'r Value> {
    rows.iter().filter(|row| row["kind"] == kind).collect()
}

fn between<'r>(rows: &'r [Value], source: &str, on: &str) -> &'r Value {
    let pairs = of_kind(rows, "transfer");
    pairs.into_iter().find(|row| row["source"] == source && row["on"] == on).expect("every pair has a row")
}

#[test]
fn exact_examples_transfer_from_their_folder_as_counted_by_hand() {
    let workspace = workspace();
    let attack = "attack net.onnx --data digits --images 0..12 --epsilon 0.08 --out run --json";
    let attacks = workspace.run(attack).succeeds().json_lines();
    let rows =
        workspace.run("transfer net.onnx other.onnx --data digits --from run --json").succeeds().json_lines();
    let network = |file: &str| nn_core::read_onnx(&workspace.read(file)).expect("the program wrote it");
    let (net, other, digits) = (network("net.onnx"), network("other.onnx"), workspace.digits());
    let is_right = |network: &nn_core::Network<f64>, image: usize| {
        let (pixels, label) = digits.example(image).expect("it exists");
        nn_core::predicted_class(network.forward_one(pixels.mapv(f64::from).view()).view())
            == usize::from(label)
    };
    let mut expected = [0_u64; 3];
    let witnesses = String::from_utf8(workspace.read("run/witnesses.jsonl")).unwrap();
    for witness in crate::support::json_lines(&witnesses) {
        let image = usize::try_from(witness["image"].as_u64().unwrap()).unwrap();
        let label = usize::from(digits.example(image).unwrap().1);
        let input: Array1<f64> =
            witness["input"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect();
        let output = other.forward_one(input.view());
        let fools = (0..10).any(|class| class != label && output[class] >= output[label]);
        let both_right = is_right(&net, image) && is_right(&other, image);
        expected[0] += u64::from(fools);
        expected[1] += u64::from(both_right);
        expected[2] += u64::from(fools && both_right);
    }
    let row = between(&rows, "net.onnx", "other.onnx");
    let found = attacks.iter().filter(|row| row["adversarial"] == true).count() as u64;
    assert_eq!((row["attacks"].as_u64(), row["found"].as_u64()), (Some(12 * 9), Some(found)));
    let keys = ["fooling", "found_where_both_right", "fooling_where_both_right"];
    assert_eq!(keys.map(|key| row[key].as_u64().unwrap()), expected, "{row}");
    assert!(expected[0] > 0 && expected[0] < found, "some transfer and some do not: {row}");
    assert_eq!(number(&row["of_attacks"], "value"), expected[0] as f64 / 108.0);
    assert_eq!(number(&row["of_found"], "value"), expected[0] as f64 / found as f64);
    for share in ["of_attacks", "of_found", "of_found_where_both_right", "target_of_found"] {
        let [low, value, high] = ["low", "value", "high"].map(|key| number(&row[share], key));
        assert!(low <= value && value <= high && (low < high || value == 0.0), "{share}: {row}");
    }
    let unchanged = of_kind(&rows, "network");
    let correct = (0..12).filter(|image| is_right(&other, *image)).count() as u64;
    assert_eq!(unchanged[1]["correct"].as_u64(), Some(correct));
    assert_eq!(unchanged[1]["misclassified"].as_u64(), Some(12 - correct));
    assert_eq!(of_kind(&rows, "transfer").len(), 2, "one source, two networks");
    assert!(of_kind(&rows, "mcnemar").is_empty(), "one source has nobody to be compared with");
}

#[test]
fn the_matrix_of_a_search_is_the_same_from_its_folders() {
    let workspace = workspace();
    let transfer = "transfer net.onnx other.onnx --data digits --json";
    let search = format!("{transfer} --images 0..300 --epsilon 0.05,0.1 --method pgd --steps 10 --out kept");
    let rows = workspace.run(&search).succeeds().json_lines();
    assert_eq!(["network", "transfer", "mcnemar"].map(|kind| of_kind(&rows, kind).len()), [4, 8, 2]);
    // What is kept is not searched again, by any number of threads.
    assert_eq!(workspace.run(&format!("{search} --jobs 1")).succeeds().json_lines(), rows);
    let stored = format!("{transfer} --from kept/0-net --from kept/1-other");
    assert_eq!(workspace.run(&stored).succeeds().json_lines(), rows);
    let own = between(&rows, "net.onnx", "net.onnx");
    assert_eq!(own["fooling"], own["found"]);

    let test = of_kind(&rows, "mcnemar")[0];
    let found = |folder: &str| -> Vec<bool> {
        let rows = String::from_utf8(workspace.read(&format!("kept/{folder}/rows.jsonl"))).unwrap();
        let rows = crate::support::json_lines(&rows);
        rows.iter().filter(|row| row["epsilon"] == 0.05).map(|row| row["adversarial"] == true).collect()
    };
    let pairs: Vec<(bool, bool)> = found("0-net").into_iter().zip(found("1-other")).collect();
    let only = |first: bool| pairs.iter().filter(|pair| **pair == (first, !first)).count() as u64;
    assert_eq!(
        (test["only_first"].as_u64(), test["only_second"].as_u64()),
        (Some(only(true)), Some(only(false)))
    );
    assert!((0.0..=1.0).contains(&number(test, "p_value")));

    let text = workspace.run(&stored.replace("--json", "")).succeeds().stdout();
    for part in
        ["misclassified", "of all attacks", "of the examples found", "both classify rightly", "McNemar"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn networks_are_attacked_exactly_where_that_is_asked_for() {
    let workspace = workspace();
    let transfer =
        "transfer net.onnx other.onnx --data digits --images 0..4 --targets 3 --epsilon 0.08 --json";
    let rows =
        workspace.run(&format!("{transfer} --method milp --goal sign --out kept")).succeeds().json_lines();
    let stored = String::from_utf8(workspace.read("kept/1-other/rows.jsonl")).unwrap();
    let stored = crate::support::json_lines(&stored);
    let found = stored.iter().filter(|row| row["adversarial"] == true).count() as u64;
    let row = between(&rows, "other.onnx", "net.onnx");
    assert_eq!((&row["method"], row["found"].as_u64()), (&"milp".into(), Some(found)), "{row}");
    assert!(stored.iter().all(|row| row["method"] == "milp" && row["verdict"] != "unknown"));
}

#[test]
fn near_examples_transfer_less_than_bad_ones() {
    let workspace = workspace();
    let rate = |method: &str| {
        let transfer =
            "transfer net.onnx other.onnx --data digits --images 0..200 --epsilon 0.1 --json --method";
        let rows = workspace.run(&format!("{transfer} {method}")).succeeds().json_lines();
        number(&between(&rows, "net.onnx", "other.onnx")["of_found_where_both_right"], "value")
    };
    assert!(rate("deepfool") < rate("apgd"));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let workspace = workspace();
    workspace.run("attack net.onnx --data digits --images 0 --targets 1 --epsilon 0.1 --out run").succeeds();
    workspace.write("copy.onnx", workspace.read("net.onnx"));
    workspace.write("empty/rows.jsonl", "");
    workspace.write("empty/witnesses.jsonl", "");
    let transfer = |rest: &str| format!("transfer net.onnx other.onnx --data digits {rest}");
    let search = "--images 0..3 --epsilon 0.1 --method pgd";
    for (command, expected) in [
        (format!("transfer net.onnx --data digits {search}"), "2 values required"),
        (format!("transfer net.onnx copy.onnx --data digits {search}"), "same network"),
        (format!("transfer net.onnx missing.onnx --data digits {search}"), "cannot read missing.onnx"),
        (transfer("--images 0..3 --method pgd"), "--epsilon"),
        (transfer("--epsilon 0.1 --method pgd"), "--images"),
        (transfer("--from run --method pgd"), "--from takes attacks as they are"),
        (transfer("--from run --epsilon 0.1"), "--epsilon"),
        (transfer("--from run --from run"), "two folders hold attacks on net.onnx"),
        (transfer("--from nowhere"), "cannot read nowhere"),
        (transfer("--from empty"), "empty holds no rows"),
        (transfer("--from run --split train"), "--split"),
        (transfer(&format!("{search} --solver highs")), "--method milp"),
        (transfer("--images 0..3 --epsilon 0.1 --norm l2"), "--method pgd"),
    ] {
        workspace.run(&command).refuses(&[expected]);
    }
    workspace.run("train --data digits --arch 64-9-10 --epochs 1 --out third.onnx").succeeds();
    let foreign = "transfer third.onnx other.onnx --data digits --from run";
    workspace.run(foreign).refuses(&["none of these"]);
}
