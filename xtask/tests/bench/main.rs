//! `cargo xtask bench` around a greymatter that only pretends: what is kept, what is done again, what is refused.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

/// The folder of a run.
struct Run(TempDir);

impl Run {
    fn new() -> Self {
        Run(tempfile::tempdir().expect("a temporary folder"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the folder can be written");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/greymatter.sh");
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args(["bench", "--set", "digits", "--program"]).arg(program);
        command.arg("--out").arg(self.0.path()).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the bench to its end.
    fn bench(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("xtask starts")
    }

    /// Starts the bench and returns when its third solve hangs.
    fn bench_until_it_hangs(&self, arguments: &[&str]) -> Child {
        self.write("hold", "");
        let child = self.command(arguments).spawn().expect("xtask starts");
        while self.read("solves.log").lines().count() < 3 {
            thread::sleep(Duration::from_millis(10));
        }
        child
    }

    fn rows(&self) -> Vec<Value> {
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        self.read("raw.jsonl").lines().map(parse).collect()
    }

    /// Which solves there are rows of.
    fn keys(&self) -> BTreeSet<String> {
        let keys = ["problem", "encoding", "label", "repeat"];
        self.rows().iter().map(|row| keys.map(|key| row[key].to_string()).join(" ")).collect()
    }
}

#[track_caller]
fn succeeds(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
}

#[track_caller]
fn refuses(output: &Output, parts: &[&str]) {
    let message = stderr(output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    parts.iter().for_each(|part| assert!(message.contains(part), "`{part}` is not in: {message}"));
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const TWO_WAYS: [&str; 4] = ["--solvers", "highs", "--variant", "plain: --preset solver"];

#[test]
fn a_run_has_a_row_for_each_model_and_way() {
    let run = Run::new();
    succeeds(&run.bench(&TWO_WAYS));
    let rows = run.rows();
    assert_eq!((rows.len(), run.keys().len()), (6, 6));
    assert_eq!(rows[0]["problem"], "digits/i0-t1");
    assert_eq!(rows[0]["group"], "digits/i0");
    assert_eq!(rows[0]["arguments"], "--solver highs --threads 1 --time-limit 300");
    // What the solve said is kept digit by digit.
    assert!(run.read("raw.jsonl").contains("\"objective\":0.1000000000000000055,"));
    // The ways take turns in being first.
    let labels: Vec<_> = rows.iter().map(|row| row["label"].as_str().unwrap_or_default()).collect();
    assert_eq!(labels, ["highs", "plain", "plain", "highs", "highs", "plain"]);
    assert!(run.read("environment.jsonl").contains("greymatter 9.9.9"));
    assert!(!run.read("report").is_empty());
}

#[test]
fn an_attack_stands_beside_a_solver_in_the_same_run() {
    let run = Run::new();
    succeeds(&run.bench(&[
        "--solvers",
        "highs",
        "--variant",
        "bab: attack --method bab",
        "--time-limit",
        "20",
    ]));
    let rows = run.rows();
    assert_eq!((rows.len(), run.keys().len()), (6, 6));
    let attacks: Vec<_> = rows.iter().filter(|row| row["label"] == "bab").collect();
    for row in &attacks {
        assert_eq!(row["arguments"], "attack --method bab --jobs 1 --time-limit 20");
        assert_eq!((&row["verdict"], &row["wall_seconds"]), (&"Optimal".into(), &0.5.into()));
        assert!(row["fault"].is_null(), "{row}");
    }
    assert!(run.read("raw.jsonl").contains("\"objective\":0.1000000000000000055,\"seconds\""));
    let first = "attack NETWORK --data digits --images 0 --targets 1 --epsilon 0.1 --method bab --jobs 1";
    let asked = run.read("attacks.log");
    assert!(asked.starts_with(&format!("{first} --time-limit 20 --json\n")), "{asked}");
    assert_eq!(asked.lines().count(), 3);
}

#[test]
fn attacks_that_do_not_answer_or_are_on_another_network_are_faults() {
    let run = Run::new();
    succeeds(&run.bench(&["--variant", "silent: attack --silent"]));
    assert!(run.rows().iter().all(|row| row["verdict"] == "Crashed" && row["fault"].is_string()));
    let other = Run::new();
    other.write("other", "");
    succeeds(&other.bench(&["--variant", "bab: attack --method bab"]));
    let is_named = |row: &Value| row["fault"].as_str().is_some_and(|fault| fault.contains("another network"));
    assert!(other.rows().iter().all(is_named), "{:?}", other.rows());
}

#[test]
fn only_what_is_missing_is_done() {
    let run = Run::new();
    succeeds(&run.bench(&["--solvers", "highs"]));
    succeeds(&run.bench(&["--solvers", "highs"]));
    assert_eq!(run.read("solves.log").lines().count(), 3);
    succeeds(&run.bench(&TWO_WAYS));
    assert_eq!(run.read("solves.log").lines().count(), 6);
    succeeds(&run.bench(&["--solvers", "highs", "--repeat", "3"]));
    assert_eq!((run.read("solves.log").lines().count(), run.keys().len()), (12, 12));
    succeeds(&run.bench(&["--solvers", "highs", "--encodings", "big-m,big-m-paper"]));
    assert_eq!((run.read("solves.log").lines().count(), run.keys().len()), (15, 15));
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    let run = Run::new();
    let mut child = run.bench_until_it_hangs(&TWO_WAYS);
    child.kill().expect("it runs");
    child.wait().expect("it was killed");
    let kept = run.read("raw.jsonl");
    assert_eq!(kept.lines().count(), 2);
    // As if the kill had come in the middle of a line.
    run.write("raw.jsonl", &format!("{kept}{{\"problem\":\"digits/i0-t2\",\"enc"));
    fs::remove_file(run.path("hold")).expect("it is there");
    succeeds(&run.bench(&TWO_WAYS));
    assert!(run.read("raw.jsonl").starts_with(&kept));
    assert_eq!((run.rows().len(), run.keys().len()), (6, 6));
    assert_eq!(run.read("solves.log").lines().count(), 3 + 4);
}

#[test]
fn an_interrupted_run_keeps_what_it_has_and_ends_its_solve() {
    let run = Run::new();
    let child = run.bench_until_it_hangs(&TWO_WAYS);
    let id = i32::try_from(child.id()).expect("an identifier is small");
    kill(Pid::from_raw(id), Signal::SIGINT).expect("it runs");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    assert_eq!(run.rows().len(), 2);
    assert!(run.read("report").is_empty(), "there is nothing to report yet");
    fs::remove_file(run.path("hold")).expect("it is there");
    succeeds(&run.bench(&TWO_WAYS));
    assert_eq!((run.rows().len(), run.keys().len()), (6, 6));
}

#[test]
fn a_solve_that_overruns_is_killed_and_has_a_row() {
    let run = Run::new();
    run.write("hold", "");
    run.write("solves.log", "two\nearlier\n");
    succeeds(&run.bench(&["--time-limit", "0.1", "--grace", "0.1"]));
    let rows = run.rows();
    assert_eq!(rows.len(), 3);
    for row in rows {
        assert_eq!((row["verdict"].as_str(), row["exit_status"].as_i64()), (Some("Killed"), None));
        assert_eq!(row["time_limit"], 0.1);
    }
}

#[test]
fn a_solve_that_fails_has_a_row_with_its_last_words() {
    let run = Run::new();
    let output = run.bench(&["--variant", "bad: --broken"]);
    succeeds(&output);
    assert!(
        stderr(&output).contains("FAULT in digits/i0-t1 by bad: error: no such flag"),
        "{}",
        stderr(&output)
    );
    assert!(run.rows().iter().all(|row| row["verdict"] == "Crashed" && row["exit_status"] == 2));
}

#[test]
fn a_report_that_finds_a_wrong_answer_fails_the_run() {
    let run = Run::new();
    run.write("wrong", "");
    refuses(&run.bench(&["--baseline", "highs"]), &["bench-report"]);
    assert!(run.read("report").ends_with("--baseline highs\n"), "{}", run.read("report"));
}

#[test]
fn a_folder_that_does_not_fit_is_refused() {
    let run = Run::new();
    succeeds(&run.bench(&[]));
    refuses(&run.bench(&["--time-limit", "60"]), &["`highs`", "--time-limit 60", "choose another"]);
    refuses(&run.bench(&["--variant", "highs: --preset solver"]), &["`highs`", "--preset solver"]);
    refuses(&run.bench(&["--solvers", "highs,highs"]), &["two ways", "`highs`"]);
    let manifest = run.read("instances.json");
    run.write("instances.json", &manifest.replace("\"set\": \"digits\"", "\"set\": \"seed\""));
    refuses(&run.bench(&[]), &["a run of the set seed"]);
    run.write("instances.json", "{\"set\":");
    refuses(&run.bench(&[]), &["instances.json"]);
    run.write("instances.json", &manifest);

    let rows = run.read("raw.jsonl");
    run.write("raw.jsonl", &rows.replacen('{', "garbage", 1));
    refuses(&run.bench(&[]), &["raw.jsonl, line 1"]);
    run.write("raw.jsonl", &rows);
    run.write("instances/digits/big-m/i0-t2.mps", "another model\n");
    refuses(&run.bench(&[]), &["i0-t2.mps", "has changed"]);
    fs::remove_file(run.path("instances/digits/big-m/i0-t2.mps")).expect("it is there");
    refuses(&run.bench(&[]), &["cannot read", "i0-t2.mps"]);
    assert_eq!(run.read("raw.jsonl"), rows);
}

#[test]
fn flags_out_of_range_are_refused() {
    let run = Run::new();
    for (flags, part) in [
        (["--repeat", "0"], "--repeat"),
        (["--jobs", "0"], "--jobs"),
        (["--count", "0"], "--count"),
        (["--time-limit", "0"], "--time-limit"),
        (["--grace", "nan"], "--grace"),
    ] {
        refuses(&run.bench(&flags), &[part]);
    }
    assert!(run.rows().is_empty());
}
