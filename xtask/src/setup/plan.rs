//! The commands that install what is missing.

use std::fmt;
use std::path::Path;

use super::machine::Machine;
use super::managers::{MANAGERS, PackageManager};
use super::needs::Need;
use super::scip::{self, Fetch};

/// One command, as words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommandLine(pub(crate) Vec<String>);

impl fmt::Display for CommandLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join(" "))
    }
}

/// What meets the missing needs, in this order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) installation: Option<Installation>,
    /// SCIP, of which package managers have none.
    pub(crate) fetch: Option<Fetch>,
}

/// The commands of a package manager.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Installation {
    /// Fetches the list of packages; to run first where `has_list` is false, else only if the installation fails.
    pub(crate) refresh: Option<CommandLine>,
    pub(crate) has_list: bool,
    pub(crate) install: CommandLine,
}

impl Plan {
    /// The commands to announce: those that run if all goes well.
    pub(crate) fn announced(&self) -> Vec<&CommandLine> {
        let mut commands = Vec::new();
        if let Some(Installation { refresh, has_list, install }) = &self.installation {
            commands.extend(refresh.iter().filter(|_| !has_list));
            commands.push(install);
        }
        commands.extend(self.fetch.iter().map(|fetch| &fetch.unpack));
        commands
    }
}

/// Whether somebody sits there who can type a password for `sudo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Present,
    Absent,
}

/// Plans the installation of what is missing.
///
/// # Errors
/// A sentence that says why nothing can be installed here.
pub(crate) fn plan(machine: &dyn Machine, missing: &[Need], operator: Operator) -> Result<Plan, String> {
    let of_packages: Vec<_> = missing.iter().copied().filter(|need| *need != Need::ScipLibrary).collect();
    let installation = (!of_packages.is_empty()).then(|| installation(machine, &of_packages, operator));
    let fetch = missing.contains(&Need::ScipLibrary).then(|| scip::plan(machine));
    Ok(Plan { installation: installation.transpose()?, fetch: fetch.transpose()? })
}

fn installation(machine: &dyn Machine, missing: &[Need], operator: Operator) -> Result<Installation, String> {
    let manager = PackageManager::of(machine).ok_or_else(|| {
        let known: Vec<_> = MANAGERS.iter().map(|manager| manager.program).collect();
        format!("none of the package managers {} is here", known.join(", "))
    })?;
    if let Some(need) = missing.iter().find(|&&need| manager.package(need).is_none()) {
        return Err(format!("{} has no package of {need}", manager.program));
    }
    let rights = rights(machine, manager, operator)?;
    let line =
        |words: &[&str]| CommandLine([rights, words].concat().iter().map(ToString::to_string).collect());
    let has_list = manager.refresh.as_ref().is_none_or(|refresh| {
        machine.entries(Path::new(refresh.folder)).iter().any(|name| name.contains(refresh.marker))
    });
    Ok(Installation {
        refresh: manager.refresh.as_ref().map(|refresh| line(refresh.command)),
        has_list,
        install: line(&[manager.install, &manager.packages(missing)].concat()),
    })
}

/// The words that give a command the administrator's rights, where they are needed.
fn rights(
    machine: &dyn Machine,
    manager: &PackageManager,
    operator: Operator,
) -> Result<&'static [&'static str], String> {
    let is_root = || machine.output("id", &["-u"]).is_some_and(|id| id.trim() == "0");
    if !manager.needs_administrator || is_root() {
        Ok(&[])
    } else if !machine.has_program("sudo") {
        Err(format!("{} needs root's rights, and sudo is not here", manager.program))
    } else if operator == Operator::Present {
        Ok(&["sudo"])
    } else {
        // Fails at once, instead of waiting for a password that nobody types.
        Ok(&["sudo", "-n"])
    }
}

#[cfg(test)]
mod tests {
    use super::super::machine::fake::FakeMachine;
    use super::*;
    use crate::flags::Feature;

    const ALL: [Need; 4] = [Need::CxxCompiler, Need::Cmake, Need::Make, Need::Libclang];

    fn root_with(programs: &[&str]) -> FakeMachine {
        FakeMachine::new().programs(programs).output("id -u", "0\n")
    }

    fn check(machine: &FakeMachine, missing: &[Need], operator: Operator, expected: &[&str]) {
        let plan = plan(machine, missing, operator).expect("something can be installed");
        let announced: Vec<_> = plan.announced().iter().map(ToString::to_string).collect();
        assert_eq!(announced, expected);
    }

    #[test]
    fn root_in_a_fresh_debian_container_fetches_the_list_first() {
        check(
            &root_with(&["apt-get"]),
            &[Need::Cmake, Need::Libclang],
            Operator::Absent,
            &[
                "apt-get update",
                "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends cmake libclang-dev",
            ],
        );
    }

    #[test]
    fn a_debian_with_a_list_fetches_it_only_on_failure() {
        let machine =
            root_with(&["apt-get"]).file("/var/lib/apt/lists/deb.example_main_binary-amd64_Packages");
        check(
            &machine,
            &[Need::Cmake],
            Operator::Absent,
            &["env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends cmake"],
        );
        let plan = plan(&machine, &[Need::Cmake], Operator::Absent).expect("apt-get is here");
        let installation = plan.installation.expect("a package is missing");
        assert_eq!(installation.refresh.expect("a way to refresh").to_string(), "apt-get update");
    }

    #[test]
    fn every_manager_gets_its_own_words() {
        for (program, expected) in [
            ("dnf", "dnf install -y gcc-c++ cmake make clang-devel"),
            ("apk", "apk add --no-cache g++ cmake make clang-dev"),
            ("zypper", "zypper install --no-confirm gcc-c++ cmake make clang-devel"),
        ] {
            check(&root_with(&[program]), &ALL, Operator::Absent, &[expected]);
        }
        let arch = ["pacman -Sy", "pacman -S --needed --noconfirm gcc cmake make clang"];
        check(&root_with(&["pacman"]), &ALL, Operator::Absent, &arch);
    }

    #[test]
    fn scip_is_fetched_without_a_package_manager() {
        let machine = FakeMachine::new().variable("HOME", "/me");
        let plan = plan(&machine, &[Need::ScipLibrary], Operator::Absent).expect("pip is there");
        assert_eq!(plan.installation, None);
        let fetch = scip::plan(&machine).expect("there is a home");
        assert_eq!(plan.announced(), [&fetch.unpack]);
        assert_eq!(plan.fetch, Some(fetch));
    }

    #[test]
    fn everything_for_every_solver_is_one_installation() {
        let everything = Need::of(Feature::All);
        for (program, expected) in [
            (
                "apt-get",
                "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends g++ cmake make \
                 libclang-dev python3-pip pkg-config coinor-libcbc-dev coinor-cbc glpk-utils",
            ),
            (
                "dnf",
                "dnf install -y gcc-c++ cmake make clang-devel python3-pip pkgconf-pkg-config coin-or-Cbc-devel \
                 coin-or-Cbc glpk-utils",
            ),
            (
                "pacman",
                "pacman -S --needed --noconfirm gcc cmake make clang python-pip pkgconf coin-or-cbc glpk",
            ),
            (
                "zypper",
                "zypper install --no-confirm gcc-c++ cmake make clang-devel python3-pip pkgconf-pkg-config \
                 coin-or-Cbc-devel coin-or-Cbc glpk",
            ),
        ] {
            let machine = root_with(&[program]).variable("HOME", "/me");
            let plan = plan(&machine, &everything, Operator::Absent).expect("all has packages");
            assert_eq!(plan.installation.expect("packages are missing").install.to_string(), expected);
            assert!(plan.fetch.is_some());
        }
        let library = [Need::PkgConfig, Need::CbcLibrary];
        check(&root_with(&["brew"]), &library, Operator::Absent, &["brew install pkgconf cbc"]);
    }

    #[test]
    fn sudo_is_used_where_it_is_needed_and_waits_only_for_somebody() {
        let user = |programs: &[&str]| FakeMachine::new().programs(programs).output("id -u", "1000\n");
        let with_sudo = user(&["dnf", "sudo"]);
        check(&with_sudo, &[Need::Cmake], Operator::Present, &["sudo dnf install -y cmake"]);
        check(&with_sudo, &[Need::Cmake], Operator::Absent, &["sudo -n dnf install -y cmake"]);
        check(
            &user(&["brew"]),
            &[Need::Cmake, Need::Libclang],
            Operator::Absent,
            &["brew install cmake llvm"],
        );
        check(&root_with(&["dnf", "sudo"]), &[Need::Cmake], Operator::Present, &["dnf install -y cmake"]);
        let reason = plan(&user(&["dnf"]), &[Need::Cmake], Operator::Present).unwrap_err();
        assert!(reason.contains("sudo is not here"), "{reason}");
    }

    #[test]
    fn what_cannot_be_installed_is_said() {
        let reason = plan(&root_with(&[]), &ALL, Operator::Present).unwrap_err();
        assert!(reason.contains("apt-get, dnf, pacman, apk, zypper, brew"), "{reason}");
        let reason = plan(&root_with(&["brew"]), &ALL, Operator::Present).unwrap_err();
        assert_eq!(reason, "brew has no package of a C++ compiler");
        let reason = plan(&root_with(&["apk"]), &Need::of(Feature::Lp), Operator::Present).unwrap_err();
        assert_eq!(reason, "apk has no package of the program cbc");
    }
}
