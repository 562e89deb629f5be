//! `cargo xtask test`: all tests of the workspace, with every solver, doc tests included.

use anyhow::Result;

use crate::cargo::{cargo, run as run_command};
use crate::flags::{Feature, TestFlags};
use crate::setup::{Consent, ensure_feature};

/// `cargo xtask test`.
///
/// # Errors
/// When the set-up or a test fails.
pub(crate) fn run(flags: &TestFlags, consent: Consent) -> Result<()> {
    let toolchain = ensure_feature(Feature::All, consent)?;
    run_command(&mut cargo(arguments(flags), &toolchain))
}

/// Without all features, the tests of some solvers would be empty, and nobody would notice.
const ALL_TESTS: [&str; 3] = ["test", "--workspace", "--all-features"];

fn arguments(flags: &TestFlags) -> Vec<&str> {
    let mut arguments = ALL_TESTS.to_vec();
    arguments.extend(flags.cargo_arguments.iter().map(String::as_str));
    if !flags.program_arguments.is_empty() {
        arguments.push("--");
        arguments.extend(flags.program_arguments.iter().map(String::as_str));
    }
    arguments
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::flags::{Command, Flags};

    #[test]
    fn arguments_reach_cargo_and_the_test_programs_as_they_were_typed() {
        for typed in [
            &[][..],
            &["margin"],
            &["--no-fail-fast", "margin"],
            &["--", "--nocapture"],
            &["--doc", "--", "-q", "margin"],
            &["-p", "nn-core", "--", "--test-threads", "1"],
        ] {
            let line = ["xtask", "test"].iter().chain(typed);
            let Command::Test(flags) = Flags::parse_from(line).command else {
                panic!("not the test command")
            };
            assert_eq!(arguments(&flags), [&["test", "--workspace", "--all-features"], typed].concat());
        }
    }
}
