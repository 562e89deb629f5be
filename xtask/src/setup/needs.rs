//! What the parts of the build need beyond Rust, and whether a machine has it.

use std::fmt;

use super::libclang::{self, NoLibclang};
use super::machine::Machine;
use crate::flags::Feature;

/// A tool without which something cannot be built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Cmake,
    CxxCompiler,
    Make,
    Libclang,
}

impl Need {
    /// The needs of a feature.
    pub(crate) fn of(feature: Feature) -> &'static [Need] {
        match feature {
            Feature::Highs | Feature::All => &[Need::CxxCompiler, Need::Cmake, Need::Make, Need::Libclang],
        }
    }

    /// What it is needed for.
    pub(crate) fn purpose(self) -> &'static str {
        match self {
            Need::Cmake => "to configure the build of HiGHS",
            Need::CxxCompiler => "to compile HiGHS",
            Need::Make => "to run the build of HiGHS",
            Need::Libclang => "for bindgen, which reads the header of HiGHS",
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
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Need::Cmake => "cmake",
            Need::CxxCompiler => "a C++ compiler",
            Need::Make => "make",
            Need::Libclang => "libclang",
        })
    }
}

/// Those of the feature's needs that the machine does not meet.
///
/// # Errors
/// As [`Need::is_met`].
pub(crate) fn missing(machine: &dyn Machine, feature: Feature) -> Result<Vec<Need>, String> {
    let mut missing = Vec::new();
    for &need in Need::of(feature) {
        if !need.is_met(machine)? {
            missing.push(need);
        }
    }
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::super::machine::fake::FakeMachine;
    use super::*;

    fn check(machine: &FakeMachine, expected: &[Need]) {
        assert_eq!(missing(machine, Feature::Highs).expect("no variable misleads"), expected);
    }

    fn complete() -> FakeMachine {
        FakeMachine::new().programs(&["cmake", "c++", "make"]).file("/usr/lib/llvm-14/lib/libclang.so")
    }

    #[test]
    fn a_complete_machine_misses_nothing() {
        check(&complete(), &[]);
        assert_eq!(missing(&complete(), Feature::All), Ok(Vec::new()));
    }

    #[test]
    fn an_empty_machine_misses_everything() {
        check(&FakeMachine::new(), &[Need::CxxCompiler, Need::Cmake, Need::Make, Need::Libclang]);
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
