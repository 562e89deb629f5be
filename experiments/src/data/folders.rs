use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::DataError;
use super::catalogue::Published;

/// The folders that may hold data sets, the first choice first; each set lies in a folder of its own name there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFolders(Vec<PathBuf>);

impl DataFolders {
    /// The folder that the user named and no other, if there is one. Otherwise `GREYMATTER_DATA`, `../shared/data`
    /// beside the current directory or beside the checkout around it, and the user's cache folder.
    pub fn find(data_dir: Option<&Path>) -> Self {
        if let Some(folder) = data_dir {
            return Self(vec![folder.to_owned()]);
        }
        let mut folders = Vec::new();
        folders.extend(variable("GREYMATTER_DATA").map(PathBuf::from));
        if let Ok(current) = env::current_dir() {
            folders.extend(shared_folders(&current));
        }
        folders.extend(cache_folder(variable));
        Self(folders)
    }

    /// No folder: only data sets that are part of the program.
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// Where downloads belong: the folder that the user named, otherwise the user's cache folder.
    ///
    /// # Errors
    /// [`DataError::NoCacheFolder`] where the environment does not tell the user's home.
    pub fn for_downloads(data_dir: Option<&Path>) -> Result<PathBuf, DataError> {
        data_dir.map(Path::to_owned).or_else(|| cache_folder(variable)).ok_or(DataError::NoCacheFolder)
    }

    /// The folders, the first choice first.
    pub fn as_slice(&self) -> &[PathBuf] {
        &self.0
    }

    /// The first folder that holds all files, each plain or gzipped; then the files, in the order given.
    pub(super) fn locate<const N: usize>(
        &self,
        published: &Published,
        gzipped_names: [&str; N],
    ) -> Option<(PathBuf, [PathBuf; N])> {
        let inside =
            |folder: &PathBuf| published.folders.iter().map(|name| folder.join(name)).collect::<Vec<_>>();
        self.0.iter().flat_map(inside).find_map(|folder| {
            let files = gzipped_names.map(|name| plain_or_gzipped(&folder, name)).into_iter();
            let files: Vec<PathBuf> = files.collect::<Option<_>>()?;
            Some((folder, files.try_into().expect("one file for every name")))
        })
    }
}

fn plain_or_gzipped(folder: &Path, gzipped_name: &str) -> Option<PathBuf> {
    let plain_name = gzipped_name.trim_end_matches(".gz");
    [plain_name, gzipped_name].iter().map(|name| folder.join(name)).find(|file| file.is_file())
}

/// An environment variable that is set and not empty.
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// `../shared/data`, seen from a folder and from the checkout that it lies in, where that exists.
fn shared_folders(current: &Path) -> Vec<PathBuf> {
    let checkout = current.ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    let beside = |folder: &Path| folder.parent().map(|parent| parent.join("shared").join("data"));
    let mut folders: Vec<PathBuf> =
        [Some(current), checkout].into_iter().flatten().filter_map(beside).collect();
    folders.dedup();
    folders.retain(|folder| folder.is_dir());
    folders
}

/// The user's cache folder for this program, by the custom of the operating system.
fn cache_folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let home = || variable("HOME").map(PathBuf::from);
    let base = if cfg!(windows) {
        variable("LOCALAPPDATA").map(PathBuf::from)
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library").join("Caches"))
    } else {
        let absolute = variable("XDG_CACHE_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
        absolute.or_else(|| home().map(|home| home.join(".cache")))
    };
    Some(base?.join("greymatter").join("data"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_named_folder_is_the_only_one() {
        let folders = DataFolders::find(Some(Path::new("here")));
        assert_eq!(folders.as_slice(), [Path::new("here")]);
        assert_eq!(DataFolders::for_downloads(Some(Path::new("here"))).expect("named"), Path::new("here"));
    }

    #[test]
    fn the_shared_folder_lies_beside_the_current_one_or_beside_the_checkout() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let root = root.path();
        let package = root.join("checkout").join("package");
        fs::create_dir_all(&package).expect("a folder");
        fs::write(root.join("checkout").join("Cargo.lock"), "").expect("a file");
        assert_eq!(shared_folders(&package), [] as [PathBuf; 0]);

        let beside_checkout = root.join("shared").join("data");
        fs::create_dir_all(&beside_checkout).expect("a folder");
        assert_eq!(shared_folders(&package), [beside_checkout.as_path()]);
        assert_eq!(shared_folders(&root.join("checkout")), [beside_checkout.as_path()]);

        let beside_package = root.join("checkout").join("shared").join("data");
        fs::create_dir_all(&beside_package).expect("a folder");
        assert_eq!(shared_folders(&package), [beside_package, beside_checkout]);
    }

    #[cfg(all(unix, not(target_os = "macos")))]
    #[test]
    fn the_cache_folder_follows_the_xdg_custom() {
        let check = |variables: &[(&str, &str)], expected: Option<&str>| {
            let variable = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
            };
            assert_eq!(cache_folder(variable), expected.map(PathBuf::from));
        };
        check(&[("HOME", "/home/a")], Some("/home/a/.cache/greymatter/data"));
        check(&[("HOME", "/home/a"), ("XDG_CACHE_HOME", "/cache")], Some("/cache/greymatter/data"));
        check(&[("HOME", "/home/a"), ("XDG_CACHE_HOME", "relative")], Some("/home/a/.cache/greymatter/data"));
        check(&[], None);
    }
}
