use std::process::{Child, Stdio};

use nn_core::Network;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::support::Workspace;

/// A network from a file in the workspace.
fn network(workspace: &Workspace, file: &str) -> Network<f32> {
    nn_core::read_onnx(&workspace.read(file)).expect("the program wrote it").cast()
}

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
    assert_eq!(rows[20]["ending"], "completed");
    let evaluation = workspace.run("eval net.onnx --data digits --json").succeeds().json_lines().remove(0);
    assert_eq!(evaluation["accuracy"].as_f64(), Some(reported));
    assert_eq!(evaluation["classes"].as_array().unwrap().len(), 10);
}

/// Flags of a training in which everything has a part.
const EVERYTHING: &str = "train --data digits --arch conv4k3s2-12-10 --epochs 5 --batch-size 10 --adversarial pgd --attack-steps 2 \
     --epsilon 0.05 --ramp 1..3 --relu-stability 1e-3 --l1 1e-5 --optimizer sgd --schedule one-cycle --warm-up 0.5 \
     --validation 10% --patience 4 --seed 6 --json";

#[test]
fn a_training_that_is_killed_at_random_moments_ends_with_the_same_file() {
    let workspace = Workspace::new();
    workspace.run(&format!("{EVERYTHING} --out whole.onnx")).succeeds();
    let resumed = format!("{EVERYTHING} --checkpoint run.ckpt --checkpoint-every 1 --out killed.onnx");
    let rng = &mut ChaCha8Rng::seed_from_u64(9);
    let mut kills = 0;
    loop {
        let mut command = workspace.command(&resumed);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        if ends_before_checkpoints(&mut child, &workspace, rng.random_range(1..20)) {
            break;
        }
        child.kill().expect("it runs");
        child.wait().expect("it was killed");
        kills += 1;
    }
    assert!(kills > 2, "the training was killed {kills} times");
    assert_eq!(workspace.read("killed.onnx"), workspace.read("whole.onnx"));
    // Once more, from the end.
    workspace.run(&resumed).succeeds();
    assert_eq!(workspace.read("killed.onnx"), workspace.read("whole.onnx"));
}

/// Whether a training comes to its end before so many checkpoints have been seen.
fn ends_before_checkpoints(child: &mut Child, workspace: &Workspace, count: usize) -> bool {
    let (mut last, mut seen) = (Vec::new(), 0);
    while seen < count {
        if let Some(status) = child.try_wait().expect("a child of this process") {
            assert!(status.success());
            return true;
        }
        let now = std::fs::read(workspace.path("run.ckpt")).unwrap_or_default();
        if now != last {
            (last, seen) = (now, seen + 1);
        }
        std::thread::yield_now();
    }
    false
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_the_network_and_a_checkpoint_to_go_on_from() {
    use std::io::{BufRead, BufReader};

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    let workspace = Workspace::new();
    let train = "train --data digits --arch 64-16-10 --epochs 300 --json --checkpoint run.ckpt";
    workspace.run("train --data digits --arch 64-16-10 --epochs 300 --json --out whole.onnx").succeeds();
    let mut command = workspace.command(&format!("{train} --out net.onnx"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    lines.next().expect("an epoch ends").expect("readable");
    kill(Pid::from_raw(i32::try_from(child.id()).expect("a process")), Signal::SIGINT).expect("it runs");
    let last = lines.last().expect("a row for the end").expect("readable");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert!(last.contains("\"interrupted\":true"), "{last}");
    assert_ne!(workspace.read("net.onnx"), workspace.read("whole.onnx"));

    let rows = workspace.run(&format!("{train} --out net.onnx")).succeeds().json_lines();
    assert!(rows.len() < 301, "what was done is not done again");
    assert_eq!(workspace.read("net.onnx"), workspace.read("whole.onnx"));
}

#[test]
fn checkpoints_that_do_not_belong_are_refused_and_kept() {
    let workspace = Workspace::new();
    let train = |rest: &str| {
        format!("train --data digits --arch 64-8-10 --checkpoint run.ckpt --out net.onnx {rest}")
    };
    workspace.run(&train("--epochs 2")).succeeds();
    let whole = workspace.read("run.ckpt");
    let other = ["run.ckpt belongs to another training", "--epochs is 2 there and 3 here"];
    workspace.run(&train("--epochs 3")).refuses(&other);
    workspace.run(&train("--epochs 2 --l1 1e-4")).refuses(&["--l1 is none there and 0.0001 here"]);
    assert_eq!(workspace.read("run.ckpt"), whole);

    let mut damaged = whole.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let newer = [b"greymatter checkpoint 2".as_slice(), &whole[23..]].concat();
    for (bytes, expected) in [
        (damaged, "run.ckpt: a damaged checkpoint; delete it"),
        (whole[..middle].to_vec(), "run.ckpt: a damaged checkpoint; delete it"),
        (whole[..30].to_vec(), "run.ckpt: a damaged checkpoint; delete it"),
        (newer, "run.ckpt: a checkpoint of format 2, which this version"),
        (b"something else".to_vec(), "run.ckpt: not a checkpoint of a training"),
        (Vec::new(), "run.ckpt: not a checkpoint of a training"),
    ] {
        workspace.write("run.ckpt", &bytes);
        workspace.run(&train("--epochs 2")).refuses(&[expected]);
        assert_eq!(workspace.read("run.ckpt"), bytes);
    }
}

#[test]
fn every_kind_of_training_tells_what_it_reached() {
    let workspace = Workspace::new();
    for (flags, text) in [
        ("--adversarial fgsm --epsilon 0.05", "% right under the single steps that it was trained on"),
        (
            "--adversarial pgd --epsilon 0.05 --attack-steps 3",
            "% right under the attack that it was trained on",
        ),
        ("--adversarial trades --epsilon 0.05 --beta 2", "% right under the attack that it was trained on"),
        ("--adversarial pgd --epsilon 0.5 --norm l1 --step-size 0.2", "% right under the attack"),
        ("--certified ibp --epsilon 0.05 --ramp 1..2 --clean-share 0.3", "% certified by interval bounds"),
        ("--relu-stability 1e-3 --epsilon 0.05 --l1 1e-4", "test images right"),
        ("--validation 100 --patience 1", "has the least validation loss"),
    ] {
        let train = format!("train --data digits --arch 64-16-10 --epochs 3 --out net.onnx {flags}");
        let output = workspace.run(&train).succeeds().stdout();
        assert!(output.contains(text), "{flags}: {output}");
    }
}

#[test]
fn robust_training_withstands_the_attack_that_clean_training_does_not() {
    let workspace = Workspace::new();
    let objective_accuracy = |flags: &str| {
        let train =
            "train --data digits --arch 64-32-10 --learning-rate 0.003 --seed 2 --json --out net.onnx";
        let rows = workspace.run(&format!("{train} {flags}")).succeeds().json_lines();
        let last = rows.last().expect("a row for the end");
        [&last["test_objective_accuracy"], &last["test_accuracy"]].map(|share| share.as_f64().unwrap())
    };
    // A training of no epoch judges the clean network by the robust one's attack.
    let attack = "--adversarial pgd --epsilon 0.15 --attack-steps 10";
    let [_, clean_accuracy] = objective_accuracy("--epochs 15");
    std::fs::rename(workspace.path("net.onnx"), workspace.path("clean.onnx")).expect("it was written");
    let judge = format!("train --data digits --init clean.onnx --epochs 0 --json --out judged.onnx {attack}");
    let judged = workspace.run(&judge).succeeds().json_lines().remove(0);
    let clean = judged["test_objective_accuracy"].as_f64().unwrap();
    assert_eq!(judged["test_accuracy"].as_f64(), Some(clean_accuracy));
    let [robust, accuracy] = objective_accuracy(&format!("--epochs 15 {attack}"));
    assert!(robust > clean + 0.2, "{robust} with adversarial training, {clean} without");
    assert!(accuracy > 0.85, "{accuracy}");
}

#[test]
fn masked_weights_are_zero_in_the_file() {
    let workspace = Workspace::with_network();
    let before = network(&workspace, "net.onnx");
    let kept = before.parameters()[0].1.mapv(|weight| weight.abs() > 0.1);
    let mut archive = ndarray_npy::NpzWriter::new(std::io::Cursor::new(Vec::new()));
    archive.add_array("dense1.weight", &kept).expect("a vector takes all bytes");
    workspace.write("kept.npz", archive.finish().expect("a vector takes all bytes").into_inner());
    let train =
        "train --data digits --init net.onnx --mask kept.npz --epochs 3 --optimizer sgd --weight-decay 1e-4";
    workspace.run(&format!("{train} --out pruned.onnx")).succeeds();
    let after = network(&workspace, "pruned.onnx");
    let weights = &after.parameters()[0].1;
    assert!(weights.iter().zip(&kept).all(|(weight, kept)| (*weight != 0.0) == *kept));
    assert_ne!(after.parameters()[2].1, before.parameters()[2].1, "the second layer was trained");
    workspace.write("kept.npz", b"PK");
    workspace.run(&format!("{train} --out pruned.onnx")).refuses(&["kept.npz", "not an .npz archive"]);
}

#[test]
fn flags_that_do_not_belong_together_are_refused() {
    let workspace = Workspace::new();
    for (flags, expected) in [
        ("--epsilon 0.1", "--epsilon belongs to --adversarial, --certified or --relu-stability"),
        ("--adversarial pgd", "--adversarial needs --epsilon, the radius"),
        ("--certified ibp", "--certified needs --epsilon"),
        ("--adversarial pgd --certified ibp --epsilon 0.1", "cannot be used with"),
        ("--adversarial fgsm --epsilon 0.1 --attack-steps 3", "fgsm takes one step"),
        ("--adversarial pgd --epsilon 0.1 --attack-steps 0", "--attack-steps is 0"),
        ("--adversarial pgd --epsilon 0.1 --step-size 0", "--step-size is 0"),
        ("--adversarial pgd --epsilon 0.1 --beta 3", "--beta belongs to --adversarial trades"),
        ("--adversarial trades --epsilon 0.1 --beta=-3", "beta is -3, but must be at least 0"),
        ("--certified ibp --epsilon 0.1 --norm l1", "know the norm linf only"),
        ("--norm l1", "--norm belongs to --adversarial"),
        ("--relu-stability 1", "--epsilon"),
        ("--ramp 3", "--epsilon"),
        ("--adversarial pgd --epsilon 0.1 --ramp 3..1", "the ramp ends before it begins"),
        ("--patience 3", "--validation"),
        ("--validation 5000", "none would be left to train on"),
        ("--validation most", "write a count, such as 5000, or a share"),
        ("--checkpoint-every 5", "--checkpoint"),
        ("--checkpoint run.ckpt --checkpoint-every often", "expected steps, such as 500"),
        ("--checkpoint nowhere/run.ckpt", "cannot write nowhere/run.ckpt"),
        ("--schedule linear", "expected constant, cosine"),
        ("--schedule step:0:0.1", "the schedule's step is 0"),
        ("--optimizer adam --momentum 0.9", "--momentum belongs to sgd and rmsprop"),
        ("--mask missing.npz", "cannot read missing.npz"),
        ("--init net.onnx", "cannot be used with"),
        ("--l1=-1", "the weight of the l1 penalty is -1"),
    ] {
        let train = format!("train --data digits --arch 64-8-10 --epochs 1 --out net.onnx {flags}");
        workspace.run(&train).refuses(&[expected]);
    }
    workspace.run("train --data digits --epochs 1 --out net.onnx").refuses(&["--arch"]);
    workspace.run("train --data digits --init gone.onnx --out net.onnx").refuses(&["cannot read gone.onnx"]);
}
