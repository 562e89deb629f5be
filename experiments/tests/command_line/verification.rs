use crate::support::Workspace;

/// A property of the test network: within `epsilon` of a digit, does some other class's output reach the label's?
fn ball(workspace: &Workspace, image: usize, epsilon: f64) -> String {
    use std::fmt::Write as _;

    let digits = workspace.digits();
    let (pixels, label) = digits.example(image).expect("there is such an image");
    let mut text = String::new();
    for (input, pixel) in pixels.iter().enumerate() {
        let (lower, upper) = (f64::from(*pixel) - epsilon, f64::from(*pixel) + epsilon);
        writeln!(text, "(declare-const X_{input} Real)").unwrap();
        writeln!(text, "(assert (>= X_{input} {}))", lower.max(0.0)).unwrap();
        writeln!(text, "(assert (<= X_{input} {}))", upper.min(1.0)).unwrap();
    }
    let others = (0..10).filter(|class| *class != usize::from(label));
    let conditions =
        others.map(|class| format!("(and (>= Y_{class} Y_{label}))")).collect::<Vec<_>>().join(" ");
    let outputs: String = (0..10).map(|output| format!("(declare-const Y_{output} Real)\n")).collect();
    // All declarations come before all assertions.
    let (declared, asserted): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.starts_with("(declare"));
    format!("{}\n{outputs}{}\n(assert (or {conditions}))\n", declared.join("\n"), asserted.join("\n"))
}

#[test]
fn the_first_line_is_the_verdict_and_a_witness_follows() {
    let workspace = Workspace::with_network();
    workspace.write("near.vnnlib", ball(&workspace, 3, 0.001));
    workspace.write("far.vnnlib", ball(&workspace, 3, 0.9));
    for engine in ["bab", "auto"] {
        let near = workspace.run(&format!("verify net.onnx near.vnnlib --engine {engine}")).succeeds();
        assert_eq!(near.stdout(), "unsat\n");
        let far =
            workspace.run(&format!("verify net.onnx far.vnnlib --timeout 100 --engine {engine}")).succeeds();
        let lines: Vec<String> = far.stdout().lines().map(str::to_owned).collect();
        assert_eq!((lines.len(), lines[0].as_str()), (1 + 64 + 10, "sat"));
        assert!(
            lines[1].starts_with("((X_0 ") && lines[74].starts_with(" (Y_9 ") && lines[74].ends_with("))")
        );
    }
}

#[test]
fn a_list_goes_on_where_it_was() {
    let workspace = Workspace::with_network();
    workspace.write("list/near.vnnlib", ball(&workspace, 3, 0.001));
    workspace.write("list/far.vnnlib", ball(&workspace, 3, 0.9));
    workspace.write("list/net.onnx", workspace.read("net.onnx"));
    workspace.write(
        "list/instances.csv",
        "net.onnx,near.vnnlib,60\nnet.onnx,far.vnnlib,60\nnet.onnx,missing.vnnlib,60\n",
    );
    let command = "verify --batch list/instances.csv --out results.csv --engine bab";
    let first = workspace.run(&format!("{command} --filter near")).succeeds().stdout();
    assert!(first.contains("1 instances: 0 sat, 1 unsat"), "{first}");
    // A kill in the midst of a row leaves a part of it.
    let mut torn = workspace.read("results.csv");
    torn.extend_from_slice(b"net.onnx,far.vnnlib,60,sa");
    workspace.write("results.csv", torn);
    let all = workspace.run(command).succeeds();
    assert!(all.stderr().contains("1 instances were done before"), "{}", all.stderr());
    assert!(all.stdout().contains("3 instances: 1 sat, 1 unsat, 0 timeout, 0 unknown, 1 error"));
    let witness = workspace.read("results.witnesses/net__far.counterexample");
    assert!(String::from_utf8(witness).unwrap().starts_with("sat\n((X_0 "));

    workspace.write("truth.csv", "onnx,vnnlib,truth\nnet.onnx,near.vnnlib,sat\nnet.onnx,far.vnnlib,sat\n");
    let output = workspace.command(&format!("{command} --truth truth.csv")).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("WRONG: net.onnx near.vnnlib: unsat, but sat is known"), "{text}");

    workspace.write("list/missing.vnnlib", ball(&workspace, 3, 0.001));
    workspace.run(&format!("{command} --retry error")).succeeds();
    let rows = String::from_utf8(workspace.read("results.csv")).unwrap();
    assert_eq!(rows.lines().count(), 4, "{rows}");
    assert!(!rows.contains("error"), "{rows}");
}

#[test]
fn what_cannot_be_asked_is_an_error_on_both_outputs() {
    let workspace = Workspace::with_network();
    workspace.write(
        "small.vnnlib",
        "(declare-const X_0 Real) (declare-const Y_0 Real)
        (assert (>= X_0 0)) (assert (<= X_0 1)) (assert (<= Y_0 0))",
    );
    let refused = workspace.run("verify net.onnx small.vnnlib");
    assert_eq!(refused.stdout(), "error\n");
    refused.refuses(&["small.vnnlib", "takes 64 inputs", "declares 1"]);
    let missing = workspace.run("verify net.onnx none.vnnlib");
    assert_eq!(missing.stdout(), "error\n");
    missing.refuses(&["none.vnnlib"]);
    workspace.run("verify net.onnx").refuses(&["PROPERTY"]);
    workspace.run("verify --batch list.csv").refuses(&["--out"]);
}
