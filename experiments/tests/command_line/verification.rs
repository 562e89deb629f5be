use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Workspace, number};

/// The sides of the box of radius `epsilon` around a digit, cut to the digits' range, and its label.
fn sides(workspace: &Workspace, image: usize, epsilon: f64) -> (Vec<(f64, f64)>, u8) {
    let digits = workspace.digits();
    let (pixels, label) = digits.example(image).expect("there is such an image");
    let side = |pixel: &f32| {
        let pixel = f64::from(*pixel);
        ((pixel - epsilon).max(0.0), (pixel + epsilon).min(1.0))
    };
    (pixels.iter().map(side).collect(), label)
}

/// A property of the test network: within `epsilon` of a digit, does some other class's output reach the label's?
fn ball(workspace: &Workspace, image: usize, epsilon: f64) -> String {
    let (sides, label) = sides(workspace, image, epsilon);
    let mut text = String::new();
    (0..64).for_each(|input| writeln!(text, "(declare-const X_{input} Real)").unwrap());
    (0..10).for_each(|output| writeln!(text, "(declare-const Y_{output} Real)").unwrap());
    for (input, (lower, upper)) in sides.iter().enumerate() {
        writeln!(text, "(assert (>= X_{input} {lower}))\n(assert (<= X_{input} {upper}))").unwrap();
    }
    let others = (0..10).filter(|class| *class != label);
    let conditions: String = others.map(|class| format!("(and (>= Y_{class} Y_{label}))")).collect();
    writeln!(text, "(assert (or {conditions}))").unwrap();
    text
}

/// The same in VNN-LIB 2.0 for one other class; `element` is how the query spells an input.
fn query(
    workspace: &Workspace,
    image: usize,
    epsilon: f64,
    declarations: &str,
    element: fn(usize) -> String,
) -> String {
    let (sides, label) = sides(workspace, image, epsilon);
    let mut text = format!("(vnnlib-version <2.0>)\n(declare-network digits {declarations})\n");
    for (input, (lower, upper)) in sides.iter().enumerate() {
        let x = element(input);
        writeln!(text, "(assert (and (>= {x} {lower}) (<= {x} {upper})))").unwrap();
    }
    let other = (label + 1) % 10;
    writeln!(text, "(assert (>= Y[0,{other}] Y[0,{label}]))").unwrap();
    text
}

/// An input of the digits' networks, which take images.
fn pixel(input: usize) -> String {
    format!("X[0,0,{},{}]", input / 8, input % 8)
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
    workspace.run("verify net.onnx").refuses(&["two files", "the network and the property"]);
    workspace.run("verify --batch list.csv").refuses(&["--out"]);
}

#[test]
fn verdicts_are_those_of_the_exact_attack() {
    let workspace = Workspace::with_network();
    let (mut list, mut truth) = (String::new(), String::from("onnx,vnnlib,truth\n"));
    for epsilon in [0.02, 0.06] {
        let attack = format!(
            "attack net.onnx --data digits --images 0..60 --targets untargeted --goal sign --epsilon {epsilon} --method bab \
             --json"
        );
        for row in workspace.run(&attack).succeeds().json_lines() {
            let image = usize::try_from(row["image"].as_u64().unwrap()).unwrap();
            let name = format!("p{image}-{epsilon}.vnnlib");
            workspace.write(&name, ball(&workspace, image, epsilon));
            writeln!(list, "net.onnx,{name},60").unwrap();
            let verdict = match row["verdict"].as_str().unwrap() {
                "certified" => "unsat",
                "falsified" => "sat",
                _ if number(&row, "objective") > 0.0 => "unsat",
                _ => "sat",
            };
            writeln!(truth, "net.onnx,{name},{verdict}").unwrap();
        }
    }
    let count = |verdict: &str| truth.lines().filter(|row| row.ends_with(verdict)).count();
    let (unsat, sat) = (count(",unsat"), count(",sat"));
    assert!(unsat > 20 && sat > 20, "both kinds are there: {unsat} and {sat}");
    workspace.write("instances.csv", &list);
    workspace.write("truth.csv", &truth);
    let command = "verify --batch instances.csv --out results.csv --truth truth.csv --engine bab";
    let text = workspace.run(command).succeeds().stdout();
    assert!(text.contains(&format!("120 instances: {sat} sat, {unsat} unsat, 0 timeout")), "{text}");
}

#[test]
fn a_row_has_what_the_contract_names() {
    let workspace = Workspace::with_network();
    workspace.write("far.vnnlib", ball(&workspace, 3, 0.9));
    let command =
        "verify net.onnx far.vnnlib --engine bab --json --result-file out/answer.txt --threads 1 --seed 5";
    std::fs::create_dir(workspace.path("out")).unwrap();
    let rows = workspace.run(command).succeeds().json_lines();
    let [row] = rows.as_slice() else { panic!("one row: {rows:?}") };
    for key in ["onnx", "property", "verdict", "engine", "solver", "seconds", "witness", "nodes"] {
        assert!(row.get(key).is_some(), "{key} is not in {row}");
    }
    assert_eq!((&row["verdict"], &row["solver"], &row["seed"]), (&"sat".into(), &Value::Null, &5.into()));
    assert!(number(row, "seconds") > 0.0);
    let numbers = |key: &str| row["witness"][key].as_array().unwrap().len();
    assert_eq!((numbers("input"), numbers("output")), (64, 10));
    let kept = String::from_utf8(workspace.read("out/answer.txt")).unwrap();
    let printed = workspace.run(&command.replace(" --json", "")).succeeds().stdout();
    assert_eq!(kept, printed, "the file holds what is printed, and the same seed finds the same witness");

    let refused = workspace.run("verify net.onnx far.vnnlib --result-file missing/answer.txt");
    assert_eq!(refused.stdout(), "error\n");
    refused.refuses(&["cannot write missing/answer.txt"]);
}

#[test]
fn a_solver_decides_where_it_is_asked_to() {
    let workspace = Workspace::with_network();
    let solver = ["highs", "scip", "microlp"].into_iter().find(|name| workspace.has_solver(name));
    let Some(solver) = solver else { return };
    // Bounds alone leave this one open.
    workspace.write("near.vnnlib", ball(&workspace, 78, 0.02));
    let command = format!("verify net.onnx near.vnnlib --engine milp --solver {solver} --json");
    let row = workspace.run(&command).succeeds().json_lines().remove(0);
    assert_eq!((&row["verdict"], &row["engine"]), (&"unsat".into(), &"milp".into()), "{row}");
    assert_eq!(row["solver"], solver, "{row}");
    let own =
        workspace.run("verify net.onnx near.vnnlib --engine bab --json").succeeds().json_lines().remove(0);
    assert_eq!((&own["verdict"], &own["engine"]), (&"unsat".into(), &"relu-split".into()), "{own}");
    workspace.run("verify net.onnx near.vnnlib --solver gurobi").refuses(&["--solver", "gurobi"]);
}

#[test]
fn queries_in_version_2_are_answered_as_the_standard_wants() {
    let workspace = Workspace::with_network();
    let declared = "(declare-input X real [1,1,8,8]) (declare-output Y real [1,10])";
    workspace.write("far.vnnlib", query(&workspace, 3, 0.9, declared, pixel));
    workspace.write("near.vnnlib", query(&workspace, 3, 0.001, declared, pixel));
    let ask = |file: &str| workspace.run(&format!("verify {file} --network digits=net.onnx --timeout 60"));
    assert_eq!(ask("near.vnnlib").succeeds().stdout(), "unsat\n");
    let text = ask("far.vnnlib").succeeds().stdout();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        (lines.len(), lines[0], lines[1], lines[66]),
        (77, "sat", "X real [1,1,8,8]", "Y real [1,10]")
    );
    let values = lines[2..66].iter().chain(&lines[67..]);
    assert!(values.clone().all(|value| value.parse::<f32>().is_ok()), "{text}");
    // The competition's form is there for version 2.0, too.
    let text = workspace.run("verify net.onnx far.vnnlib").succeeds().stdout();
    assert!(text.starts_with("sat\n((X_0 "), "{text}");
}

#[test]
fn what_no_sound_answer_is_given_for_is_refused() {
    let workspace = Workspace::with_network();
    let write = |name: &str, declared: &str, element| {
        workspace.write(name, query(&workspace, 3, 0.001, declared, element));
    };
    let ask = |file: &str| workspace.run(&format!("verify {file} --network digits=net.onnx"));
    write("float.vnnlib", "(declare-input X float32 [1,1,8,8]) (declare-output Y float32 [1,10])", pixel);
    let refused = ask("float.vnnlib");
    assert_eq!(refused.stdout(), "error\n");
    refused.refuses(&["float.vnnlib", "`X` is declared as float32", "--assume-real"]);
    let consented = "verify float.vnnlib --network digits=net.onnx --assume-real";
    assert_eq!(workspace.run(consented).succeeds().stdout(), "unsat\n");

    let named = "(declare-input X real [1,1,8,8] \"input\") (declare-output Y real [1,10])";
    write("right.vnnlib", named, pixel);
    assert_eq!(ask("right.vnnlib").succeeds().stdout(), "unsat\n");
    let named = named.replace("input\"", "pixels\"");
    write("named.vnnlib", &named, pixel);
    ask("named.vnnlib").refuses(&["`X` stands for `pixels`, but the network's file calls it"]);
    let flat = |input| format!("X[0,{input}]");
    write("flat.vnnlib", "(declare-input X real [1,64]) (declare-output Y real [1,10])", flat);
    ask("flat.vnnlib")
        .refuses(&["flat.vnnlib: `X` is declared with the sizes [1, 64]", "input is [1, 8, 8]"]);
    write("good.vnnlib", "(declare-input X real [1,1,8,8]) (declare-output Y real [1,10])", pixel);
    workspace
        .run("verify good.vnnlib --network other=net.onnx")
        .refuses(&["declares the network `digits`, but --network names `other`"]);
    workspace.write("old.vnnlib", ball(&workspace, 3, 0.001));
    ask("old.vnnlib").refuses(&["--network is for queries in VNN-LIB 2.0"]);
    workspace.run("verify good.vnnlib").refuses(&["two files", "--network NAME=net.onnx"]);
    workspace.run("verify net.onnx good.vnnlib --network digits=net.onnx").refuses(&["one file, the query"]);
}

#[test]
fn the_program_says_who_it_is_and_what_it_supports() {
    let workspace = Workspace::new();
    assert_eq!(workspace.run("--name").succeeds().stdout(), "greymatter\n");
    assert_eq!(workspace.run("--version").succeeds().stdout(), concat!(env!("CARGO_PKG_VERSION"), "\n"));
    for (capability, expected) in [
        ("--onnx-opset-versions", "7\n22\n"),
        ("--onnx-element-types", "real\n"),
        ("--vnnlib-versions", "1.0\n2.0\n"),
        ("--hidden-node-theories", "NH\n"),
        ("--multiple-input-output-theories", "SIO\n"),
        ("--multiple-network-theories", "SNET\n"),
        ("--multiple-node-comparison-theories", "SNC\n"),
        ("--arithmetic-complexity-theories", "BND\nOUTC\nLIN\n"),
        ("--optimised-disjunctive-reasoning", "false\n"),
        ("--serialise-assignments", "false\n"),
        ("--unsat-proofs", "false\n"),
    ] {
        assert_eq!(workspace.run(&format!("supports {capability}")).succeeds().stdout(), expected);
    }
    let operators = workspace.run("supports --onnx-operators").succeeds().stdout();
    assert!(operators.lines().any(|name| name == "Gemm") && !operators.contains("Sigmoid"), "{operators}");
    workspace.run("supports").refuses(&["--onnx-operators"]);
    workspace.run("--name --version").refuses(&["cannot be used with"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_process_that_holds_too_much_memory_says_unknown() {
    let workspace = Workspace::with_network();
    workspace.write("near.vnnlib", ball(&workspace, 3, 0.04));
    let ended = workspace.run("verify net.onnx near.vnnlib --memory 0.0001").succeeds();
    assert_eq!(ended.stdout(), "unknown\n");
    assert!(ended.stderr().contains("more than 0.0001 GB of memory are in use (--memory)"));
    workspace.run("verify net.onnx near.vnnlib --memory 0").refuses(&["greater than 0"]);
}

#[test]
#[cfg(unix)]
fn an_interrupted_list_keeps_its_rows_and_goes_on() {
    let workspace = Workspace::with_network();
    let count = 150;
    let mut list = String::new();
    for image in 0..count {
        workspace.write(&format!("list/p{image}.vnnlib"), ball(&workspace, image, 0.02));
        writeln!(list, "net.onnx,p{image}.vnnlib,60").unwrap();
    }
    workspace.write("list/net.onnx", workspace.read("net.onnx"));
    workspace.write("list/instances.csv", list);
    let command = "verify --batch list/instances.csv --out results.csv --engine bab";
    let mut running = workspace.command(command).stdout(std::process::Stdio::null()).spawn().unwrap();
    let rows = || std::fs::read_to_string(workspace.path("results.csv")).unwrap_or_default();
    while rows().lines().count() < 4 {
        assert!(running.try_wait().unwrap().is_none(), "it ended before it was interrupted");
        std::thread::yield_now();
    }
    let interrupted = std::process::Command::new("kill").args(["-INT", &running.id().to_string()]).status();
    assert!(interrupted.unwrap().success());
    assert_eq!(running.wait().unwrap().code(), Some(130));
    let before = rows();
    assert!(before.ends_with('\n') && before.lines().count() <= count, "{before}");
    workspace.run(command).succeeds();
    let after = rows();
    assert!(after.starts_with(&before), "rows that were there stay");
    assert_eq!(after.lines().count(), 1 + count);
    let mut names: Vec<&str> = after.lines().skip(1).map(|row| row.split(',').nth(1).unwrap()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "each instance has one row");
}

/// A benchmark in the folder of public data; says in one line where there is none.
#[expect(clippy::print_stdout, reason = "says what was skipped")]
fn benchmark(name: &str) -> Option<std::path::PathBuf> {
    let data = std::env::var_os("GREYMATTER_DATA").map_or_else(
        || std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"),
        Into::into,
    );
    let folder = data.join("vnncomp").join(name);
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

#[test]
fn the_competition_s_test_instances_are_answered() {
    let Some(folder) = benchmark("test") else { return };
    let workspace = Workspace::new();
    let truth = folder.join("../../truth/vnncomp.csv");
    let command = format!(
        "verify --batch {}/instances.csv --out results.csv --truth {} --engine bab",
        folder.display(),
        truth.display()
    );
    let text = workspace.run(&command).succeeds().stdout();
    assert!(text.contains("5 instances: 1 sat, 4 unsat, 0 timeout, 0 unknown, 0 error"), "{text}");
}

#[test]
fn an_engine_that_does_not_stop_is_ended() {
    // This network has thousands of open neurons: a pivot of the engine's simplex takes longer than the time limit.
    let Some(folder) = benchmark("oval21") else { return };
    let list = std::fs::read_to_string(folder.join("instances.csv")).unwrap();
    let instance = list.lines().find(|line| line.contains("cifar_deep_kw")).expect("it is in the benchmark");
    let files: Vec<String> =
        instance.split(',').take(2).map(|file| folder.join(file).display().to_string()).collect();
    let workspace = Workspace::new();
    let command = format!("verify {} {} --engine lp-bab --timeout 1", files[0], files[1]);
    let ended = workspace.run(&command).succeeds();
    assert_eq!(ended.stdout(), "timeout\n");
    assert!(ended.stderr().contains("did not stop in time"), "{}", ended.stderr());
}

#[test]
#[cfg(unix)]
fn the_competition_s_scripts_write_the_results_file() {
    let workspace = Workspace::with_network();
    workspace.write("near.vnnlib", ball(&workspace, 3, 0.001));
    let run = |script: &str, arguments: &[&str]| {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../competition").join(script);
        let mut command = std::process::Command::new(path);
        command.args(arguments).current_dir(workspace.path("")).env("GREYMATTER", crate::support::program());
        command.env("TMPDIR", workspace.path("")).output().expect("scripts can be run").status
    };
    assert!(run("prepare_instance.sh", &["v1", "digits", "net.onnx", "near.vnnlib"]).success());
    assert!(!run("prepare_instance.sh", &["v1", "digits", "net.onnx", "missing.vnnlib"]).success());
    assert!(!run("prepare_instance.sh", &["v0", "digits", "net.onnx", "near.vnnlib"]).success());
    let results = |file: &str| String::from_utf8(workspace.read(file)).unwrap();
    assert!(run("run_instance.sh", &["v1", "digits", "net.onnx", "near.vnnlib", "a.txt", "60"]).success());
    assert_eq!(results("a.txt"), "unsat\n");
    assert!(
        !run("run_instance.sh", &["v1", "digits", "net.onnx", "missing.vnnlib", "b.txt", "60"]).success()
    );
    assert_eq!(results("b.txt"), "error\n");
}
