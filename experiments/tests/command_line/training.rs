use crate::support::Workspace;

#[test]
fn the_same_seed_trains_the_same_file_to_the_bit() {
    let workspace = Workspace::new();
    let train = |seed: u32, out: &str| {
        let arguments = format!("train --data digits --arch 64-12-10 --epochs 3 --seed {seed} --out {out}");
        workspace.run(&arguments).succeeds();
        workspace.read(out)
    };
    let first = train(1, "a.onnx");
    assert_eq!(first, train(1, "b.onnx"));
    assert_ne!(first, train(2, "c.onnx"));
}

#[test]
fn a_trained_network_evaluates_to_the_accuracy_that_training_reports() {
    let workspace = Workspace::new();
    let train = "train --data digits --arch 64-32-16-10 --epochs 20 --optimizer sgd --schedule cosine --json --out net.onnx";
    let rows = workspace.run(train).succeeds().json_lines();
    assert_eq!(rows.len(), 21);
    let reported = rows[20]["test_accuracy"].as_f64().unwrap();
    assert!(reported > 0.93, "{reported}");
    let evaluation = workspace.run("eval net.onnx --data digits --json").succeeds().json_lines().remove(0);
    assert_eq!(evaluation["accuracy"].as_f64(), Some(reported));
    assert_eq!(evaluation["classes"].as_array().unwrap().len(), 10);
}
