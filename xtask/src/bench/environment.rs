//! What a run was measured on: a line in `environment.jsonl` for each start.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::program::Program;
use crate::cargo::workspace_root;
use crate::flags::BenchFlags;

#[derive(Debug, Serialize)]
struct Environment {
    /// Seconds since 1970.
    started: u64,
    processor: Option<String>,
    cores: Option<usize>,
    memory_bytes: Option<u64>,
    system: Option<String>,
    /// What `greymatter --version` says.
    greymatter: String,
    /// SHA-256 of the program's file.
    program_sha256: String,
    /// The workspace's commit; `-dirty` where files differed from it.
    commit: Option<String>,
    jobs: usize,
    time_limit: f64,
}

/// Adds the line of this start.
pub(super) fn append(flags: &BenchFlags, program: &Program, folder: &Path) -> Result<()> {
    let version = program.output(program.command().arg("--version"))?;
    let bytes =
        fs::read(program.file()).with_context(|| format!("cannot read {}", program.file().display()))?;
    let environment = Environment {
        started: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        processor: fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| field(&text, "model name")),
        cores: thread::available_parallelism().ok().map(usize::from),
        memory_bytes: fs::read_to_string("/proc/meminfo").ok().and_then(|text| memory(&text)),
        system: fs::read_to_string("/etc/os-release").ok().and_then(|text| system(&text)),
        greymatter: version.trim().to_owned(),
        program_sha256: Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
        commit: commit(),
        jobs: flags.jobs,
        time_limit: flags.time_limit,
    };
    let path = folder.join("environment.jsonl");
    let line = serde_json::to_string(&environment)? + "\n";
    let written = OpenOptions::new().append(true).create(true).open(&path);
    let written = written.and_then(|mut file| file.write_all(line.as_bytes()));
    written.with_context(|| format!("cannot write {}", path.display()))
}

fn commit() -> Option<String> {
    let mut git = Command::new("git");
    git.current_dir(workspace_root()).args(["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]);
    let output = git.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}

/// The first `name : value` of a text.
fn field(text: &str, name: &str) -> Option<String> {
    let value = |line: &str| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    };
    text.lines().find_map(value)
}

fn memory(text: &str) -> Option<u64> {
    let kilobytes: u64 = field(text, "MemTotal")?.strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

fn system(text: &str) -> Option<String> {
    let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
    Some(name.trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_tells_is_understood() {
        let processors =
            "processor\t: 0\nmodel name\t: AMD EPYC 7763\nprocessor\t: 1\nmodel name\t: AMD EPYC 7763\n";
        assert_eq!(field(processors, "model name").as_deref(), Some("AMD EPYC 7763"));
        assert_eq!(memory("MemTotal:       24653412 kB\nMemFree: 1 kB\n"), Some(24_653_412 * 1024));
        let debian = "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n";
        assert_eq!(system(debian).as_deref(), Some("Debian GNU/Linux 12 (bookworm)"));
        assert_eq!((field("", "model name"), memory("MemTotal: many"), system("")), (None, None, None));
    }
}
