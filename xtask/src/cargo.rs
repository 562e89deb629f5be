//! Calling cargo, and other programs, from the root of the workspace.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::setup::Toolchain;

/// The folder of the workspace's `Cargo.toml`.
pub(crate) fn workspace_root() -> PathBuf {
    // Cargo sets the variable for `cargo xtask`; the compiled-in path serves a program that was started by hand.
    let manifest = env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").to_owned());
    Path::new(&manifest).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// A cargo command in the workspace's root, with the variables by which the build finds its tools.
pub(crate) fn cargo<Argument: AsRef<OsStr>>(
    arguments: impl IntoIterator<Item = Argument>,
    toolchain: &Toolchain,
) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace_root()).args(arguments).envs(toolchain.variables());
    command
}

/// Runs a command, whose output goes where ours goes.
///
/// # Errors
/// When it cannot be started or does not end well.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = shell_line(command);
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// The command as one would type it.
pub(crate) fn shell_line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words: Vec<_> = std::iter::once(program).chain(command.get_args()).map(quoted).collect();
    words.join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) { word.into_owned() } else { format!("'{word}'") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_workspace_manifest() {
        let manifest =
            std::fs::read_to_string(workspace_root().join("Cargo.toml")).expect("a manifest at the root");
        assert!(manifest.contains("[workspace]"));
    }

    #[test]
    fn a_shell_line_names_the_program_and_quotes_what_a_shell_would_split() {
        let mut command = Command::new("/somewhere/bin/cargo");
        command.args(["test", "two words", "--out=a/b", ""]);
        assert_eq!(shell_line(&command), "cargo test 'two words' --out=a/b ''");
    }

    #[test]
    fn a_failing_program_is_an_error_that_names_it() {
        let error =
            run(Command::new("git").args(["check-ref-format", "a..b"])).expect_err("no name of a branch");
        assert!(error.to_string().contains("git check-ref-format a..b"), "{error}");
        let error = run(&mut Command::new("no-such-program")).expect_err("the program does not exist");
        assert!(error.to_string().contains("cannot start `no-such-program`"), "{error}");
    }
}
