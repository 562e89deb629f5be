//! Finding libclang, the C parser with which bindgen reads HiGHS' header.
//!
//! bindgen opens the library when it runs (through the crate clang-sys 1.9), so a bare shared library is enough: no
//! link to build against, no `clang` program, and for HiGHS' C header on glibc not even clang's own `stddef.h`.

use std::path::{Path, PathBuf};

use super::machine::{Machine, expand};

/// A libclang that was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Libclang {
    /// The folder that holds the library.
    pub(crate) folder: PathBuf,
    pub(crate) reach: Reach,
}

/// How bindgen comes to a libclang.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// bindgen looks there by itself, or the caller's `LIBCLANG_PATH` names it.
    ByItself,
    /// Only when we set `LIBCLANG_PATH`.
    ByVariable,
}

/// Why there is no libclang.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoLibclang {
    /// None was found.
    Missing,
    /// `LIBCLANG_PATH` has this value, which names none, and bindgen then looks nowhere else.
    MisledByVariable(String),
}

/// Where clang-sys looks by itself; the first two are special cases of later ones, and answer at once.
const SEARCHED_BY_BINDGEN: [&str; 13] = [
    "/usr/lib/llvm*/lib*",
    "/usr/lib64",
    "/usr/lib*",
    "/usr/lib*/*",
    "/usr/local/llvm*/lib*",
    "/usr/local/lib*",
    "/usr/local/lib*/*",
    "/usr/local/opt/llvm*/lib",
    "/usr/local/opt/llvm*/lib/llvm*/lib",
    "/Library/Developer/CommandLineTools/usr/lib",
    "/Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib",
    "/usr/lib*/*/*",
    "/usr/local/lib*/*/*",
];

/// Finds a libclang, preferring one that needs no variable: setting one would make cargo build bindgen and HiGHS anew.
///
/// # Errors
/// [`NoLibclang`] says why there is none.
pub(crate) fn find(machine: &dyn Machine) -> Result<Libclang, NoLibclang> {
    let found = |folder: PathBuf, reach| Ok(Libclang { folder, reach });
    if let Some(value) = machine.variable("LIBCLANG_PATH") {
        return match named_by_variable(machine, Path::new(&value)) {
            Some(folder) => found(folder, Reach::ByItself),
            None => Err(NoLibclang::MisledByVariable(value)),
        };
    }
    if let Some(folder) = first_with_libclang(machine, asked_of_programs(machine)) {
        return found(folder, Reach::ByItself);
    }
    for pattern in SEARCHED_BY_BINDGEN {
        if let Some(folder) = first_with_libclang(machine, expand(machine, pattern)) {
            return found(folder, Reach::ByItself);
        }
    }
    match first_with_libclang(machine, not_searched_by_bindgen(machine)) {
        Some(folder) => found(folder, Reach::ByVariable),
        None => Err(NoLibclang::Missing),
    }
}

/// `LIBCLANG_PATH` names the library or its folder.
fn named_by_variable(machine: &dyn Machine, path: &Path) -> Option<PathBuf> {
    let is_library = path.file_name().and_then(|name| name.to_str()).is_some_and(is_libclang);
    if is_library && machine.is_file(path) {
        return path.parent().map(Path::to_path_buf);
    }
    first_with_libclang(machine, vec![path.to_path_buf()])
}

/// The folders that clang-sys gets from programs and from the linker's variables.
fn asked_of_programs(machine: &dyn Machine) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    let llvm_config = machine.variable("LLVM_CONFIG_PATH").unwrap_or_else(|| "llvm-config".to_owned());
    if let Some(prefix) = first_line(machine.output(&llvm_config, &["--prefix"])) {
        folders.extend(["lib", "lib64"].map(|folder| Path::new(&prefix).join(folder)));
    }
    if let Some(xcode) = first_line(machine.output("xcode-select", &["--print-path"])) {
        folders.push(Path::new(&xcode).join("Toolchains/XcodeDefault.xctoolchain/usr/lib"));
    }
    for variable in ["LD_LIBRARY_PATH", "LIBRARY_PATH"] {
        folders.extend(machine.variable(variable).iter().flat_map(std::env::split_paths));
    }
    folders
}

/// Further places: `llvm-config --libdir` (some distributions keep it apart from the prefix), what the dynamic linker
/// knows, an active conda environment, and Homebrew on Apple silicon.
fn not_searched_by_bindgen(machine: &dyn Machine) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    folders.extend(first_line(machine.output("llvm-config", &["--libdir"])).map(PathBuf::from));
    // Outside root's PATH, ldconfig is known by its folder only.
    let linker_cache =
        ["ldconfig", "/sbin/ldconfig"].iter().find_map(|program| machine.output(program, &["-p"]));
    folders.extend(linker_cache.iter().flat_map(|cache| linker_folders(cache)));
    folders.extend(machine.variable("CONDA_PREFIX").map(|prefix| Path::new(&prefix).join("lib")));
    folders.extend(
        first_line(machine.output("brew", &["--prefix", "llvm"])).map(|llvm| Path::new(&llvm).join("lib")),
    );
    folders.extend(expand(machine, "/opt/homebrew/opt/llvm*/lib"));
    folders
}

/// The folders of libclang in the output of `ldconfig -p`, whose lines read `name (kind) => path`.
fn linker_folders(cache: &str) -> Vec<PathBuf> {
    let path_of = |line: &str| {
        let (name, path) = line.split_once(" => ")?;
        is_libclang(name.split_whitespace().next()?)
            .then(|| Path::new(path.trim()).parent().map(Path::to_path_buf))?
    };
    cache.lines().filter_map(path_of).collect()
}

fn first_with_libclang(machine: &dyn Machine, folders: Vec<PathBuf>) -> Option<PathBuf> {
    let holds_libclang = |folder: &PathBuf| {
        let is_ours = |name: &String| is_libclang(name) && machine.is_file(&folder.join(name));
        machine.entries(folder).iter().any(is_ours)
    };
    folders.into_iter().find(holds_libclang)
}

/// Whether a file of this name is libclang: `libclang.so`, `libclang.so.13`, `libclang-14.so.1`, `libclang.dylib`, ...
/// `libclang-cpp.so` is another library (clang's C++ classes), and so are the many `libclangAST.a`.
fn is_libclang(name: &str) -> bool {
    let Some(rest) = name.strip_prefix("libclang") else { return false };
    let rest = match rest.strip_prefix('-') {
        Some(versioned) => versioned.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.'),
        None => rest.strip_prefix('.').unwrap_or("no extension"),
    };
    ["so", "dylib", "dll"].contains(&rest) || rest.starts_with("so.")
}

fn first_line(output: Option<String>) -> Option<String> {
    output?.lines().next().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::machine::fake::FakeMachine;
    use super::*;

    #[test]
    fn the_names_of_libclang_are_told_from_its_neighbours() {
        for name in [
            "libclang.so",
            "libclang.so.1",
            "libclang.so.20.1",
            "libclang-14.so",
            "libclang-14.0.6.so",
            "libclang-14.so.13",
            "libclang.dylib",
            "libclang.dll",
        ] {
            assert!(is_libclang(name), "{name}");
        }
        for name in [
            "libclang-cpp.so",
            "libclang-cpp.so.14",
            "libclang-cpp14.so",
            "libclangAST.a",
            "libclang_shared.so",
            "libclang_rt.asan.so",
            "libclang.a",
            "libclang",
            "libLLVM-14.so",
        ] {
            assert!(!is_libclang(name), "{name}");
        }
    }

    fn check(machine: &FakeMachine, expected: Result<(&str, Reach), NoLibclang>) {
        let expected = expected.map(|(folder, reach)| Libclang { folder: PathBuf::from(folder), reach });
        assert_eq!(find(machine), expected);
    }

    #[test]
    fn an_empty_machine_has_none() {
        check(&FakeMachine::new(), Err(NoLibclang::Missing));
    }

    #[test]
    fn the_cpp_library_alone_is_none() {
        let machine = FakeMachine::new()
            .file("/usr/lib/x86_64-linux-gnu/libclang-cpp.so.14")
            .file("/usr/lib/llvm-14/lib/libclangAST.a")
            .output(
                "ldconfig -p",
                "\tlibclang-cpp.so.14 (libc6,x86-64) => /lib/x86_64-linux-gnu/libclang-cpp.so.14\n",
            );
        check(&machine, Err(NoLibclang::Missing));
    }

    #[test]
    fn the_usual_folders_need_no_variable() {
        for (file, folder) in [
            ("/usr/lib/llvm-14/lib/libclang.so", "/usr/lib/llvm-14/lib"),
            ("/usr/lib/x86_64-linux-gnu/libclang-14.so.13", "/usr/lib/x86_64-linux-gnu"),
            ("/usr/lib64/libclang.so.20.1", "/usr/lib64"),
            ("/usr/lib/libclang.so", "/usr/lib"),
            ("/usr/lib/llvm20/lib/libclang.so.20.1", "/usr/lib/llvm20/lib"),
            ("/usr/local/lib/libclang.so", "/usr/local/lib"),
            (
                "/Library/Developer/CommandLineTools/usr/lib/libclang.dylib",
                "/Library/Developer/CommandLineTools/usr/lib",
            ),
        ] {
            check(&FakeMachine::new().file(file), Ok((folder, Reach::ByItself)));
        }
    }

    #[test]
    fn llvm_config_and_the_linkers_variables_are_asked_as_bindgen_does() {
        let machine = FakeMachine::new()
            .file("/opt/llvm/lib64/libclang.so")
            .output("llvm-config --prefix", "/opt/llvm\n");
        check(&machine, Ok(("/opt/llvm/lib64", Reach::ByItself)));
        let machine =
            FakeMachine::new().file("/opt/b/libclang.so.1").variable("LD_LIBRARY_PATH", "/opt/a:/opt/b");
        check(&machine, Ok(("/opt/b", Reach::ByItself)));
    }

    #[test]
    fn places_that_bindgen_does_not_know_need_the_variable() {
        let linker = "\tlibc.so.6 (libc6) => /lib/libc.so.6\n\tlibclang-15.so.15 (libc6) => /srv/llvm/libclang-15.so.15\n";
        for (machine, folder) in [
            (
                FakeMachine::new().file("/srv/llvm/libclang-15.so.15").output("ldconfig -p", linker),
                "/srv/llvm",
            ),
            (
                FakeMachine::new().file("/srv/llvm/libclang-15.so.15").output("/sbin/ldconfig -p", linker),
                "/srv/llvm",
            ),
            (
                FakeMachine::new().file("/conda/lib/libclang.so").variable("CONDA_PREFIX", "/conda"),
                "/conda/lib",
            ),
            (
                FakeMachine::new()
                    .file("/brew/llvm/lib/libclang.dylib")
                    .output("brew --prefix llvm", "/brew/llvm\n"),
                "/brew/llvm/lib",
            ),
            (
                FakeMachine::new().file("/opt/homebrew/opt/llvm/lib/libclang.dylib"),
                "/opt/homebrew/opt/llvm/lib",
            ),
        ] {
            check(&machine, Ok((folder, Reach::ByVariable)));
        }
    }

    #[test]
    fn a_place_that_needs_no_variable_is_preferred() {
        let machine = FakeMachine::new()
            .variable("CONDA_PREFIX", "/conda")
            .file("/conda/lib/libclang.so")
            .file("/usr/lib/llvm-14/lib/libclang.so");
        check(&machine, Ok(("/usr/lib/llvm-14/lib", Reach::ByItself)));
    }

    #[test]
    fn libclang_path_names_a_folder_or_the_library_and_nothing_else_is_searched() {
        let machine = FakeMachine::new().file("/usr/lib/llvm-14/lib/libclang.so").file("/my/libclang.so");
        check(&machine, Ok(("/usr/lib/llvm-14/lib", Reach::ByItself)));
        let machine = machine.variable("LIBCLANG_PATH", "/my");
        check(&machine, Ok(("/my", Reach::ByItself)));
        let machine = machine.variable("LIBCLANG_PATH", "/my/libclang.so");
        check(&machine, Ok(("/my", Reach::ByItself)));
        let machine = machine.variable("LIBCLANG_PATH", "/nowhere");
        check(&machine, Err(NoLibclang::MisledByVariable("/nowhere".to_owned())));
    }

    #[test]
    fn a_dangling_link_is_no_library() {
        // The entry is listed since something lies below it, but it is no file.
        check(&FakeMachine::new().file("/usr/lib64/libclang.so/not-a-library"), Err(NoLibclang::Missing));
    }
}
