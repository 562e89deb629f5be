//! The shared library of SCIP, which solver-api opens when it runs: finding it, or taking it out of a Python package.
//!
//! Debian has no package of SCIP, and the crate that builds with it downloads it during the build. The wheels of
//! pyscipopt, which pip checks, carry the library with everything that it loads.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::machine::Machine;
use super::plan::CommandLine;

/// The package, with SCIP 10.0.2.
const PACKAGE: &str = "pyscipopt==6.3.0";
/// Whose wheel is taken, whichever Python runs here: its library is all that we want.
const PYTHON_VERSION: &str = "3.11";

/// The library's name for this system.
pub(super) const LIBRARY: &str = if cfg!(target_os = "macos") { "libscip.dylib" } else { "libscip.so" };

/// Where in the unpacked package the library and what it loads may lie: on Linux, on macOS.
const IN_PACKAGE: [&str; 2] = ["pyscipopt.libs", "pyscipopt/.dylibs"];

/// How the library comes to the machine.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fetch {
    /// Unpacks the package.
    pub(crate) unpack: CommandLine,
    /// Holds `package` meanwhile, and `lib` in the end.
    pub(crate) folder: PathBuf,
}

/// Whether the machine has the library in one of the places where solver-api looks.
///
/// # Errors
/// When `SCIPOPTDIR`, besides which it looks nowhere else, names a folder without the library.
pub(super) fn is_here(machine: &dyn Machine) -> Result<bool, String> {
    if let Some(named) = machine.variable("SCIPOPTDIR") {
        let holds = |folder: &&str| machine.is_file(&Path::new(&named).join(folder).join(LIBRARY));
        return if ["lib", "lib64", "bin"].iter().any(holds) {
            Ok(true)
        } else {
            Err(format!(
                "SCIPOPTDIR is `{named}`, where there is no lib/{LIBRARY}: unset it, or let it name an installation of SCIP 10"
            ))
        };
    }
    let conda = machine.variable("CONDA_PREFIX").map(|prefix| Path::new(&prefix).join("lib"));
    let homebrew = cfg!(target_os = "macos").then(|| PathBuf::from("/opt/homebrew/lib"));
    let mut folders =
        [folder(machine).map(|folder| folder.join("lib")), conda, homebrew].into_iter().flatten();
    Ok(folders.any(|folder| machine.is_file(&folder.join(LIBRARY))) || is_known_to_linker(machine))
}

fn is_known_to_linker(machine: &dyn Machine) -> bool {
    let names = [LIBRARY, "libscip.so.10.0"];
    let caches = ["ldconfig", "/sbin/ldconfig"].iter().filter_map(|program| machine.output(program, &["-p"]));
    caches.into_iter().any(|cache| {
        cache.lines().any(|line| line.split_whitespace().next().is_some_and(|name| names.contains(&name)))
    })
}

/// The folder below which solver-api looks for what this set-up fetched.
fn folder(machine: &dyn Machine) -> Option<PathBuf> {
    let home = || machine.variable("HOME").or_else(|| machine.variable("USERPROFILE"));
    let data = machine.variable("XDG_DATA_HOME").map(PathBuf::from);
    Some(data.or_else(|| Some(Path::new(&home()?).join(".local/share")))?.join("greymatter/scip"))
}

/// Plans to take the library out of the Python package.
///
/// # Errors
/// A sentence that says why that cannot be.
pub(super) fn plan(machine: &dyn Machine) -> Result<Fetch, String> {
    let folder =
        folder(machine).ok_or("neither XDG_DATA_HOME nor HOME says where to put the library of SCIP")?;
    let package = folder.join("package").to_string_lossy().into_owned();
    let pip = "python3 -m pip install --no-deps --only-binary=:all: --upgrade --python-version";
    let words = pip.split(' ').chain([PYTHON_VERSION, "--target", &package, PACKAGE]);
    Ok(Fetch { unpack: CommandLine(words.map(str::to_owned).collect()), folder })
}

/// Puts the library of the unpacked package, and what lies beside it and is loaded by it, where solver-api looks.
///
/// # Errors
/// When the package is not as expected, or a file cannot be moved.
pub(super) fn place(folder: &Path) -> Result<()> {
    let package = folder.join("package");
    let (library, name) = IN_PACKAGE
        .iter()
        .find_map(|part| library_in(&package.join(part)))
        .with_context(|| format!("{PACKAGE} holds no library of SCIP for this system"))?;
    let lib = folder.join("lib");
    if lib.exists() {
        fs::remove_dir_all(&lib).with_context(|| format!("cannot replace {}", lib.display()))?;
    }
    fs::rename(&library, &lib).with_context(|| format!("cannot move the library to {}", lib.display()))?;
    // The library finds its neighbours from the folder of the name by which it is opened.
    fs::hard_link(lib.join(name), lib.join(LIBRARY))
        .with_context(|| format!("cannot name the library in {}", lib.display()))?;
    fs::remove_dir_all(&package).with_context(|| format!("cannot remove {}", package.display()))
}

/// The folder with the name of the library in it.
fn library_in(folder: &Path) -> Option<(PathBuf, String)> {
    let names = folder.read_dir().ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let name = names.filter(|name| name.starts_with("libscip")).min()?;
    Some((folder.to_path_buf(), name))
}

#[cfg(test)]
mod tests {
    use super::super::machine::fake::FakeMachine;
    use super::*;

    fn at_home() -> FakeMachine {
        FakeMachine::new().variable("HOME", "/me")
    }

    #[test]
    fn the_places_are_those_where_solver_api_looks() {
        let check = |machine: &FakeMachine, expected: bool| assert_eq!(is_here(machine), Ok(expected));
        let file = |folder: &str| format!("{folder}/{LIBRARY}");
        check(&FakeMachine::new(), false);
        check(&at_home(), false);
        check(&at_home().file(&file("/me/.local/share/greymatter/scip/lib")), true);
        let elsewhere = at_home().variable("XDG_DATA_HOME", "/data");
        check(&elsewhere, false);
        check(&elsewhere.file(&file("/data/greymatter/scip/lib")), true);
        check(&at_home().variable("CONDA_PREFIX", "/conda").file(&file("/conda/lib")), true);
        let linker = "\tlibscip.so.10.0 (libc6,x86-64) => /usr/lib/libscip.so.10.0\n";
        check(&FakeMachine::new().output("/sbin/ldconfig -p", linker), true);
        check(
            &FakeMachine::new().output("ldconfig -p", "\tlibscipher.so (libc6) => /usr/lib/libscipher.so\n"),
            false,
        );
    }

    #[test]
    fn a_named_installation_is_the_only_one() {
        let library = format!("/me/.local/share/greymatter/scip/lib/{LIBRARY}");
        let machine = at_home().file(&library).variable("SCIPOPTDIR", "/opt/scip");
        let error = is_here(&machine).expect_err("the variable misleads");
        assert!(error.starts_with("SCIPOPTDIR is `/opt/scip`"), "{error}");
        assert_eq!(is_here(&machine.file(&format!("/opt/scip/lib64/{LIBRARY}"))), Ok(true));
    }

    #[test]
    fn the_package_is_unpacked_below_the_folder_of_the_user() {
        let fetch = plan(&at_home()).expect("there is a home");
        assert_eq!(
            fetch.unpack.to_string(),
            "python3 -m pip install --no-deps --only-binary=:all: --upgrade --python-version 3.11 --target \
             /me/.local/share/greymatter/scip/package pyscipopt==6.3.0"
        );
        assert_eq!(fetch.folder, Path::new("/me/.local/share/greymatter/scip"));
        assert!(plan(&FakeMachine::new()).is_err());
    }

    #[test]
    fn the_library_comes_with_its_neighbours_and_an_older_one_goes() {
        let folder = std::env::temp_dir().join(format!("greymatter-scip-{}", std::process::id()));
        let write = |path: &str, text: &str| {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().expect("a file below the folder")).expect("a folder");
            fs::write(path, text).expect("a file");
        };
        write("lib/libgfortran-0.so.5", "old");
        write("package/pyscipopt/__init__.py", "");
        assert!(place(&folder).expect_err("no library").to_string().contains("holds no library"));
        write("package/pyscipopt.libs/libgfortran-1.so.5", "fortran");
        write("package/pyscipopt.libs/libscip-1.so.10.0", "scip");
        place(&folder).expect("the library is there");
        let read = |path: &str| fs::read_to_string(folder.join(path)).ok();
        assert_eq!(read(&format!("lib/{LIBRARY}")).as_deref(), Some("scip"));
        assert_eq!(read("lib/libgfortran-1.so.5").as_deref(), Some("fortran"));
        assert_eq!(read("lib/libgfortran-0.so.5"), None);
        assert!(!folder.join("package").exists());
        fs::remove_dir_all(folder).expect("the folder can be removed");
    }
}
