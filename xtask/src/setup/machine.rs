//! What the set-up asks of the machine that it runs on, as an interface, so that tests can be machines of every kind.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Questions about a machine. None of them changes anything.
pub(crate) trait Machine {
    /// The value of an environment variable; an empty one counts as unset.
    fn variable(&self, name: &str) -> Option<String>;

    /// The names of the files and folders in `folder`; empty where the folder does not exist.
    fn entries(&self, folder: &Path) -> Vec<String>;

    /// Whether `path`, links followed, is a file.
    fn is_file(&self, path: &Path) -> bool;

    /// What `program` prints on its standard output, if it can be started and ends well.
    fn output(&self, program: &str, arguments: &[&str]) -> Option<String>;

    /// Whether `program` (a name to be looked up in `PATH`, or a path) can be called.
    fn has_program(&self, program: &str) -> bool {
        if program.contains('/') {
            return self.is_file(Path::new(program));
        }
        let path = self.variable("PATH").unwrap_or_default();
        let name = format!("{program}{}", env::consts::EXE_SUFFIX);
        env::split_paths(&path).any(|folder| self.is_file(&folder.join(&name)))
    }
}

/// The machine that we run on.
pub(crate) struct ThisMachine;

impl Machine for ThisMachine {
    fn variable(&self, name: &str) -> Option<String> {
        env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn entries(&self, folder: &Path) -> Vec<String> {
        let Ok(entries) = folder.read_dir() else { return Vec::new() };
        entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn output(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let output = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The paths that match a pattern in which a component may hold one `*`, sorted; existing or not where it has none.
pub(crate) fn expand(machine: &dyn Machine, pattern: &str) -> Vec<PathBuf> {
    let mut paths = vec![PathBuf::from("/")];
    for component in pattern.split('/').filter(|component| !component.is_empty()) {
        paths = match component.split_once('*') {
            None => paths.into_iter().map(|path| path.join(component)).collect(),
            Some((before, after)) => {
                paths.iter().flat_map(|path| matching_entries(machine, path, before, after)).collect()
            }
        };
    }
    paths
}

fn matching_entries(machine: &dyn Machine, folder: &Path, before: &str, after: &str) -> Vec<PathBuf> {
    let matches = |name: &String| {
        name.len() >= before.len() + after.len() && name.starts_with(before) && name.ends_with(after)
    };
    let mut names: Vec<_> = machine.entries(folder).into_iter().filter(matches).collect();
    names.sort();
    names.into_iter().map(|name| folder.join(name)).collect()
}

#[cfg(test)]
pub(crate) mod fake {
    //! A machine made of lists.

    use std::collections::{BTreeMap, BTreeSet};
    use std::path::{Path, PathBuf};

    use super::Machine;

    /// A machine with exactly the variables, files and program outputs that a test names; `PATH` is `/usr/bin`.
    #[derive(Default)]
    pub(crate) struct FakeMachine {
        variables: BTreeMap<String, String>,
        files: BTreeSet<PathBuf>,
        outputs: BTreeMap<String, String>,
    }

    impl FakeMachine {
        pub(crate) fn new() -> Self {
            Self::default().variable("PATH", "/usr/bin")
        }

        pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
            self.variables.insert(name.to_owned(), value.to_owned());
            self
        }

        pub(crate) fn file(mut self, path: &str) -> Self {
            self.files.insert(PathBuf::from(path));
            self
        }

        pub(crate) fn programs(self, names: &[&str]) -> Self {
            names.iter().fold(self, |machine, name| machine.file(&format!("/usr/bin/{name}")))
        }

        /// `line` is the program and its arguments, with single blanks between.
        pub(crate) fn output(mut self, line: &str, output: &str) -> Self {
            self.outputs.insert(line.to_owned(), output.to_owned());
            self
        }
    }

    impl Machine for FakeMachine {
        fn variable(&self, name: &str) -> Option<String> {
            self.variables.get(name).cloned()
        }

        fn entries(&self, folder: &Path) -> Vec<String> {
            let first_below = |path: &PathBuf| {
                let below = path.strip_prefix(folder).ok()?.components().next()?;
                Some(below.as_os_str().to_string_lossy().into_owned())
            };
            let names: BTreeSet<_> = self.files.iter().filter_map(first_below).collect();
            names.into_iter().collect()
        }

        fn is_file(&self, path: &Path) -> bool {
            self.files.contains(path)
        }

        fn output(&self, program: &str, arguments: &[&str]) -> Option<String> {
            let line: Vec<_> = std::iter::once(program).chain(arguments.iter().copied()).collect();
            self.outputs.get(&line.join(" ")).cloned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fake::FakeMachine;
    use super::*;

    #[test]
    fn patterns_expand_component_by_component() {
        let machine = FakeMachine::new()
            .file("/usr/lib/llvm-14/lib/a")
            .file("/usr/lib/llvm-19/lib/b")
            .file("/usr/lib64/c");
        let check = |pattern: &str, expected: &[&str]| {
            let expected: Vec<_> = expected.iter().map(PathBuf::from).collect();
            assert_eq!(expand(&machine, pattern), expected, "{pattern}");
        };
        check("/usr/lib/llvm-*/lib", &["/usr/lib/llvm-14/lib", "/usr/lib/llvm-19/lib"]);
        check("/usr/lib*", &["/usr/lib", "/usr/lib64"]);
        check("/usr/*/*/lib", &["/usr/lib/llvm-14/lib", "/usr/lib/llvm-19/lib", "/usr/lib64/c/lib"]);
        check("/opt/*/lib", &[]);
        check("/opt/llvm/lib", &["/opt/llvm/lib"]);
    }

    #[test]
    fn programs_are_found_in_the_path_or_by_their_path() {
        let machine = FakeMachine::new().programs(&["cmake"]).file("/opt/bin/ninja");
        assert!(machine.has_program("cmake"));
        assert!(machine.has_program("/opt/bin/ninja"));
        assert!(!machine.has_program("ninja"));
        assert!(!machine.has_program("/opt/bin/cmake"));
    }

    #[test]
    fn this_machine_answers() {
        let machine = ThisMachine;
        assert!(machine.variable("PATH").is_some());
        assert!(machine.variable("GREYMATTER_NO_SUCH_VARIABLE").is_none());
        assert!(machine.has_program("cargo"));
        let version = machine.output("rustc", &["--version"]).expect("rustc stands beside cargo");
        assert!(version.starts_with("rustc "), "{version}");
        assert_eq!(machine.output("no-such-program", &[]), None);
        assert!(machine.entries(Path::new(env!("CARGO_MANIFEST_DIR"))).contains(&"Cargo.toml".to_owned()));
        assert!(machine.entries(Path::new("/no/such/folder")).is_empty());
    }
}
