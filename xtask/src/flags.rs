//! Every command and flag of `cargo xtask`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  cargo xtask demo                      train, attack and look at the result, in ./greymatter-demo
  cargo xtask test                      all tests, with every solver
  cargo xtask test margin               the tests whose name contains \"margin\"
  cargo xtask test -- --nocapture       flags for the test programs go behind --
  cargo xtask setup all --dry-run       what would be installed, and how
  cargo xtask ci                        everything that the forge holds a change to
  cargo xtask ci fmt clippy tidy        only these steps";

/// Set-up, demo, tests and house-keeping of the workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version, after_help = EXAMPLES)]
pub(crate) struct Flags {
    /// Install what is missing without asking first
    #[arg(long, short, global = true)]
    pub(crate) yes: bool,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find what the solvers need to be built, and install what is missing
    Setup(SetupFlags),
    /// Build greymatter, train a small network, attack it exactly, and say what to look at
    Demo(DemoFlags),
    /// Run all tests of the workspace, doc tests included
    Test(TestFlags),
    /// Run every check that a change must pass
    Ci(CiFlags),
    /// Check the house rules that neither rustfmt nor clippy know
    Tidy,
}

#[derive(Debug, Args)]
pub(crate) struct SetupFlags {
    /// What to set up
    #[arg(value_enum, default_value_t = Feature::Highs)]
    pub(crate) feature: Feature,

    /// Print the commands instead of running them
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// A solver that needs more than Rust.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Feature {
    /// HiGHS, built from source by the crate highs-sys
    Highs,
    /// SCIP, a shared library from a Python package
    Scip,
    /// CBC, a shared library of the system
    Cbc,
    /// The command line solvers cbc and glpsol
    Lp,
    /// Every solver
    All,
}

#[derive(Debug, Args)]
pub(crate) struct DemoFlags {
    /// Folder for the network, the result rows and the pictures [default: greymatter-demo in the workspace]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TestFlags {
    // Once there is one of these, clap keeps what follows `--` in here, too, with the `--` itself.
    /// Passed to `cargo test`
    #[arg(allow_hyphen_values = true, value_name = "CARGO_TEST_ARGS")]
    pub(crate) cargo_arguments: Vec<String>,

    /// Passed to the test programs
    #[arg(last = true, value_name = "TEST_PROGRAM_ARGS")]
    pub(crate) program_arguments: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CiFlags {
    /// The steps to run, in this order [default: all]
    #[arg(value_enum)]
    pub(crate) steps: Vec<CiStep>,
}

/// One step of `cargo xtask ci`, in the order in which they run: cheap ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CiStep {
    /// rustfmt would change nothing
    Fmt,
    /// The house rules hold
    Tidy,
    /// clippy has nothing to say about any target
    Clippy,
    /// The documentation builds without a warning
    Doc,
    /// The crates build without any solver
    NoSolver,
    /// All tests, doc tests included
    Test,
    /// The demo runs and writes the rows that it should
    Demo,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_flags_are_consistent() {
        Flags::command().debug_assert();
    }

    #[test]
    fn yes_is_understood_before_and_behind_the_command() {
        assert!(Flags::parse_from(["xtask", "--yes", "demo"]).yes);
        assert!(Flags::parse_from(["xtask", "demo", "--yes"]).yes);
        assert!(!Flags::parse_from(["xtask", "demo"]).yes);
    }
}
