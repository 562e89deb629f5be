use std::fmt::Write as _;
use std::io::Write as _;

use crate::support::Workspace;

/// The whole unit box for the network of 64 inputs and 10 outputs, with further assertions.
fn unit_box(assertions: &str) -> String {
    let mut text = String::from("; the digits' range\n");
    for input in 0..64 {
        writeln!(text, "(declare-const X_{input} Real)").unwrap();
    }
    for output in 0..10 {
        writeln!(text, "(declare-const Y_{output} Real)").unwrap();
    }
    for input in 0..64 {
        writeln!(text, "(assert (<= X_{input} 1.0))\n(assert (>= X_{input} 0.0))").unwrap();
    }
    text + assertions
}

#[test]
fn a_property_and_the_same_attack_are_the_same_model() {
    let workspace = Workspace::with_network();
    let attack =
        "encode net.onnx --data digits --images 2 --targets 3 --epsilon 1 --format mps --out m --json";
    let row = workspace.run(attack).succeeds().json_lines().remove(0);
    let label = &row["label"];
    workspace.write("prop.vnnlib", unit_box(&format!("(assert (<= Y_{label} Y_3))")));
    workspace.run("encode net.onnx prop.vnnlib --format mps -o prop.mps").succeeds();
    assert_eq!(workspace.read("prop.mps"), workspace.read("m/i2-t3.mps"));
}

#[test]
fn every_alternative_of_a_property_is_a_model() {
    let workspace = Workspace::with_network();
    let assertions = "(assert (or (<= X_0 0.5) (>= X_0 0.75)))
        (assert (or (and (<= Y_0 Y_1) (<= Y_0 Y_2) (<= Y_0 Y_3)) (>= Y_4 1000)))
        (assert (<= (+ X_1 X_2) 1))";
    workspace.write("prop.vnnlib", unit_box(assertions));
    let command = "encode net.onnx prop.vnnlib --format mps";
    let rows = workspace.run(&format!("{command} --out models --json")).succeeds().json_lines();
    let names = ["r0-a0.mps", "r0-a1.mps", "r1-a2.mps", "r1-a3.mps"];
    assert_eq!(rows.iter().map(|row| row["file"].as_str().unwrap()).collect::<Vec<_>>(), names);
    assert_eq!(rows[0]["rows"].as_u64().unwrap(), rows[1]["rows"].as_u64().unwrap() + 2);
    // Y_4 can reach 1000 nowhere, Y_0 can be the least.
    let minimum = |file: &str| {
        let solved = workspace.run(&format!("solve models/{file} --json")).succeeds().json_lines().remove(0);
        assert_eq!((&solved["verdict"], &solved["feasible"]), (&"Optimal".into(), &true.into()), "{solved}");
        solved["objective"].as_f64().unwrap()
    };
    assert!(minimum(names[0]) <= 0.0 && minimum(names[1]) > 0.0);
    assert!(minimum(names[2]) <= 0.0 && minimum(names[3]) > 0.0);

    workspace.run(&format!("{command} --alternative 2 -o one.mps")).succeeds();
    assert_eq!(workspace.read("one.mps"), workspace.read("models/r1-a2.mps"));
    let some = workspace.run(&format!("{command} --out some --count 2 --json")).succeeds().json_lines();
    assert_eq!(some.iter().map(|row| row["alternative"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 2]);

    workspace.run(command).refuses(&["4 alternatives", "--alternative 0 to 3", "--out DIR"]);
    workspace.run(&format!("{command} --alternative 4")).refuses(&["--alternative 4", "0 to 3"]);
    workspace.run(&format!("{command} --epsilon 0.1")).refuses(&["--epsilon", "cannot be used with"]);
    workspace.run(&format!("{command} --no-clip --out m")).refuses(&["--no-clip"]);
    workspace.run(&format!("{command} --data digits --image 0 --target 1")).refuses(&["cannot be used with"]);
    workspace.run("encode net.onnx --format lp --image 0 --target 1 --epsilon 1").refuses(&["--data"]);
    workspace.run("encode net.onnx --format lp --data digits --image 0 --target 1").refuses(&["--epsilon"]);
}

#[test]
fn info_lists_the_regions_of_a_property() {
    let workspace = Workspace::new();
    let source = unit_box(
        "(assert (or (and (= X_0 0.1) (<= Y_0 0)) (and (= X_0 0.1) (<= Y_1 0) (< Y_2 0)) (and (<= X_0 0.5) (<= Y_0 0))
         (and (<= X_0 -1) (<= Y_0 0)))) (assert (<= X_1 X_2))",
    );
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(source.as_bytes()).unwrap();
    workspace.write("prop.vnnlib", &source);
    workspace.write("packed.vnnlib.gz", packed.finish().unwrap());
    let summary = workspace.run("info prop.vnnlib --json").succeeds().json_lines().remove(0);
    for (key, expected) in [
        ("version", serde_json::json!("1.0")),
        ("inputs", 64.into()),
        ("outputs", 10.into()),
        ("input_shape", serde_json::Value::Null),
        ("strict", true.into()),
        ("alternatives", 3.into()),
        ("empty_alternatives", 1.into()),
    ] {
        assert_eq!(summary[key], expected, "{key}");
    }
    let regions = summary["regions"].as_array().unwrap();
    let of = |key: &str| regions.iter().map(|region| region[key].as_f64().unwrap()).collect::<Vec<_>>();
    assert_eq!(of("free_inputs"), [63.0, 64.0]);
    assert_eq!((of("alternatives"), of("output_conditions")), (vec![2.0, 1.0], vec![3.0, 1.0]));
    assert_eq!((of("input_constraints"), of("max_width")), (vec![1.0, 1.0], vec![1.0, 1.0]));
    let packed = workspace.run("info packed.vnnlib.gz --json").succeeds().json_lines().remove(0);
    assert_eq!(packed["regions"], summary["regions"]);
    let text = workspace.run("info prop.vnnlib").succeeds().stdout();
    assert!(text.contains("VNN-LIB 1.0, inputs 64, outputs 10, regions 2, alternatives 3; 1 more"), "{text}");
}

#[test]
fn properties_that_are_none_or_do_not_fit_are_refused() {
    let workspace = Workspace::with_network();
    workspace
        .write("broken.vnnlib", "(declare-const X_0 Real)\n(declare-const Y_0 Real)\n(assert (=> X_0 1))");
    workspace.run("info broken.vnnlib").refuses(&["broken.vnnlib: line 3, column 10", "not supported"]);
    workspace.write("cut.vnnlib.gz", [0x1f, 0x8b, 8, 0, 0]);
    workspace.run("info cut.vnnlib.gz").refuses(&["cut.vnnlib.gz"]);
    workspace.run("info missing.vnnlib").refuses(&["cannot read missing.vnnlib"]);
    workspace.write("small.vnnlib", "(vnnlib-version <2.0>) (declare-network f (declare-input X real [1,2])
        (declare-output Y real [])) (assert (and (<= X[0,0] 1) (>= X[0,0] 0) (<= X[0,1] 1) (>= X[0,1] 0) (<= Y 0)))");
    let text = workspace.run("info small.vnnlib").succeeds().stdout();
    assert!(text.contains("(X [1, 2], Y [])"), "{text}");
    workspace.run("encode net.onnx small.vnnlib --format lp").refuses(&[
        "small.vnnlib",
        "takes 64 inputs",
        "declares 2",
    ]);
    workspace
        .run("encode net.onnx prop.txt --format lp")
        .refuses(&["prop.txt: unknown ending", ".vnnlib.gz"]);
    workspace.write("never.vnnlib", unit_box("(assert (<= 1 0))"));
    workspace
        .run("encode net.onnx never.vnnlib --format lp")
        .refuses(&["never.vnnlib", "no input can satisfy"]);
}
