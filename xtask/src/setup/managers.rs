//! Package managers: which packages meet which need.

use super::machine::Machine;
use super::needs::Need;

/// A package manager, as data.
#[derive(Debug)]
pub(crate) struct PackageManager {
    pub(crate) systems: &'static str,
    pub(crate) program: &'static str,
    /// The words before the packages' names; never asks.
    pub(crate) install: &'static [&'static str],
    pub(crate) refresh: Option<Refresh>,
    pub(crate) needs_administrator: bool,
    /// The needs that it has a package for.
    packages: &'static [(Need, &'static str)],
    /// What a person types to meet the other needs, if there is a way.
    otherwise: Option<&'static str>,
}

/// How a package manager gets its list of packages, and how to see that it has none (as in fresh containers).
#[derive(Debug)]
pub(crate) struct Refresh {
    pub(crate) command: &'static [&'static str],
    pub(crate) folder: &'static str,
    pub(crate) marker: &'static str,
}

/// In the order in which they are looked for: the system's own before Homebrew, which may stand beside it. Debian's
/// packages were tried; the names of the others' come from what their projects publish.
pub(crate) static MANAGERS: [PackageManager; 6] = [
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
        packages: &[
            (Need::CxxCompiler, "g++"),
            (Need::Cmake, "cmake"),
            (Need::Make, "make"),
            // Depends on libclang1-N (the library) and libclang-common-N-dev (clang's headers); clang itself is not
            // needed.
            (Need::Libclang, "libclang-dev"),
            (Need::PkgConfig, "pkg-config"),
            (Need::CbcLibrary, "coinor-libcbc-dev"),
            (Need::CbcProgram, "coinor-cbc"),
            (Need::Glpsol, "glpk-utils"),
            (Need::Pip, "python3-pip"),
        ],
        otherwise: None,
    },
    PackageManager {
        systems: "Fedora",
        program: "dnf",
        install: &["dnf", "install", "-y"],
        refresh: None,
        needs_administrator: true,
        packages: &[
            (Need::CxxCompiler, "gcc-c++"),
            (Need::Cmake, "cmake"),
            (Need::Make, "make"),
            (Need::Libclang, "clang-devel"),
            (Need::PkgConfig, "pkgconf-pkg-config"),
            (Need::CbcLibrary, "coin-or-Cbc-devel"),
            (Need::CbcProgram, "coin-or-Cbc"),
            (Need::Glpsol, "glpk-utils"),
            (Need::Pip, "python3-pip"),
        ],
        otherwise: None,
    },
    PackageManager {
        systems: "Arch",
        program: "pacman",
        install: &["pacman", "-S", "--needed", "--noconfirm"],
        refresh: Some(Refresh { command: &["pacman", "-Sy"], folder: "/var/lib/pacman/sync", marker: ".db" }),
        needs_administrator: true,
        packages: &[
            (Need::CxxCompiler, "gcc"),
            (Need::Cmake, "cmake"),
            (Need::Make, "make"),
            (Need::Libclang, "clang"),
            (Need::PkgConfig, "pkgconf"),
            (Need::CbcLibrary, "coin-or-cbc"),
            (Need::CbcProgram, "coin-or-cbc"),
            (Need::Glpsol, "glpk"),
            (Need::Pip, "python-pip"),
        ],
        otherwise: None,
    },
    PackageManager {
        systems: "Alpine",
        program: "apk",
        install: &["apk", "add", "--no-cache"],
        refresh: None,
        needs_administrator: true,
        // It has no package of CBC that we know of.
        packages: &[
            (Need::CxxCompiler, "g++"),
            (Need::Cmake, "cmake"),
            (Need::Make, "make"),
            (Need::Libclang, "clang-dev"),
            (Need::PkgConfig, "pkgconf"),
            (Need::Glpsol, "glpk"),
            (Need::Pip, "py3-pip"),
        ],
        otherwise: None,
    },
    PackageManager {
        systems: "openSUSE",
        program: "zypper",
        install: &["zypper", "install", "--no-confirm"],
        refresh: None,
        needs_administrator: true,
        packages: &[
            (Need::CxxCompiler, "gcc-c++"),
            (Need::Cmake, "cmake"),
            (Need::Make, "make"),
            (Need::Libclang, "clang-devel"),
            (Need::PkgConfig, "pkgconf-pkg-config"),
            (Need::CbcLibrary, "coin-or-Cbc-devel"),
            (Need::CbcProgram, "coin-or-Cbc"),
            (Need::Glpsol, "glpk"),
            (Need::Pip, "python3-pip"),
        ],
        otherwise: None,
    },
    PackageManager {
        systems: "macOS",
        program: "brew",
        install: &["brew", "install"],
        refresh: None,
        needs_administrator: false,
        packages: &[
            (Need::Cmake, "cmake"),
            (Need::Libclang, "llvm"),
            (Need::PkgConfig, "pkgconf"),
            (Need::CbcLibrary, "cbc"),
            (Need::CbcProgram, "cbc"),
            (Need::Glpsol, "glpk"),
            (Need::Pip, "python"),
        ],
        // On macOS a compiler and make come with Apple's Command Line Tools, which only their own installer installs.
        otherwise: Some("xcode-select --install"),
    },
];

impl PackageManager {
    /// The machine's package manager, if it has one that we know.
    pub(crate) fn of(machine: &dyn Machine) -> Option<&'static PackageManager> {
        MANAGERS.iter().find(|manager| machine.has_program(manager.program))
    }

    fn by_hand(&self, missing: &[Need]) -> String {
        let verb = self.install.iter().skip_while(|word| **word != self.program).nth(1).unwrap_or(&"install");
        let packages = self.packages(missing).join(" ");
        let install = (!packages.is_empty()).then(|| format!("{} {verb} {packages}", self.program));
        let lacking: Vec<_> = missing.iter().filter(|&&need| self.package(need).is_none()).collect();
        match self.otherwise.filter(|_| !lacking.is_empty()) {
            Some(otherwise) => {
                [Some(otherwise.to_owned()), install].into_iter().flatten().collect::<Vec<_>>().join(" && ")
            }
            None => {
                let lacking = lacking.iter().map(|need| format!("no package of {need}"));
                install.into_iter().chain(lacking).collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// The package that meets a need, if this manager has one.
    pub(crate) fn package(&self, need: Need) -> Option<&'static str> {
        self.packages.iter().find(|(met, _)| *met == need).map(|(_, package)| *package)
    }

    /// The packages that this manager has for needs, each once.
    pub(crate) fn packages(&self, needs: &[Need]) -> Vec<&'static str> {
        each_once(needs.iter().filter_map(|&need| self.package(need)))
    }
}

/// Some packages meet several needs.
fn each_once(names: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut unique = Vec::new();
    for name in names {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    unique
}

/// How a person installs what is missing: with this machine's package manager, or, where we know none, with that of
/// each system; and without rights.
pub(crate) fn commands_by_hand(machine: &dyn Machine, missing: &[Need]) -> Vec<String> {
    let of_packages: Vec<_> = missing.iter().copied().filter(|need| *need != Need::ScipLibrary).collect();
    let managers: Vec<_> = match PackageManager::of(machine) {
        _ if of_packages.is_empty() => Vec::new(),
        Some(manager) => vec![manager],
        None => MANAGERS.iter().collect(),
    };
    let line = |system: &str, command: &str| format!("{system:16} {command}");
    let conda = each_once(missing.iter().map(|&need| conda_package(need)));
    let conda = format!("conda install -c conda-forge {}", conda.join(" "));
    let of_managers =
        managers.into_iter().map(|manager| line(manager.systems, &manager.by_hand(&of_packages)));
    of_managers.chain([line("without rights", &conda)]).collect()
}

fn conda_package(need: Need) -> &'static str {
    match need {
        Need::Cmake => "cmake",
        Need::CxxCompiler => "cxx-compiler",
        Need::Make => "make",
        Need::Libclang => "libclang",
        Need::PkgConfig => "pkg-config",
        Need::CbcLibrary | Need::CbcProgram => "coin-or-cbc",
        Need::Glpsol => "glpk",
        Need::Pip => "pip",
        Need::ScipLibrary => "scip",
    }
}

#[cfg(test)]
mod tests {
    use super::super::machine::fake::FakeMachine;
    use super::*;

    #[test]
    fn a_person_is_told_the_command_of_this_machine_or_of_every_system() {
        let check = |programs: &[&str], missing: &[Need], expected: &[&str]| {
            assert_eq!(commands_by_hand(&FakeMachine::new().programs(programs), missing), expected);
        };
        check(
            &["apt-get"],
            &[Need::Cmake, Need::Libclang],
            &[
                "Debian, Ubuntu   apt-get install cmake libclang-dev",
                "without rights   conda install -c conda-forge cmake libclang",
            ],
        );
        check(
            &["brew"],
            &[Need::Make],
            &[
                "macOS            xcode-select --install",
                "without rights   conda install -c conda-forge make",
            ],
        );
        check(
            &[],
            &[Need::CxxCompiler, Need::Cmake, Need::Make, Need::Libclang],
            &[
                "Debian, Ubuntu   apt-get install g++ cmake make libclang-dev",
                "Fedora           dnf install gcc-c++ cmake make clang-devel",
                "Arch             pacman -S gcc cmake make clang",
                "Alpine           apk add g++ cmake make clang-dev",
                "openSUSE         zypper install gcc-c++ cmake make clang-devel",
                "macOS            xcode-select --install && brew install cmake llvm",
                "without rights   conda install -c conda-forge cxx-compiler cmake make libclang",
            ],
        );
    }

    #[test]
    fn a_package_that_meets_several_needs_is_named_once_and_one_that_does_not_exist_is_said() {
        let missing = [Need::CbcLibrary, Need::CbcProgram, Need::Glpsol];
        let expected = [
            "Debian, Ubuntu   apt-get install coinor-libcbc-dev coinor-cbc glpk-utils",
            "Fedora           dnf install coin-or-Cbc-devel coin-or-Cbc glpk-utils",
            "Arch             pacman -S coin-or-cbc glpk",
            "Alpine           apk add glpk, no package of CBC's library with its pkg-config file, no package of \
             the program cbc",
            "openSUSE         zypper install coin-or-Cbc-devel coin-or-Cbc glpk",
            "macOS            brew install cbc glpk",
            "without rights   conda install -c conda-forge coin-or-cbc glpk",
        ];
        assert_eq!(commands_by_hand(&FakeMachine::new(), &missing), expected);
        let expected = ["without rights   conda install -c conda-forge scip"];
        assert_eq!(
            commands_by_hand(&FakeMachine::new().programs(&["apt-get"]), &[Need::ScipLibrary]),
            expected
        );
    }

    #[test]
    fn the_systems_own_manager_comes_before_homebrew() {
        let manager =
            PackageManager::of(&FakeMachine::new().programs(&["brew", "apt-get"])).expect("two are here");
        assert_eq!(manager.program, "apt-get");
    }
}
