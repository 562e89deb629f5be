//! The greymatter that does the work.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use serde_json::Value;

use crate::cargo::{cargo, shell_line, workspace_root};
use crate::flags::{BenchFlags, Feature};
use crate::setup::{Consent, Toolchain, ensure_feature};

/// A built greymatter and the data that it reads.
pub(super) struct Program {
    file: PathBuf,
    data_dir: Option<PathBuf>,
}

impl Program {
    /// The program that a flag names, or this workspace's, built now.
    pub(super) fn find(flags: &BenchFlags, consent: Consent) -> Result<Self> {
        let file = match &flags.program {
            Some(file) => {
                ensure!(file.is_file(), "--program {}: there is no such file", file.display());
                std::path::absolute(file)?
            }
            None => build(&flags.features, &toolchains(&flags.features, consent)?)?,
        };
        let data_dir = flags.data_dir.as_ref().map(std::path::absolute).transpose()?;
        Ok(Program { file, data_dir })
    }

    /// A command of greymatter in the workspace's root.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.file);
        command.current_dir(workspace_root());
        command
    }

    /// Tells a command that reads data where they lie.
    pub(super) fn add_data_dir(&self, command: &mut Command) {
        if let Some(folder) = &self.data_dir {
            command.arg("--data-dir").arg(folder);
        }
    }

    /// The folder of published networks and verdicts.
    pub(super) fn shared_data(&self) -> PathBuf {
        let from_environment = || std::env::var_os("GREYMATTER_DATA").map(PathBuf::from);
        let default = || workspace_root().join("../shared/data");
        self.data_dir.clone().or_else(from_environment).unwrap_or_else(default)
    }

    /// What a command prints on stdout; its stderr is ours.
    pub(super) fn output(&self, command: &mut Command) -> Result<String> {
        let line = shell_line(command);
        let output = command.stderr(Stdio::inherit()).output();
        let output = output.with_context(|| format!("cannot start `{line}`"))?;
        ensure!(output.status.success(), "`{line}` failed ({})", output.status);
        String::from_utf8(output.stdout).with_context(|| format!("`{line}` printed what is no text"))
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }
}

/// What the default solver and those of further features need to be built.
fn toolchains(features: &[String], consent: Consent) -> Result<Vec<Toolchain>> {
    let further = features.iter().filter_map(|name| <Feature as ValueEnum>::from_str(name, false).ok());
    [Feature::Highs].into_iter().chain(further).map(|feature| ensure_feature(feature, consent)).collect()
}

/// Builds greymatter and returns the file that cargo names, wherever the configuration puts builds.
fn build(features: &[String], toolchains: &[Toolchain]) -> Result<PathBuf> {
    let features = features.join(",");
    let mut arguments = vec!["build", "--package", "experiments", "--message-format=json-render-diagnostics"];
    if !features.is_empty() {
        arguments.extend(["--features", &features]);
    }
    let mut command = cargo(arguments, &Toolchain::default());
    toolchains.iter().for_each(|toolchain| {
        command.envs(toolchain.variables());
    });
    let line = shell_line(&command);
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start `{line}`"))?;
    let messages = child.stdout.take().context("cargo has no output")?;
    let mut executable = None;
    for message in BufReader::new(messages).lines() {
        executable = executable_of(&message?).or(executable);
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    executable.with_context(|| format!("`{line}` built no program greymatter"))
}

/// The program's file, where a message of cargo's is about it.
fn executable_of(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    let is_ours = message["target"]["name"] == "greymatter" && message["target"]["kind"][0] == "bin";
    message["executable"].as_str().filter(|_| is_ours).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_found_in_cargo_s_messages() {
        let check = |message: &str, expected: Option<&str>| {
            assert_eq!(executable_of(message), expected.map(PathBuf::from), "{message}");
        };
        let artifact = r#"{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"greymatter"},
            "executable":"/target/debug/greymatter"}"#;
        check(artifact, Some("/target/debug/greymatter"));
        check(&artifact.replace("\"greymatter\"", "\"xtask\""), None);
        check(&artifact.replace("\"bin\"", "\"lib\""), None);
        check(r#"{"reason":"build-finished","success":true}"#, None);
        check("not JSON", None);
    }
}
