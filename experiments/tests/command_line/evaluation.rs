//! Accuracy, clean and under attack.

use serde_json::Value;

use crate::support::{Workspace, number};

fn count(row: &Value, key: &str) -> u64 {
    row[key].as_u64().unwrap_or_else(|| panic!("{key} is a count in {row}"))
}

#[test]
fn robust_accuracy_falls_with_the_radius_and_adds_up() {
    let workspace = Workspace::with_network();
    let eval = "eval net.onnx --data digits --under fgsm,pgd:margin --epsilon 0,0.03,0.1 --steps 10 --json";
    let rows = workspace.run(eval).succeeds().json_lines();
    let clean = workspace.run("eval net.onnx --data digits --json").succeeds().json_lines().remove(0);
    assert!(clean.get("under").is_none() && clean.get("robust").is_none(), "{clean}");
    assert_eq!(rows.len(), 3);
    for row in &rows {
        assert_eq!((&row["correct"], &row["images"]), (&clean["correct"], &clean["images"]));
        let fooled: u64 = row["under"].as_array().unwrap().iter().map(|search| count(search, "fooled")).sum();
        assert_eq!(count(row, "robust") + fooled, count(row, "correct"), "{row}");
        let classes = row["classes"].as_array().unwrap();
        assert_eq!(classes.iter().map(|class| count(class, "robust")).sum::<u64>(), count(row, "robust"));
        assert!(classes.iter().all(|class| count(class, "robust") <= count(class, "correct")), "{row}");
        let steps: u64 =
            row["under"].as_array().unwrap().iter().map(|search| count(search, "image_steps")).sum();
        assert_eq!(steps, count(row, "image_steps"), "{row}");
        assert!(number(row, "image_steps_per_second") > 0.0);
        assert_eq!(row["under"][1]["loss"], "margin");
    }
    let robust: Vec<u64> = rows.iter().map(|row| count(row, "robust")).collect();
    assert_eq!(robust[0], count(&clean, "correct"), "a radius of 0 changes nothing");
    assert!(robust[0] > robust[1] && robust[1] > robust[2], "{robust:?}");
}

#[test]
fn no_image_that_is_proven_robust_is_fooled() {
    let workspace = Workspace::with_network();
    let attack =
        "attack net.onnx --data digits --images 0..40 --targets untargeted --goal sign --epsilon 0.04 --json";
    let exact = workspace.run(attack).succeeds().json_lines();
    let robust = exact.iter().filter(|row| row["adversarial"] == false).count() as u64;
    let eval = "eval net.onnx --data digits --images 0..40 --under pgd --restarts 5 --epsilon 0.04 --json";
    let row = workspace.run(eval).succeeds().json_lines().remove(0);
    assert!(count(&row, "robust") >= robust && count(&row, "robust") < count(&row, "correct"), "{row}");
}

#[test]
fn the_text_names_every_search_and_its_share() {
    let workspace = Workspace::with_network();
    let eval = "eval net.onnx --data digits --images 0..30 --under fgsm,apgd:dlr,deepfool,square --steps 30 --norm l2 --epsilon 0.5";
    let text = workspace.run(eval).succeeds().stdout();
    for part in [
        "robust accuracy",
        "under attack at epsilon 0.5 (l2)",
        "fgsm (ce) fooled",
        "apgd (dlr, 30 steps) fooled",
        "deepfool (30 steps) fooled",
        "square (30 queries) fooled",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn what_does_not_go_together_is_refused() {
    let workspace = Workspace::with_network();
    for (rest, expected) in [
        ("--under pgd", "--epsilon"),
        ("--epsilon 0.1", "--under"),
        ("--under pgd --epsilon -0.1", "epsilon"),
        ("--under pdg --epsilon 0.1", "`pdg` is none of fgsm, pgd"),
        ("--under pgd:square --epsilon 0.1", "`square` is none of ce, margin, dlr"),
        ("--under fgsm --steps 4 --epsilon 0.1", "leave it out, or choose --under pgd"),
        ("--steps 4", "--steps says nothing"),
    ] {
        workspace.run(&format!("eval net.onnx --data digits {rest}")).refuses(&[expected]);
    }
}
