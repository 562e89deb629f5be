//! Package managers: which packages meet which need, and the commands that install them.

use std::fmt;
use std::path::Path;

use super::machine::Machine;
use super::needs::Need;

/// A package manager, as data.
#[derive(Debug)]
pub(crate) struct PackageManager {
    systems: &'static str,
    program: &'static str,
    /// The words before the packages' names; never asks.
    install: &'static [&'static str],
    refresh: Option<Refresh>,
    needs_administrator: bool,
    cxx_compiler: Option<&'static str>,
    cmake: Option<&'static str>,
    make: Option<&'static str>,
    libclang: Option<&'static str>,
}

/// How a package manager gets its list of packages, and how to see that it has none (as in fresh containers).
#[derive(Debug)]
struct Refresh {
    command: &'static [&'static str],
    folder: &'static str,
    marker: &'static str,
}

/// In the order in which they are looked for: the system's own before Homebrew, which may stand beside it.
static MANAGERS: [PackageManager; 6] = [
    PackageManager {
        systems: "Debian, Ubuntu",
        program: "apt-get",
        install: &[
            "env",
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            "install",
            "-y",
            "--no-install-recommends",
        ],
        refresh: Some(Refresh {
            command: &["apt-get", "update"],
            folder: "/var/lib/apt/lists",
            marker: "_Packages",
        }),
        needs_administrator: true,
        cxx_compiler: Some("g++"),
        cmake: Some("cmake"),
        make: Some("make"),
        // Depends on libclang1-N (the library) and libclang-common-N-dev (clang's headers); clang itself is not needed.
        libclang: Some("libclang-dev"),
    },
    PackageManager {
        systems: "Fedora",
        program: "dnf",
        install: &["dnf", "install", "-y"],
        refresh: None,
        needs_administrator: true,
        cxx_compiler: Some("gcc-c++"),
        cmake: Some("cmake"),
        make: Some("make"),
        libclang: Some("clang-devel"),
    },
    PackageManager {
        systems: "Arch",
        program: "pacman",
        install: &["pacman", "-S", "--needed", "--noconfirm"],
        refresh: Some(Refresh { command: &["pacman", "-Sy"], folder: "/var/lib/pacman/sync", marker: ".db" }),
        needs_administrator: true,
        cxx_compiler: Some("gcc"),
        cmake: Some("cmake"),
        make: Some("make"),
        libclang: Some("clang"),
    },
    PackageManager {
        systems: "Alpine",
        program: "apk",
        install: &["apk", "add", "--no-cache"],
        refresh: None,
        needs_administrator: true,
        cxx_compiler: Some("g++"),
        cmake: Some("cmake"),
        make: Some("make"),
        libclang: Some("clang-dev"),
    },
    PackageManager {
        systems: "openSUSE",
        program: "zypper",
        install: &["zypper", "install", "--no-confirm"],
        refresh: None,
        needs_administrator: true,
        cxx_compiler: Some("gcc-c++"),
        cmake: Some("cmake"),
        make: Some("make"),
        libclang: Some("clang-devel"),
    },
    PackageManager {
        systems: "macOS",
        program: "brew",
        install: &["brew", "install"],
        refresh: None,
        needs_administrator: false,
        // On macOS these two come with Apple's Command Line Tools, which only their own installer installs.
        cxx_compiler: None,
        cmake: Some("cmake"),
        make: None,
        libclang: Some("llvm"),
    },
];

impl PackageManager {
    /// The machine's package manager, if it has one that we know.
    pub(crate) fn of(machine: &dyn Machine) -> Option<&'static PackageManager> {
        MANAGERS.iter().find(|manager| machine.has_program(manager.program))
    }

    fn package(&self, need: Need) -> Option<&'static str> {
        match need {
            Need::Cmake => self.cmake,
            Need::CxxCompiler => self.cxx_compiler,
            Need::Make => self.make,
            Need::Libclang => self.libclang,
        }
    }
}

/// One command, as words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CommandLine(pub(crate) Vec<String>);

impl fmt::Display for CommandLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join(" "))
    }
}

/// The commands that meet the missing needs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Fetches the list of packages; to run first where `has_list` is false, else only if the installation fails.
    pub(crate) refresh: Option<CommandLine>,
    pub(crate) has_list: bool,
    pub(crate) install: CommandLine,
}

impl Plan {
    /// The commands to announce: those that run if all goes well.
    pub(crate) fn announced(&self) -> Vec<&CommandLine> {
        let refresh = self.refresh.as_ref().filter(|_| !self.has_list);
        refresh.into_iter().chain([&self.install]).collect()
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
    let manager = PackageManager::of(machine).ok_or_else(|| {
        let known: Vec<_> = MANAGERS.iter().map(|manager| manager.program).collect();
        format!("none of the package managers {} is here", known.join(", "))
    })?;
    let mut packages = Vec::new();
    for &need in missing {
        let package =
            manager.package(need).ok_or_else(|| format!("{} has no package of {need}", manager.program))?;
        packages.push(package);
    }
    let rights = rights(machine, manager, operator)?;
    let line =
        |words: &[&str]| CommandLine([rights, words].concat().iter().map(ToString::to_string).collect());
    let has_list = manager.refresh.as_ref().is_none_or(|refresh| {
        machine.entries(Path::new(refresh.folder)).iter().any(|name| name.contains(refresh.marker))
    });
    Ok(Plan {
        refresh: manager.refresh.as_ref().map(|refresh| line(refresh.command)),
        has_list,
        install: line(&[manager.install, &packages].concat()),
    })
}

/// For every system that we know, and for an account without rights, how a person installs what is missing.
pub(crate) fn commands_by_hand(missing: &[Need]) -> impl Iterator<Item = String> {
    let of_managers = MANAGERS.iter().map(|manager| {
        let packages: Vec<_> = missing.iter().filter_map(|&need| manager.package(need)).collect();
        let verb =
            manager.install.iter().skip_while(|word| **word != manager.program).nth(1).unwrap_or(&"install");
        // What Homebrew lacks comes with Apple's tools.
        let apple = if packages.len() < missing.len() { "xcode-select --install" } else { "" };
        let manager_line = format!("{} {verb} {}", manager.program, packages.join(" "));
        let lines = [apple, if packages.is_empty() { "" } else { &manager_line }];
        let commands: Vec<_> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        format!("{:16} {}", manager.systems, commands.join(" && "))
    });
    let conda: Vec<_> = missing.iter().map(|&need| conda_package(need)).collect();
    let conda = format!("{:16} conda install -c conda-forge {}", "conda", conda.join(" "));
    of_managers.chain([conda])
}

fn conda_package(need: Need) -> &'static str {
    match need {
        Need::Cmake => "cmake",
        Need::CxxCompiler => "cxx-compiler",
        Need::Make => "make",
        Need::Libclang => "libclang",
    }
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
        assert_eq!(plan.refresh.expect("a way to refresh").to_string(), "apt-get update");
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
    }

    #[test]
    fn a_person_is_told_the_command_of_each_system() {
        let lines: Vec<_> = commands_by_hand(&ALL).collect();
        assert_eq!(
            lines,
            [
                "Debian, Ubuntu   apt-get install g++ cmake make libclang-dev",
                "Fedora           dnf install gcc-c++ cmake make clang-devel",
                "Arch             pacman -S gcc cmake make clang",
                "Alpine           apk add g++ cmake make clang-dev",
                "openSUSE         zypper install gcc-c++ cmake make clang-devel",
                "macOS            xcode-select --install && brew install cmake llvm",
                "conda            conda install -c conda-forge cxx-compiler cmake make libclang",
            ]
        );
        let only_make: Vec<_> = commands_by_hand(&[Need::Make]).collect();
        assert!(only_make.contains(&"macOS            xcode-select --install".to_owned()), "{only_make:?}");
    }

    #[test]
    fn the_systems_own_manager_comes_before_homebrew() {
        let manager = PackageManager::of(&root_with(&["brew", "apt-get"])).expect("two are here");
        assert_eq!(manager.program, "apt-get");
    }
}
