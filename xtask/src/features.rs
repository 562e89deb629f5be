//! The build with each solver alone and with none: what a solver needs stays behind its feature.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::cargo::{cargo, run as run_command, workspace_root};
use crate::setup::Toolchain;

/// How the build without any feature is chosen. With experiments beside it, solver-api shares the builds of its
/// dependencies, HiGHS above all, with the whole workspace; alone, it would get other features of them.
const NONE: [&str; 5] = ["-p", "solver-api", "-p", "experiments", "--no-default-features"];

/// Crates that build or find what is not written in Rust.
const NATIVE_TOOLS: [&str; 6] = ["bindgen", "cc", "clang-sys", "cmake", "pkg-config", "vcpkg"];

/// Bindings to system calls, which need no library.
const SYSTEM_CALLS: [&str; 2] = ["linux-raw-sys", "windows-sys"];

/// Who may use [`NATIVE_TOOLS`] in the build without features, and why that needs Rust alone.
const RUST_ALONE_SUFFICES: [(&str, &str); 2] = [
    // A few lines of assembly, which the program that links every Rust program also assembles.
    ("psm", "cc"),
    // For Windows only.
    ("stacker", "cc"),
];

/// Checks that nothing but Rust is needed without features, and that the build and the tests compile without a warning
/// with none and with each solver's alone. With all of them, clippy, the documentation and the tests are run.
///
/// # Errors
/// When one of these does not hold.
pub(crate) fn run(toolchain: &Toolchain) -> Result<()> {
    needs_rust_alone(&tree_without_features(toolchain)?)?;
    println!("ci: without features, Rust alone suffices");
    let manifest = workspace_root().join("experiments/Cargo.toml");
    let manifest =
        fs::read_to_string(&manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    clippy(&[], toolchain)?;
    solver_features(&manifest).iter().try_for_each(|solver| clippy(&["--features", solver], toolchain))
}

fn tree_without_features(toolchain: &Toolchain) -> Result<String> {
    let words = [&["tree"][..], &NONE, &["--edges", "normal,build", "--prefix", "depth"]].concat();
    let output = cargo(words, toolchain).output().context("cannot start `cargo tree`")?;
    ensure!(output.status.success(), "`cargo tree` failed: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The features of a manifest that compile a solver in: those that turn on the one of the same name in solver-api.
fn solver_features(manifest: &str) -> Vec<&str> {
    let pairs = manifest.lines().filter_map(|line| line.split_once(" = "));
    pairs.filter(|(name, value)| *value == format!("[\"solver-api/{name}\"]")).map(|(name, _)| name).collect()
}

fn clippy(features: &[&str], toolchain: &Toolchain) -> Result<()> {
    let chosen = [&NONE, features].concat();
    println!("ci: clippy {}", chosen.join(" "));
    let words = [&["clippy", "--quiet", "--all-targets"][..], &chosen, &["--", "-D", "warnings"]].concat();
    run_command(&mut cargo(words, toolchain))
}

/// Whether no package of a tree, as `cargo tree --prefix depth` prints it, has native code to build or to find.
fn needs_rust_alone(tree: &str) -> Result<()> {
    let mut path: Vec<&str> = Vec::new();
    for line in tree.lines().filter(|line| !line.is_empty()) {
        let (depth, name) = depth_and_name(line).with_context(|| format!("cannot read `{line}`"))?;
        path.truncate(depth);
        let parent = path.last().copied().unwrap_or("nothing");
        let is_native = NATIVE_TOOLS.contains(&name) || is_binding(name);
        ensure!(
            !is_native || RUST_ALONE_SUFFICES.contains(&(parent, name)),
            "without features the build needs more than Rust: {parent} depends on {name}"
        );
        path.push(name);
    }
    Ok(())
}

/// Bindings to a C library carry this ending.
fn is_binding(name: &str) -> bool {
    (name.ends_with("-sys") || name.ends_with("_sys")) && !SYSTEM_CALLS.contains(&name)
}

/// Reads the start of a line such as `12cc v1.2.3 (*)`.
fn depth_and_name(line: &str) -> Option<(usize, &str)> {
    let digits = line.find(|c: char| !c.is_ascii_digit())?;
    let (depth, rest) = line.split_at(digits);
    Some((depth.parse().ok()?, rest.split(' ').next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_solvers_are_the_features_of_the_program_that_turn_on_those_of_solver_api() {
        let manifest =
            fs::read_to_string(workspace_root().join("experiments/Cargo.toml")).expect("it is there");
        assert_eq!(solver_features(&manifest), ["highs", "scip", "cbc", "lp", "microlp"]);
    }

    #[test]
    fn native_code_is_found_with_the_one_who_asks_for_it() {
        let check = |tree: &str, expected: Option<&str>| {
            let found = needs_rust_alone(tree).err().map(|error| error.to_string());
            let expected =
                expected.map(|end| format!("without features the build needs more than Rust: {end}"));
            assert_eq!(found, expected, "{tree}");
        };
        check(
            "0solver-api v0.1.0 (/here)\n1thiserror v2.0.21\n\n0experiments v0.1.0\n1serde v1.0.2 (*)\n",
            None,
        );
        check(
            "0experiments v0.1.0\n1stacker v0.1.2\n2psm v0.1.3\n3cc v1.1.1\n2cc v1.1.1 (*)\n1rustix v1\n2linux-raw-sys v0.1\n",
            None,
        );
        check("0a v1\n1b v1\n2cmake v1\n", Some("b depends on cmake"));
        check("0a v1\n1b v1\n1cc v1 (*)\n", Some("a depends on cc"));
        check("0a v1\n1b v1\n2c v1\n1highs-sys v1\n", Some("a depends on highs-sys"));
        check("0a v1\n1coin_cbc_sys v1\n", Some("a depends on coin_cbc_sys"));
        assert!(needs_rust_alone("no depth").is_err());
    }
}
