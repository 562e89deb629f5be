use crate::support::Workspace;

#[test]
fn info_counts_parameters_and_relus() {
    let workspace = Workspace::with_network();
    let summary = workspace.run("info net.onnx --json").succeeds().json_lines().remove(0);
    assert_eq!(summary["input"], serde_json::json!([1, 8, 8]));
    assert_eq!(summary["parameters"], 64 * 8 + 8 + 8 * 6 + 6 + 6 * 10 + 10);
    assert_eq!(summary["relus"], 14);
    let text = workspace.run("info net.onnx").succeeds().stdout();
    assert!(text.contains("Affine") && text.contains("14 ReLUs"), "{text}");
}

#[test]
fn crown_bounds_are_no_wider_than_intervals() {
    let workspace = Workspace::with_network();
    let rows = workspace
        .run("bounds net.onnx --data digits --image 1 --epsilon 0.05 --json")
        .succeeds()
        .json_lines();
    let of = |method: &str| rows.iter().filter(|row| row["method"] == method).collect::<Vec<_>>();
    let (interval, crown) = (of("interval"), of("crown"));
    assert_eq!(interval.len(), 3);
    for (interval, crown) in interval.iter().zip(&crown) {
        let number = |row: &serde_json::Value, key: &str| row[key].as_f64().unwrap();
        assert!(number(crown, "mean_width") <= number(interval, "mean_width"), "{interval} {crown}");
        assert!(number(crown, "unstable") <= number(interval, "unstable"), "{interval} {crown}");
        let neurons = ["active", "inactive", "unstable"].map(|key| number(crown, key)).iter().sum::<f64>();
        assert!(crown["operator"] != "Relu" || neurons == number(crown, "neurons"), "{crown}");
    }
}

#[test]
fn every_method_of_a_chain_is_no_wider_than_the_one_before() {
    let workspace = Workspace::with_network();
    let command = "bounds net.onnx --data digits --image 1 --epsilon 0.1 --json";
    let methods = "--bounds crown,alpha-crown,lp,milp --bounds-time-limit 60";
    let rows = workspace.run(&format!("{command} {methods}")).succeeds().json_lines();
    let unstable = |method: &str| -> u64 {
        let rows = rows.iter().filter(|row| row["method"] == method);
        rows.map(|row| row["unstable"].as_u64().unwrap()).sum()
    };
    let counts = ["interval", "crown", "alpha-crown", "lp", "milp"].map(unstable);
    assert!(counts[0] > 0 && counts.is_sorted_by(|before, after| before >= after), "{counts:?}");
}

#[test]
fn the_heat_map_has_a_cell_for_every_neuron() {
    let workspace = Workspace::with_network();
    let command = "bounds net.onnx --data digits --image 1 --epsilon 0.05 --heat-map map.svg";
    let table = workspace.run(command).succeeds().stdout();
    assert!(table.contains("interval") && table.contains("crown"), "{table}");
    let svg = std::fs::read_to_string(workspace.path("map.svg")).unwrap();
    let (neurons, background_and_legend) = (14, 1 + 3);
    assert_eq!(svg.matches("<rect").count(), neurons + background_and_legend, "{svg}");
    workspace.run(&command.replace("map.svg", "nowhere/map.svg")).refuses(&["nowhere/map.svg"]);
}

#[test]
fn an_unknown_bound_method_is_refused_with_those_that_there_are() {
    let workspace = Workspace::with_network();
    let command = "bounds net.onnx --data digits --image 1 --epsilon 0.05 --bounds crowns";
    workspace.run(command).refuses(&[
        "`crowns` is no bound method: choose from interval, crown, alpha-crown, zonotope, lp, milp",
    ]);
}

#[test]
fn a_written_model_solves_to_the_attack_s_objective() {
    let workspace = Workspace::with_network();
    let question = "net.onnx --data digits --epsilon 0.03";
    let row = workspace
        .run(&format!("attack {question} --images 2 --targets 3 --json"))
        .succeeds()
        .json_lines()
        .remove(0);
    for formulation in ["big-m", "big-m-paper"] {
        let encode = format!("encode {question} --image 2 --target 3 --formulation {formulation}");
        workspace.run(&format!("{encode} --format mps -o model.mps")).succeeds();
        let solved = workspace.run("solve model.mps --json").succeeds().json_lines().remove(0);
        assert_eq!(solved["verdict"], "Optimal");
        assert_eq!(solved["feasible"], true);
        let difference = solved["objective"].as_f64().unwrap() - row["objective"].as_f64().unwrap();
        assert!(difference.abs() < 1e-5, "{formulation}: {solved} {row}");
        let lp = workspace.run(&format!("{encode} --format lp")).succeeds().stdout();
        assert!(lp.to_lowercase().contains("minimize"), "{lp}");
    }
}

#[test]
fn data_sets_and_solvers_are_listed() {
    let workspace = Workspace::new();
    let sets = workspace.run("data list --json --data-dir nowhere").succeeds().json_lines();
    let place = |name: &str| &sets.iter().find(|set| set["name"] == name).expect("it is listed")["location"];
    assert_eq!(place("digits"), "embedded");
    assert!(place("mnist").is_null());
    let solvers = workspace.run("solvers --json").succeeds().json_lines();
    assert!(solvers.iter().any(|solver| solver["name"] == "highs"));
    for solver in &solvers {
        // A program that is not installed is listed, too, with what is to be done.
        assert_ne!(solver["version"].is_null(), solver["missing"].is_null(), "{solver}");
    }
}

#[test]
fn help_has_examples() {
    let workspace = Workspace::new();
    for command in [
        "",
        "train",
        "eval",
        "attack",
        "transfer",
        "bounds",
        "encode",
        "solve",
        "bench-report",
        "info",
        "data",
    ] {
        let help = workspace.run(&format!("{command} --help")).succeeds().stdout();
        assert!(help.contains("greymatter"), "{help}");
        assert!(help.contains("Example"), "{command}: {help}");
    }
}
