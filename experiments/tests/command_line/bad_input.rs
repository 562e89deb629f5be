//! What is wrong is named, with its place and the mend; the exit status is 2; nothing is lost.

use nn_core::{Affine, NetworkBuilder, NodeId, Op};

use crate::support::Workspace;

#[test]
fn network_files_that_are_none_are_refused() {
    let workspace = Workspace::with_network();
    let whole = workspace.read("net.onnx");
    workspace.write("truncated.onnx", &whole[..whole.len() / 2]);
    workspace.write("empty.onnx", []);
    workspace.write("net.pt", &whole);
    workspace.write("celu.onnx", replaced(&whole, b"Relu", b"Celu"));
    let weight = first_weights(&whole);
    let broken: Vec<u8> = f32::NAN.to_le_bytes().into_iter().chain(weight[4..].iter().copied()).collect();
    workspace.write("nan.onnx", replaced(&whole, &weight, &broken));

    let cases: [(&str, &[&str]); 6] = [
        ("truncated.onnx", &["truncated.onnx"]),
        ("empty.onnx", &["empty.onnx"]),
        ("missing.onnx", &["cannot read missing.onnx"]),
        ("net.pt", &["net.pt", "unknown ending", ".onnx"]),
        ("celu.onnx", &["celu.onnx", "Celu", "relu1"]),
        ("nan.onnx", &["nan.onnx", "NaN", "dense1"]),
    ];
    for (file, expected) in cases {
        workspace.run(&format!("info {file}")).refuses(expected);
        workspace.run(&format!("eval {file} --data digits")).refuses(expected);
        let attack = format!("attack {file} --data digits --images 0 --epsilon 0.1 --out rows");
        workspace.run(&attack).refuses(expected);
    }
}

#[test]
fn networks_that_do_not_fit_the_data_are_refused() {
    let workspace = Workspace::new();
    let mut builder = NetworkBuilder::<f32>::new([16]);
    let affine = Affine { weight: ndarray::Array2::ones((10, 16)), bias: ndarray::Array1::zeros(10) };
    let output = builder.add("dense", Op::Affine(affine), &[NodeId::INPUT]).expect("shapes fit");
    let mut bytes = Vec::new();
    nn_core::write_onnx(&builder.finish(output), &mut bytes).expect("memory can be written");
    workspace.write("small.onnx", bytes);
    for command in
        ["eval small.onnx --data digits", "attack small.onnx --data digits --images 0 --epsilon 0.1"]
    {
        workspace.run(command).refuses(&["takes 16 inputs", "have 64 values"]);
    }
}

#[test]
fn arguments_outside_their_range_are_refused() {
    let workspace = Workspace::with_network();
    let attack = |rest: &str| format!("attack net.onnx --data digits {rest}");
    let cases: [(String, &[&str]); 14] = [
        (attack("--images 0 --epsilon -0.1"), &["epsilon"]),
        (attack("--images 0 --epsilon=-0.1"), &["radius is finite and at least 0"]),
        (attack("--images 0 --epsilon nan"), &["radius is finite"]),
        (attack("--images 0 --epsilon ten"), &["expected a number"]),
        (attack("--images 400..500 --epsilon 0.1"), &["digits test", "355"]),
        (attack("--images 5..3 --epsilon 0.1"), &["digits test"]),
        (attack("--images 0 --epsilon 0.1 --targets 10"), &["target 10 is not a class"]),
        (attack("--images 0 --epsilon 0.1 --targets some"), &["untargeted"]),
        (attack("--images 0 --epsilon 0.1 --solver nobody"), &["nobody", "highs"]),
        (attack("--images 0 --epsilon 0.1 --time-limit 0"), &["time limit"]),
        (attack("--images 0 --epsilon 0.1 --solver-option no_such_option=1"), &["no_such_option"]),
        ("eval net.onnx --data cifar".into(), &["cifar", "digits, mnist"]),
        ("bounds net.onnx --data digits --image 355 --epsilon 0.1".into(), &["image 355 does not exist"]),
        ("encode net.onnx --data digits --image 14 --target 1 --epsilon 0.1 --format lp".into(), &["label"]),
    ];
    for (command, expected) in cases {
        workspace.run(&command).refuses(expected);
    }
}

#[test]
fn a_missing_data_set_says_how_to_get_it() {
    let workspace = Workspace::with_network();
    let command = "eval net.onnx --data mnist --data-dir nowhere";
    workspace.run(command).refuses(&["mnist", "nowhere", "greymatter data fetch mnist", "--data-dir"]);
}

#[test]
fn places_that_cannot_be_written_are_found_before_the_work() {
    let workspace = Workspace::with_network();
    workspace.write("file", "kept");
    let train = "train --data digits --arch 64-8-10 --epochs 100000 --out file/net.onnx";
    workspace.run(train).refuses(&["cannot write file/net.onnx"]);
    let attack = "attack net.onnx --data digits --images 0..300 --epsilon 0.1 --out file";
    workspace.run(attack).refuses(&["file"]);
    assert_eq!(workspace.read("file"), b"kept");
}

#[test]
fn architectures_that_do_not_fit_are_refused() {
    let workspace = Workspace::new();
    for (arch, expected) in [("64-10-", "64-10-"), ("63-10", "64"), ("64-9", "10 classes"), ("64-0-10", "0")]
    {
        let train = format!("train --data digits --arch {arch} --out net.onnx");
        workspace.run(&train).refuses(&[expected]);
    }
    assert!(!workspace.path("net.onnx").exists());
}

#[test]
fn model_files_that_are_none_are_refused() {
    let workspace = Workspace::new();
    workspace.write("text.mps", "this is no model\n");
    workspace.write("crossed.mps", CROSSED_BOUNDS);
    workspace.run("solve text.mps").refuses(&["text.mps", "line 1"]);
    workspace.run("solve crossed.mps").refuses(&["crossed.mps", "x"]);
    workspace.run("solve missing.mps").refuses(&["cannot read missing.mps"]);
}

#[test]
fn a_folder_of_another_run_is_refused_and_kept() {
    let workspace = Workspace::with_network();
    let attack = "attack net.onnx --data digits --images 0 --epsilon 0 --out rows --jobs 1";
    workspace.run(attack).succeeds();
    let rows = workspace.read("rows/rows.jsonl");
    workspace.run(&format!("{attack} --no-clip")).refuses(&["another run", "--no-clip differs"]);
    workspace.write("rows/rows.jsonl", [rows.as_slice(), b"{\"image\": 1}\n"].concat());
    workspace.run(attack).refuses(&["rows.jsonl, line 10"]);
    assert!(workspace.read("rows/rows.jsonl").starts_with(&rows));
}

const CROSSED_BOUNDS: &str = "\
NAME crossed
ROWS
 N obj
COLUMNS
 x obj 1
BOUNDS
 LO bnd x 2
 UP bnd x 1
ENDATA
";

/// The bytes of the first layer's first four weights, as the file stores them.
fn first_weights(onnx: &[u8]) -> Vec<u8> {
    let network = nn_core::read_onnx(onnx).expect("the program wrote it").cast::<f32>();
    let (_, weights) = network.parameters().into_iter().next().expect("there is a first layer");
    weights.iter().take(4).flat_map(|weight| weight.to_le_bytes()).collect()
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let place = bytes.windows(from.len()).position(|window| window == from).expect("it is there");
    [&bytes[..place], to, &bytes[place + from.len()..]].concat()
}
