//! What the parts of the build need beyond Rust, and whether a machine has it.

use std::fmt;

use super::libclang::{self, NoLibclang};
use super::machine::Machine;
use super::scip;
use crate::flags::Feature;

/// A tool or library without which something cannot be built or run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Cmake,
    CxxCompiler,
    Make,
    Libclang,
    PkgConfig,
    CbcLibrary,
    CbcProgram,
    Glpsol,
    Pip,
    ScipLibrary,
}

const HIGHS: &[Need] = &[Need::CxxCompiler, Need::Cmake, Need::Make, Need::Libclang];
const SCIP: &[Need] = &[Need::Pip, Need::ScipLibrary];
const CBC: &[Need] = &[Need::CxxCompiler, Need::PkgConfig, Need::CbcLibrary];
const LP: &[Need] = &[Need::CbcProgram, Need::Glpsol];

impl Need {
    /// The needs of a feature.
    pub(crate) fn of(feature: Feature) -> Vec<Need> {
        match feature {
            Feature::Highs => HIGHS.to_vec(),
            Feature::Scip => SCIP.to_vec(),
            Feature::Cbc => CBC.to_vec(),
            Feature::Lp => LP.to_vec(),
            Feature::All => {
                let of_others = [SCIP, CBC, LP].concat().into_iter().filter(|need| !HIGHS.contains(need));
                HIGHS.iter().copied().chain(of_others).collect()
            }
        }
    }

    /// What it is needed for.
    pub(crate) fn purpose(self) -> &'static str {
        match self {
            Need::Cmake => "to configure the build of HiGHS",
            Need::CxxCompiler => "to compile HiGHS and what speaks to CBC",
            Need::Make => "to run the build of HiGHS",
            Need::Libclang => "for bindgen, which reads the header of HiGHS",
            Need::PkgConfig => "to find the library of CBC",
            Need::CbcLibrary => "to link CBC",
            Need::CbcProgram => "for the solver lp:cbc",
            Need::Glpsol => "for the solver lp:glpsol",
            Need::Pip => "to fetch the library of SCIP",
            Need::ScipLibrary => "for the solver scip",
        }
    }

    /// Whether the machine has it, where the build will look for it.
    ///
    /// # Errors
    /// When a variable hides what may well be there: no package mends that.
    pub(crate) fn is_met(self, machine: &dyn Machine) -> Result<bool, String> {
        let named =
            |variable: &str, default: &str| machine.variable(variable).unwrap_or_else(|| default.to_owned());
        match self {
            // The crate cmake calls $CMAKE, and builds with make unless CMAKE_GENERATOR says otherwise.
            Need::Cmake => Ok(machine.has_program(&named("CMAKE", "cmake"))),
            Need::Make if named("CMAKE_GENERATOR", "make").contains("Ninja") => {
                Ok(machine.has_program("ninja"))
            }
            Need::Make => Ok(machine.has_program("make") || machine.has_program("gmake")),
            // The crate cc takes the first word of $CXX for the program.
            Need::CxxCompiler => {
                Ok(machine.has_program(named("CXX", "c++").split(' ').next().unwrap_or("c++")))
            }
            Need::Libclang => match libclang::find(machine) {
                Ok(_) => Ok(true),
                Err(NoLibclang::Missing) => Ok(false),
                Err(NoLibclang::MisledByVariable(value)) => Err(format!(
                    "LIBCLANG_PATH is `{value}`, where there is no libclang: unset it, or let it name the folder of libclang.so"
                )),
            },
            Need::PkgConfig => Ok(pkg_config(machine).is_some()),
            Need::CbcLibrary => Ok(pkg_config(machine)
                .is_some_and(|program| machine.output(&program, &["--exists", "cbc"]).is_some())),
            Need::CbcProgram => Ok(machine.has_program("cbc")),
            Need::Glpsol => Ok(machine.has_program("glpsol")),
            Need::Pip => {
                Ok(scip::is_here(machine)?
                    || machine.output("python3", &["-m", "pip", "--version"]).is_some())
            }
            Need::ScipLibrary => scip::is_here(machine),
        }
    }
}

/// The program that the crate pkg-config calls.
fn pkg_config(machine: &dyn Machine) -> Option<String> {
    let named = machine.variable("PKG_CONFIG").map(|name| vec![name]);
    let candidates = named.unwrap_or_else(|| ["pkg-config", "pkgconf"].map(str::to_owned).to_vec());
    candidates.into_iter().find(|program| machine.has_program(program))
}

impl fmt::Display for Need {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Need::Cmake => "cmake",
            Need::CxxCompiler => "a C++ compiler",
            Need::Make => "make",
            Need::Libclang => "libclang",
            Need::PkgConfig => "pkg-config",
            Need::CbcLibrary => "CBC's library with its pkg-config file",
            Need::CbcProgram => "the program cbc",
            Need::Glpsol => "the program glpsol",
            Need::Pip => "python3 with pip",
            Need::ScipLibrary => "the library of SCIP 10",
        })
    }
}

/// Those of the feature's needs that the machine does not meet.
///
/// # Errors
/// As [`Need::is_met`].
pub(crate) fn missing(machine: &dyn Machine, feature: Feature) -> Result<Vec<Need>, String> {
    let mut missing = Vec::new();
    for need in Need::of(feature) {
        if !need.is_met(machine)? {
            missing.push(need);
        }
    }
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::super::machine::fake::FakeMachine;
    use super::*;

    fn check_feature(machine: &FakeMachine, feature: Feature, expected: &[Need]) {
        assert_eq!(missing(machine, feature).expect("no variable misleads"), expected);
    }

    fn check(machine: &FakeMachine, expected: &[Need]) {
        check_feature(machine, Feature::Highs, expected);
    }

    fn complete() -> FakeMachine {
        FakeMachine::new()
            .programs(&["cmake", "c++", "make", "pkg-config", "cbc", "glpsol"])
            .file("/usr/lib/llvm-14/lib/libclang.so")
            .output("pkg-config --exists cbc", "")
            .variable("XDG_DATA_HOME", "/data")
            .file(&format!("/data/greymatter/scip/lib/{}", scip::LIBRARY))
    }

    #[test]
    fn a_complete_machine_misses_nothing() {
        for &feature in Feature::value_variants() {
            check_feature(&complete(), feature, &[]);
        }
    }

    #[test]
    fn an_empty_machine_misses_everything() {
        for (feature, expected) in [
            (Feature::Highs, &[Need::CxxCompiler, Need::Cmake, Need::Make, Need::Libclang][..]),
            (Feature::Scip, &[Need::Pip, Need::ScipLibrary]),
            (Feature::Cbc, &[Need::CxxCompiler, Need::PkgConfig, Need::CbcLibrary]),
            (Feature::Lp, &[Need::CbcProgram, Need::Glpsol]),
            (
                Feature::All,
                &[
                    Need::CxxCompiler,
                    Need::Cmake,
                    Need::Make,
                    Need::Libclang,
                    Need::Pip,
                    Need::ScipLibrary,
                    Need::PkgConfig,
                    Need::CbcLibrary,
                    Need::CbcProgram,
                    Need::Glpsol,
                ],
            ),
        ] {
            check_feature(&FakeMachine::new(), feature, expected);
        }
    }

    #[test]
    fn the_library_of_cbc_is_what_pkg_config_finds() {
        let without_library = FakeMachine::new().programs(&["c++", "pkg-config", "cbc"]);
        check_feature(&without_library, Feature::Cbc, &[Need::CbcLibrary]);
        let other_program =
            FakeMachine::new().programs(&["c++", "pkgconf"]).output("pkgconf --exists cbc", "");
        check_feature(&other_program, Feature::Cbc, &[]);
        // As the build does, the program that the variable names is asked, and no other.
        let named = complete().variable("PKG_CONFIG", "/opt/bin/pkg-config");
        check_feature(&named, Feature::Cbc, &[Need::PkgConfig, Need::CbcLibrary]);
        let named = named.file("/opt/bin/pkg-config").output("/opt/bin/pkg-config --exists cbc", "");
        check_feature(&named, Feature::Cbc, &[]);
    }

    #[test]
    fn pip_is_needed_only_to_fetch_the_library_of_scip() {
        let with_pip = FakeMachine::new().output("python3 -m pip --version", "pip 23.0.1\n");
        check_feature(&with_pip, Feature::Scip, &[Need::ScipLibrary]);
        check_feature(&complete(), Feature::Scip, &[]);
        let misled = complete().variable("SCIPOPTDIR", "/nowhere");
        let error = missing(&misled, Feature::Scip).unwrap_err();
        assert!(error.contains("SCIPOPTDIR") && error.contains("/nowhere"), "{error}");
    }

    #[test]
    fn each_command_line_solver_is_looked_for_by_its_own_name() {
        check_feature(&FakeMachine::new().programs(&["cbc"]), Feature::Lp, &[Need::Glpsol]);
        check_feature(&FakeMachine::new().programs(&["glpsol"]), Feature::Lp, &[Need::CbcProgram]);
    }

    #[test]
    fn a_machine_with_rust_and_a_compiler_misses_the_rest() {
        check(&FakeMachine::new().programs(&["c++", "cc", "g++", "make"]), &[Need::Cmake, Need::Libclang]);
    }

    #[test]
    fn the_builds_own_variables_are_heeded() {
        let without_cxx =
            FakeMachine::new().programs(&["cmake", "make", "g++-13"]).file("/usr/lib64/libclang.so");
        check(&without_cxx, &[Need::CxxCompiler]);
        check(&without_cxx.variable("CXX", "g++-13 -m64"), &[]);
        let generator = complete().variable("CMAKE_GENERATOR", "Ninja");
        check(&generator, &[Need::Make]);
        check(&generator.programs(&["ninja"]), &[]);
        check(&complete().variable("CMAKE", "/opt/cmake/bin/cmake"), &[Need::Cmake]);
    }

    #[test]
    fn a_misleading_variable_is_named() {
        let error = missing(&complete().variable("LIBCLANG_PATH", "/nowhere"), Feature::Highs).unwrap_err();
        assert!(error.contains("LIBCLANG_PATH") && error.contains("/nowhere"), "{error}");
    }
}
