//! `cargo xtask setup`: finds what the solvers need to be built, and installs what is missing.
//!
//! Nothing is said where nothing is missing, and nothing runs unannounced. A person at a terminal is asked first; a
//! script (no terminal, or `CI` set) is not.

mod libclang;
mod machine;
mod managers;
mod needs;
mod plan;
mod scip;

use std::ffi::OsString;
use std::io::{IsTerminal, Write, stdin, stdout};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use self::libclang::Reach;
use self::machine::{Machine, ThisMachine};
use self::needs::Need;
use self::plan::{CommandLine, Installation, Operator, Plan};
use crate::cargo;
use crate::flags::{Command as Subcommand, Feature, Flags, SetupFlags};

/// Whether commands that change the machine may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    /// Ask the person at the terminal.
    Ask,
    /// Given beforehand.
    Given,
    /// Only print the commands.
    PrintOnly,
}

/// The set-up cannot go on, and the message says what a person can do. Ends the program with status 2.
#[derive(Debug)]
pub(crate) struct Impossible(String);

impl std::fmt::Display for Impossible {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Impossible {}

/// What a complete machine asks of the commands that build: variables to set.
#[derive(Debug, Default)]
pub(crate) struct Toolchain {
    variables: Vec<(&'static str, OsString)>,
}

impl Toolchain {
    /// The variables by which the build finds its tools.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&'static str, &OsString)> {
        self.variables.iter().map(|(name, value)| (*name, value))
    }
}

/// The consent that flags and surroundings give.
pub(crate) fn consent(flags: &Flags) -> Consent {
    let dry_run = matches!(&flags.command, Subcommand::Setup(setup) if setup.dry_run);
    if dry_run {
        Consent::PrintOnly
    } else if flags.yes || operator(&ThisMachine) == Operator::Absent {
        Consent::Given
    } else {
        Consent::Ask
    }
}

fn operator(machine: &dyn Machine) -> Operator {
    if stdin().is_terminal() && machine.variable("CI").is_none() {
        Operator::Present
    } else {
        Operator::Absent
    }
}

/// `cargo xtask setup`.
///
/// # Errors
/// As [`ensure_feature`].
pub(crate) fn run(flags: &SetupFlags, consent: Consent) -> Result<()> {
    let toolchain = ensure_feature(flags.feature, consent)?;
    if consent == Consent::PrintOnly {
        return Ok(());
    }
    println!("setup: everything that the build needs is here");
    for (name, value) in toolchain.variables() {
        println!("setup: `cargo xtask` sets this for its own builds; for yours:");
        println!("  export {name}={}", value.to_string_lossy());
    }
    Ok(())
}

/// Sees to it that what `feature` needs is on this machine.
///
/// # Errors
/// [`Impossible`] where something is missing and cannot be installed, or may not; other errors where an
/// installation fails.
pub(crate) fn ensure_feature(feature: Feature, consent: Consent) -> Result<Toolchain> {
    let machine = ThisMachine;
    let missing = needs::missing(&machine, feature).map_err(Impossible)?;
    if !missing.is_empty() {
        let plan = plan::plan(&machine, &missing, operator(&machine))
            .map_err(|reason| by_hand(&machine, &missing, &reason))?;
        announce(&missing, &plan);
        if consent == Consent::PrintOnly {
            return Ok(Toolchain::default());
        }
        if consent == Consent::Ask && !ask()? {
            return Err(by_hand(&machine, &missing, "you said no").into());
        }
        carry_out(&plan).map_err(|error| by_hand(&machine, &missing, &format!("{error:#}")))?;
        let still_missing = needs::missing(&machine, feature).map_err(Impossible)?;
        if !still_missing.is_empty() {
            let reason = "the installation ended well, and yet they are not where the build looks";
            return Err(by_hand(&machine, &still_missing, reason).into());
        }
    }
    Ok(toolchain(&machine, feature))
}

fn announce(missing: &[Need], plan: &Plan) {
    println!("setup: this machine lacks");
    for need in missing {
        println!("  {need}, {}", need.purpose());
    }
    println!("setup: to be run");
    for line in plan.announced() {
        println!("  {line}");
    }
}

fn ask() -> Result<bool> {
    print!("Run this now? [Y/n] ");
    stdout().flush()?;
    let mut answer = String::new();
    let length = stdin().read_line(&mut answer).context("cannot read the answer")?;
    // The end of the input is no answer, and no answer is no consent.
    Ok(length > 0 && ["", "y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

fn carry_out(plan: &Plan) -> Result<()> {
    if let Some(installation) = &plan.installation {
        install(installation)?;
    }
    if let Some(fetch) = &plan.fetch {
        execute(&fetch.unpack)?;
        scip::place(&fetch.folder)?;
    }
    Ok(())
}

fn install(installation: &Installation) -> Result<()> {
    let Installation { refresh, has_list, install } = installation;
    let first_try = match refresh {
        Some(refresh) if !has_list => execute(refresh).and_then(|()| execute(install)),
        _ => execute(install),
    };
    match (refresh, first_try) {
        // An old list names packages that the server has replaced.
        (Some(refresh), Err(error)) if *has_list => {
            println!("setup: {error:#}; the list of packages may be old, so fetch it and try again");
            execute(refresh)?;
            execute(install)
        }
        (_, result) => result,
    }
}

fn execute(line: &CommandLine) -> Result<()> {
    let [program, arguments @ ..] = line.0.as_slice() else { return Ok(()) };
    ensure!(!program.is_empty(), "an empty command");
    cargo::run(Command::new(program).args(arguments))
}

/// What to do by hand, and why.
fn by_hand(machine: &dyn Machine, missing: &[Need], reason: &str) -> Impossible {
    let names: Vec<_> = missing.iter().map(ToString::to_string).collect();
    let commands = managers::commands_by_hand(machine, missing).join("\n  ");
    let mut hint = format!(
        "missing: {}, and it was not installed: {reason}
Install it by hand, then run the same command again:
  {commands}",
        names.join(", ")
    );
    if missing.contains(&Need::Libclang) {
        hint.push_str("\nLIBCLANG_PATH names the folder of libclang.so (libclang.dylib) where it lies in an unusual place.");
    }
    if missing.contains(&Need::ScipLibrary) {
        hint.push_str("\nSCIPOPTDIR names an installation of SCIP 10 that lies in an unusual place.");
    }
    Impossible(hint)
}

fn toolchain(machine: &dyn Machine, feature: Feature) -> Toolchain {
    let mut variables = Vec::new();
    if Need::of(feature).contains(&Need::Libclang)
        && let Ok(found) = libclang::find(machine)
        && found.reach == Reach::ByVariable
    {
        variables.push(("LIBCLANG_PATH", found.folder.into_os_string()));
    }
    Toolchain { variables }
}

#[cfg(test)]
mod tests {
    use super::machine::fake::FakeMachine;
    use super::*;

    #[test]
    fn a_libclang_in_an_unusual_place_is_named_to_the_build() {
        let check = |machine: &FakeMachine, expected: &[(&str, &str)]| {
            let toolchain = toolchain(machine, Feature::Highs);
            let variables: Vec<_> = toolchain
                .variables()
                .map(|(name, value)| (name, value.to_str().unwrap_or("not text")))
                .collect();
            assert_eq!(variables, expected);
        };
        check(&FakeMachine::new().file("/usr/lib/llvm-14/lib/libclang.so"), &[]);
        let homebrew = FakeMachine::new().file("/opt/homebrew/opt/llvm/lib/libclang.dylib");
        check(&homebrew, &[("LIBCLANG_PATH", "/opt/homebrew/opt/llvm/lib")]);
    }

    #[test]
    fn the_hint_names_what_is_missing_why_and_how() {
        let check = |missing: &[Need], expected: &str| {
            let Impossible(hint) =
                by_hand(&FakeMachine::new().programs(&["apt-get"]), missing, "sudo is not here");
            assert_eq!(hint, expected);
        };
        check(
            &[Need::Cmake],
            "missing: cmake, and it was not installed: sudo is not here
Install it by hand, then run the same command again:
  Debian, Ubuntu   apt-get install cmake
  without rights   conda install -c conda-forge cmake",
        );
        check(
            &[Need::Cmake, Need::Libclang],
            "missing: cmake, libclang, and it was not installed: sudo is not here
Install it by hand, then run the same command again:
  Debian, Ubuntu   apt-get install cmake libclang-dev
  without rights   conda install -c conda-forge cmake libclang
LIBCLANG_PATH names the folder of libclang.so (libclang.dylib) where it lies in an unusual place.",
        );
    }

    fn installation_of(refresh: Option<&[&str]>, has_list: bool, install: &[&str]) -> Installation {
        let line = |words: &[&str]| CommandLine(words.iter().map(ToString::to_string).collect());
        Installation { refresh: refresh.map(line), has_list, install: line(install) }
    }

    #[test]
    fn an_installation_that_fails_is_an_error_unless_a_fresh_list_mends_it() {
        // Two commands that print nothing.
        let (good, bad): (&[&str], &[&str]) =
            (&["git", "check-ref-format", "a/b"], &["git", "check-ref-format", "a..b"]);
        assert!(install(&installation_of(None, true, good)).is_ok());
        assert!(install(&installation_of(Some(good), false, good)).is_ok());
        // With a list, the refresh runs only after a failure.
        assert!(install(&installation_of(Some(bad), true, good)).is_ok());
        assert!(install(&installation_of(Some(bad), false, good)).is_err());
        assert!(install(&installation_of(None, true, bad)).is_err());
        let error = install(&installation_of(Some(good), true, bad)).expect_err("fails twice");
        assert!(error.to_string().contains("a..b"), "{error}");
    }
}
