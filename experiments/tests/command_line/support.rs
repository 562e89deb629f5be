use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use experiments::data::{self, DataFolders, Dataset, DatasetName, Split};
use serde_json::Value;
use tempfile::TempDir;

/// The keys that every attack row has.
pub(crate) const CONTRACT: [&str; 15] = [
    "image",
    "label",
    "predicted",
    "target",
    "epsilon",
    "norm",
    "method",
    "solver",
    "verdict",
    "objective",
    "dual_bound",
    "distortion",
    "binaries",
    "nodes",
    "seconds",
];

/// A folder of its own with a small trained network in it.
pub(crate) struct Workspace {
    folder: TempDir,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A workspace with `net.onnx`: 64-8-6-10, trained on the digits.
    pub(crate) fn with_network() -> Self {
        let workspace = Self::new();
        let arguments = "train --data digits --arch 64-8-6-10 --epochs 12 --seed 3 --out net.onnx";
        workspace.run(arguments).succeeds();
        workspace
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::create_dir_all(self.path(name).parent().expect("it has a folder"))
            .expect("folders can be made");
        std::fs::write(self.path(name), bytes).expect("the folder can be written");
    }

    /// The digits on which the program evaluates.
    pub(crate) fn digits(&self) -> Dataset {
        data::load(DatasetName::Digits, Split::Test, &DataFolders::none())
            .expect("they are part of the program")
    }

    /// Whether a solver works in this build; says in one line where it does not.
    #[expect(clippy::print_stdout, reason = "says what was skipped")]
    pub(crate) fn has_solver(&self, name: &str) -> bool {
        let solvers = self.run("solvers --json").succeeds().json_lines();
        let works = solvers.iter().any(|solver| solver["name"] == name && !solver["version"].is_null());
        if !works {
            println!("skipped: {name} is not there");
        }
        works
    }

    /// Runs the program in the folder; arguments are separated by spaces.
    pub(crate) fn run(&self, arguments: &str) -> Finished {
        let output = self.command(arguments).output().expect("the program starts");
        Finished { arguments: arguments.to_owned(), output }
    }

    /// Sends the program an interrupt as soon as a file has so many lines; the rows that are in it at the end.
    #[cfg(unix)]
    pub(crate) fn interrupted(&self, arguments: &str, file: &str, lines: usize) -> Vec<Value> {
        let mut command = self.command(arguments);
        let mut running = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        let rows = || std::fs::read_to_string(self.path(file)).unwrap_or_default();
        let patience = Instant::now() + Duration::from_secs(120);
        while rows().lines().count() < lines {
            assert!(Instant::now() < patience, "no rows came");
            std::thread::sleep(Duration::from_millis(20));
        }
        let killed = Command::new("kill").args(["-INT", &running.id().to_string()]).status();
        assert!(killed.expect("kill starts").success());
        assert_eq!(running.wait().expect("it ends").code(), Some(130));
        assert!(rows().ends_with('\n'), "no line is torn");
        json_lines(&rows())
    }

    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(program());
        command.args(arguments.split_whitespace()).current_dir(self.folder.path());
        command
    }
}

pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_greymatter"))
}

/// A run that has ended.
pub(crate) struct Finished {
    arguments: String,
    output: Output,
}

impl Finished {
    pub(crate) fn succeeds(self) -> Self {
        assert_eq!(self.output.status.code(), Some(0), "{}: {}", self.arguments, self.stderr());
        self
    }

    /// Wrong usage or input: status 2 and a message that holds all of these.
    pub(crate) fn refuses(self, expected: &[&str]) {
        let message = self.stderr();
        assert_eq!(self.output.status.code(), Some(2), "{}: {message}", self.arguments);
        for part in expected {
            assert!(message.contains(part), "{}: `{part}` is not in: {message}", self.arguments);
        }
        assert!(!message.contains("panicked"), "{}: {message}", self.arguments);
    }

    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).expect("output is UTF-8")
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    pub(crate) fn json_lines(&self) -> Vec<Value> {
        json_lines(&self.stdout())
    }
}

pub(crate) fn json_lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}")))
        .collect()
}

pub(crate) fn number(row: &Value, key: &str) -> f64 {
    row[key].as_f64().unwrap_or_else(|| panic!("{key} is a number in {row}"))
}

/// Rows without what differs from run to run.
pub(crate) fn without_times(rows: Vec<Value>) -> Vec<Value> {
    let strip = |mut row: Value| {
        row.as_object_mut().expect("a row is an object").retain(|key, _| !key.ends_with("seconds"));
        row
    };
    rows.into_iter().map(strip).collect()
}
