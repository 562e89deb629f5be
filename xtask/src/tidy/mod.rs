//! `cargo xtask tidy`: house rules that neither rustfmt nor clippy hold.
//!
//! A rule is a function from a file to its [`Finding`]s; [`rules`] has those for every file, [`rooms`] those that keep
//! files, clocks and terminals out of the core crates.

mod rooms;
mod rules;

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cargo::workspace_root;

/// A text file of the repository.
#[derive(Clone, Copy, Debug)]
struct TextFile<'a> {
    /// Relative to the repository's root, with `/` between the parts.
    path: &'a str,
    text: &'a str,
}

impl TextFile<'_> {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// The lines with their numbers, which start at 1.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.text.lines())
    }
}

/// A place where a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    /// Starts at 1.
    line: usize,
    message: String,
}

impl Finding {
    fn new(line: usize, message: impl Into<String>) -> Self {
        Finding { line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.line, self.message)
    }
}

type Rule = fn(&TextFile) -> Vec<Finding>;

const RULES: [Rule; 9] = [
    rules::length,
    rules::white_space,
    rules::final_newline,
    rules::tabs,
    rules::unfinished,
    rules::open_questions,
    rules::machine_paths,
    rules::confusable_characters,
    rooms::purity,
];

/// `cargo xtask tidy`.
///
/// # Errors
/// When git cannot list the files or a rule is broken.
pub(crate) fn run() -> Result<()> {
    let root = workspace_root();
    let files = listed_files(&root)?;
    let mut count = 0;
    for path in &files {
        // Listed but deleted files are none of our business.
        let Ok(bytes) = fs::read(root.join(path)) else { continue };
        for finding in check(path, &bytes) {
            eprintln!("{path}:{finding}");
            count += 1;
        }
    }
    if count > 0 {
        bail!("{count} breaches of the house rules (CONTRIBUTING.md, \"House rules\")");
    }
    println!("tidy: {} files keep the house rules", files.len());
    Ok(())
}

/// The files that git tracks, or would track after `git add --all`.
fn listed_files(root: &Path) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    // A checkout that belongs to somebody else, as in containers, is fine for reading names.
    git.current_dir(root).args(["-c", "safe.directory=*", "ls-files", "-z"]);
    git.args(["--cached", "--others", "--exclude-standard"]);
    let output = git.output().context("cannot start git, which lists the files to check")?;
    if !output.status.success() {
        bail!("git cannot list the files to check: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let names = String::from_utf8(output.stdout).context("a file has a name that is not UTF-8")?;
    let mut names: Vec<_> = names.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

fn check(path: &str, bytes: &[u8]) -> Vec<Finding> {
    let mut findings = rules::size(bytes);
    if let Some(text) = as_text(bytes) {
        let file = TextFile { path, text };
        findings.extend(RULES.iter().flat_map(|rule| rule(&file)));
    }
    findings.sort_by_key(|finding| finding.line);
    findings
}

/// The content of a text file; pictures, networks and archives are none.
fn as_text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_applied_and_findings_come_in_the_order_of_lines() {
        let text = "fn main() {\n\tlet x = 1; \n}";
        let findings: Vec<_> =
            check("a/src/lib.rs", text.as_bytes()).iter().map(ToString::to_string).collect();
        assert_eq!(
            findings,
            [
                "2: white space at the end of the line",
                "2: a tab in Rust code",
                "3: no newline at the end of the file"
            ]
        );
    }

    #[test]
    fn binary_files_have_no_lines_to_check() {
        assert_eq!(check("a.bin", b"\t \0 \n"), []);
        assert_eq!(check("a.png", &[0xff, 0xfe, b' ']), []);
        assert_eq!(check("empty", b""), []);
    }

    #[test]
    fn git_lists_this_file() {
        let files = listed_files(&workspace_root()).expect("the tests run in a checkout");
        assert!(files.iter().any(|file| file == "xtask/src/tidy/mod.rs"), "{files:?}");
        assert!(!files.iter().any(|file| file.starts_with("target/")));
    }
}
