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
    cxx_compiler: Option<&'static str>,
    cmake: Option<&'static str>,
    make: Option<&'static str>,
    libclang: Option<&'static str>,
}

/// How a package manager gets its list of packages, and how to see that it has none (as in fresh containers).
#[derive(Debug)]
pub(crate) struct Refresh {
    pub(crate) command: &'static [&'static str],
    pub(crate) folder: &'static str,
    pub(crate) marker: &'static str,
}

/// In the order in which they are looked for: the system's own before Homebrew, which may stand beside it.
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

    fn by_hand(&self, missing: &[Need]) -> String {
        let packages: Vec<_> = missing.iter().filter_map(|&need| self.package(need)).collect();
        let verb = self.install.iter().skip_while(|word| **word != self.program).nth(1).unwrap_or(&"install");
        let install = format!("{} {verb} {}", self.program, packages.join(" "));
        match (packages.is_empty(), packages.len() < missing.len()) {
            (false, false) => install,
            // What Homebrew lacks comes with Apple's tools.
            (false, true) => format!("xcode-select --install && {install}"),
            (true, _) => "xcode-select --install".to_owned(),
        }
    }

    /// The package that meets a need, if this manager has one.
    pub(crate) fn package(&self, need: Need) -> Option<&'static str> {
        match need {
            Need::Cmake => self.cmake,
            Need::CxxCompiler => self.cxx_compiler,
            Need::Make => self.make,
            Need::Libclang => self.libclang,
        }
    }
}

/// How a person installs what is missing: with this machine's package manager, or, where we know none, with that of
/// each system; and without rights.
pub(crate) fn commands_by_hand(machine: &dyn Machine, missing: &[Need]) -> Vec<String> {
    let managers: Vec<_> = match PackageManager::of(machine) {
        Some(manager) => vec![manager],
        None => MANAGERS.iter().collect(),
    };
    let line = |system: &str, command: &str| format!("{system:16} {command}");
    let conda: Vec<_> = missing.iter().map(|&need| conda_package(need)).collect();
    let conda = format!("conda install -c conda-forge {}", conda.join(" "));
    let of_managers = managers.into_iter().map(|manager| line(manager.systems, &manager.by_hand(missing)));
    of_managers.chain([line("without rights", &conda)]).collect()
}

fn conda_package(need: Need) -> &'static str {
    match need {
        Need::Cmake => "cmake",
        Need::CxxCompiler => "cxx-compiler",
        Need::Make => "make",
        Need::Libclang => "libclang",
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
    fn the_systems_own_manager_comes_before_homebrew() {
        let manager =
            PackageManager::of(&FakeMachine::new().programs(&["brew", "apt-get"])).expect("two are here");
        assert_eq!(manager.program, "apt-get");
    }
}
