//! Where the library is looked for. `cargo xtask setup scip` knows the same places.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The library's name for this system.
const LIBRARY: &str = if cfg!(target_os = "macos") {
    "libscip.dylib"
} else if cfg!(windows) {
    "libscip.dll"
} else {
    "libscip.so"
};

/// A library that may be there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// A path, or a bare name for the system's loader to find.
    pub(super) library: PathBuf,
    /// Why it is looked for there, for messages.
    pub(super) origin: &'static str,
}

/// The places that this process's environment names, the first one to be tried first.
pub(super) fn of_this_process() -> Vec<Place> {
    of(|name| env::var_os(name).filter(|value| !value.is_empty()))
}

/// Like the build of SCIP's other Rust crates: `SCIPOPTDIR` before conda before the system.
fn of(variable: impl Fn(&str) -> Option<OsString>) -> Vec<Place> {
    let below = |folder: &Path, origin| Place { library: folder.join(LIBRARY), origin };
    if let Some(named) = variable("SCIPOPTDIR") {
        // Whoever names an installation means that one.
        return ["lib", "lib64", "bin"]
            .map(|folder| below(&Path::new(&named).join(folder), "SCIPOPTDIR"))
            .into();
    }
    let mut places = Vec::new();
    let data = variable("XDG_DATA_HOME").map(PathBuf::from).or_else(|| {
        Some(Path::new(&variable("HOME").or_else(|| variable("USERPROFILE"))?).join(".local/share"))
    });
    places.extend(data.map(|data| below(&data.join("greymatter/scip/lib"), "cargo xtask setup scip")));
    places.extend(variable("CONDA_PREFIX").map(|conda| below(&Path::new(&conda).join("lib"), "conda")));
    places.push(Place { library: LIBRARY.into(), origin: "the system's loader" });
    if cfg!(target_os = "macos") {
        // The loader does not look where Homebrew puts libraries on Apple silicon.
        places.push(below(Path::new("/opt/homebrew/lib"), "Homebrew"));
    } else if cfg!(unix) {
        // A package without development files has no bare name.
        places.push(Place { library: "libscip.so.10.0".into(), origin: "the system's loader" });
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(variables: &[(&str, &str)], expected: &[&str]) {
        let places = of(|name| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| OsString::from(value))
        });
        let paths: Vec<_> = places.iter().map(|place| place.library.clone()).collect();
        let expected: Vec<_> = expected.iter().map(|folder| Path::new(folder).join(LIBRARY)).collect();
        assert_eq!(paths[..expected.len()], expected);
    }

    #[test]
    fn a_named_installation_is_the_only_one() {
        let variables = [("SCIPOPTDIR", "/opt/scip"), ("HOME", "/me"), ("CONDA_PREFIX", "/conda")];
        check(&variables, &["/opt/scip/lib", "/opt/scip/lib64", "/opt/scip/bin"]);
        assert_eq!(of(|name| (name == "SCIPOPTDIR").then(|| "/opt/scip".into())).len(), 3);
    }

    #[test]
    fn what_the_setup_fetched_comes_before_conda_and_the_system() {
        let home = ("HOME", "/me");
        check(&[home], &["/me/.local/share/greymatter/scip/lib", ""]);
        check(&[home, ("XDG_DATA_HOME", "/data")], &["/data/greymatter/scip/lib", ""]);
        check(
            &[home, ("CONDA_PREFIX", "/conda")],
            &["/me/.local/share/greymatter/scip/lib", "/conda/lib", ""],
        );
        check(&[], &[""]);
    }
}
