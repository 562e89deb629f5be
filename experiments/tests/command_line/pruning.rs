//! `greymatter prune`: scores, masks, smaller networks.

use serde_json::Value;

use crate::support::{Workspace, number};

/// The one row of a pruning.
fn prune(workspace: &Workspace, arguments: &str) -> Value {
    let run = workspace.run(&format!("prune net.onnx --data digits --json {arguments}")).succeeds();
    let mut rows = run.json_lines();
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

fn removed(row: &Value) -> Vec<u64> {
    let layers = row["layers"].as_array().expect("layers");
    layers.iter().map(|layer| layer["removed"].as_u64().expect("a number")).collect()
}

fn accuracy(workspace: &Workspace, network: &str) -> f64 {
    let run = workspace.run(&format!("eval {network} --data digits --json")).succeeds();
    number(&run.json_lines()[0], "accuracy")
}

#[test]
fn the_importance_program_prunes_a_trained_network() {
    let workspace = Workspace::with_network();
    let files =
        "--scores scores.json --mask kept.npz --masked masked.onnx --heat-map map.svg --out pruned.onnx";
    let row = prune(&workspace, &format!("--solver microlp --per-class 2 --remove layer:25% {files}"));
    assert_eq!(removed(&row), [2, 1]);
    assert!((11..=20).contains(&row["images"].as_array().expect("images").len()), "{row}");
    let program = &row["programs"][0];
    assert_eq!(program["is_proven"], true);
    assert!(number(program, "minimised") - number(program, "lower_bound") <= 1e-5, "{program}");
    let far = number(program, "cross_entropy") - number(program, "replayed_cross_entropy");
    assert!(far.abs() < 1e-4, "{program}");
    assert!(number(&row, "largest_difference") < 1e-6);
    assert_eq!(number(&row["after"], "hidden_units"), 11.0);
    assert_eq!(number(&row["after"], "parameters"), 65.0 * 6.0 + 7.0 * 5.0 + 6.0 * 10.0);

    assert_eq!(accuracy(&workspace, "net.onnx"), number(&row["before"], "accuracy"));
    assert_eq!(accuracy(&workspace, "pruned.onnx"), number(&row["after"], "accuracy"));
    assert_eq!(accuracy(&workspace, "masked.onnx"), number(&row["after"], "accuracy"));
    let map = String::from_utf8(workspace.read("map.svg")).expect("text");
    assert!(map.starts_with("<svg") && map.contains("8 units, 2 go"), "{map}");
    let scores: Value = serde_json::from_slice(&workspace.read("scores.json")).expect("JSON");
    assert_eq!(scores["layers"][1]["scores"].as_array().expect("scores").len(), 6);
    assert_eq!(
        scores["layers"][0]["kept"].as_array().expect("flags").iter().filter(|kept| **kept == false).count(),
        2
    );
}

#[test]
fn solvers_give_the_same_scores() {
    let workspace = Workspace::with_network();
    let objectives: Vec<f64> = ["highs", "scip", "microlp"]
        .into_iter()
        .filter(|solver| workspace.has_solver(solver))
        .map(|solver| {
            let arguments = format!("--mode v1 --solver {solver} --scores {solver}.json --out {solver}.onnx");
            number(&prune(&workspace, &arguments)["programs"][0], "objective")
        })
        .collect();
    assert!(objectives.len() > 1, "microlp and another solver are in every build of the tests");
    for objective in &objectives {
        assert!((objective - objectives[0]).abs() < 1e-4, "{objectives:?}");
    }
}

#[test]
fn baselines_take_as_many_of_each_layer_from_stored_scores() {
    let workspace = Workspace::with_network();
    let first = prune(&workspace, "--solver microlp --remove layer:40% --scores scores.json --out ours.onnx");
    assert_eq!(removed(&first), [3, 2]);
    for method in ["elaraby", "random", "critical"] {
        let again = prune(
            &workspace,
            &format!("--from-scores scores.json --method {method} --remove layer:40% --out {method}.onnx"),
        );
        assert_eq!(removed(&again), removed(&first), "{method}");
        assert!(again["programs"].as_array().expect("programs").is_empty(), "nothing was solved again");
    }
    assert_eq!(workspace.read("ours.onnx"), workspace.read("elaraby.onnx"));
    for method in ["magnitude", "snip", "taylor"] {
        let row = prune(&workspace, &format!("--method {method} --remove counts:3,2 --out {method}.onnx"));
        assert_eq!(removed(&row), removed(&first), "{method}");
    }
}

#[test]
fn a_mask_survives_fine_tuning_and_leads_to_the_smaller_network() {
    let workspace = Workspace::with_network();
    let row = prune(&workspace, "--solver microlp --remove layer:40% --mask kept.npz --out pruned.onnx");
    let train = "train --data digits --init net.onnx --mask kept.npz --epochs 3 --out tuned.onnx";
    workspace.run(train).succeeds();
    let arguments = "prune tuned.onnx --data digits --from-mask kept.npz --json --out small.onnx";
    let tuned = workspace.run(arguments).succeeds().json_lines().remove(0);
    assert_eq!(removed(&tuned), removed(&row));
    assert_eq!(tuned["method"], "mask");
    assert!(number(&tuned, "largest_difference") < 1e-6);
    assert_eq!(number(&tuned["before"], "accuracy"), number(&tuned["after"], "accuracy"), "the mask held");
    assert!(number(&tuned["after"], "accuracy") > number(&row["after"], "accuracy"), "training helped");
}

#[test]
fn biases_may_stay_as_in_the_published_code() {
    let workspace = Workspace::with_network();
    let files = "--scores scores.csv --masked masked.onnx --out pruned.onnx";
    let row =
        prune(&workspace, &format!("--solver microlp --keep-bias --remove layer:40% --by-class {files}"));
    let programs = row["programs"].as_array().expect("programs");
    assert!(programs.len() > 5, "a program for every class of which an image is classified rightly");
    assert_eq!(programs.len(), row["images"].as_array().expect("images").len());
    assert!(number(&row, "largest_difference") < 1e-6);
    assert_eq!(accuracy(&workspace, "masked.onnx"), number(&row["after"], "accuracy"));
    let scores = String::from_utf8(workspace.read("scores.csv")).expect("text");
    assert_eq!(scores.lines().count(), 1 + 8 + 6);
    assert!(scores.starts_with("layer,unit,score,kept\n"), "{scores}");
}

#[test]
fn layers_are_scored_in_turn_the_last_first() {
    let workspace = Workspace::with_network();
    let row = prune(&workspace, "--layer-by-layer --solver microlp --remove layer:25% --out p.onnx");
    let programs = row["programs"].as_array().expect("programs");
    let layers: Vec<&str> =
        programs.iter().map(|program| program["layer"].as_str().expect("a name")).collect();
    assert_eq!(layers, ["dense2", "dense1"]);
    assert!(number(&programs[1], "minimised") <= number(&programs[0], "minimised") + 2e-5, "{programs:?}");
}

#[test]
fn scores_against_an_attacker_are_held_against_exact_ablation() {
    let workspace = Workspace::with_network();
    let row = prune(
        &workspace,
        "--epsilon 0.01 --relaxed --choose most --solver microlp --ablation --remove layer:25% --out p.onnx",
    );
    let robust = &row["robust"];
    assert!(number(robust, "lower_bound") <= number(robust, "upper_bound") + 1e-6, "{robust}");
    assert!(number(robust, "value") <= number(robust, "upper_bound") + 1e-9, "{robust}");
    let ablations = row["ablations"].as_array().expect("ablations");
    let units: Vec<Vec<u64>> = ablations
        .iter()
        .map(|ablation| {
            assert_eq!(ablation["is_complete"], true);
            let agreement = ablation["agreement"].as_array().expect("rows");
            for row in agreement {
                assert!(row["kendall"].is_null() || number(row, "kendall").abs() <= 1.0, "{row}");
                assert!((0.0..=1.0).contains(&number(row, "top_overlap")), "{row}");
            }
            agreement.iter().map(|row| row["units"].as_u64().expect("a number")).collect()
        })
        .collect();
    assert_eq!(units, [[14, 8, 6], [11, 6, 5]]);
    assert!(
        number(&ablations[0], "certified") > 0.0,
        "the most confident images withstand a little: {ablations:?}"
    );
}

#[test]
fn what_makes_no_pruning_is_refused() {
    let workspace = Workspace::with_network();
    workspace.write("scores.json", "{\"network\": \"\", \"network_sha256\": \"\", \"method\": \"\", \"layers\": [{\"layer\": \"x\", \"scores\": []}]}");
    let refuse = |arguments: &str, expected: &[&str]| {
        workspace.run(&format!("prune net.onnx --data digits --out p.onnx {arguments}")).refuses(expected);
    };
    refuse("--method taylor", &["--method taylor needs --remove", "total:30%"]);
    refuse("--remove 0.1", &["below:0.1, below-mean"]);
    refuse("--remove layer:140%", &["between 0% and 100%"]);
    refuse("--solver microlp --remove counts:1,2,3", &["3 numbers of units to remove for 2 layers"]);
    refuse("--solver microlp --remove counts:1,7", &["7 units of layer 1 are to go, but it has 6"]);
    refuse(
        "--method magnitude --mode v1 --remove layer:10%",
        &["--mode says nothing with --method magnitude"],
    );
    refuse("--method magnitude --per-class 3 --remove layer:10%", &["--per-class says nothing"]);
    refuse("--random-pool positive", &["--random-pool belongs to --method random"]);
    refuse("--from-scores scores.json", &["scores.json: the network has no hidden layer `x`", "dense1"]);
    refuse(
        "--from-scores scores.json --lambda 3",
        &["--lambda says nothing with scores or masks from a file"],
    );
    refuse("--from-scores none.json", &["cannot read none.json"]);
    refuse("--from-mask none.npz", &["cannot read none.npz"]);
    refuse("--per-class 0 --solver microlp", &["--per-class is 0"]);
    refuse("--epsilon 0.1 --mode head --solver microlp", &["scores for robustness need the sound program"]);
    refuse("--epsilon 0.1 --by-class", &["leave --by-class and --layer-by-layer out"]);
    refuse("--ablation", &["--epsilon"]);
    refuse(
        "--method taylor --remove layer:10% --epsilon 0.1",
        &["--epsilon says nothing with --method taylor"],
    );
    refuse("--lambda -1 --solver microlp", &["the weight of the loss is -1"]);
    workspace.run("prune net.onnx --data mnist --data-dir . --out p.onnx").refuses(&["mnist"]);
    assert!(!workspace.path("p.onnx").exists(), "nothing is written where nothing was pruned");
}
