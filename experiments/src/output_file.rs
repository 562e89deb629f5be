//! Files that appear whole or not at all.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::NamedTempFile;

/// A file that will be written at the end of long work, in a place that was found writable at its start.
pub(crate) struct OutputFile {
    path: PathBuf,
}

impl OutputFile {
    /// Fails at once where the file could not be written later; what stands there stays until then.
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        let file = Self { path: path.to_owned() };
        // Removed again at once: a process that is killed during the work leaves nothing behind.
        file.temporary()?;
        Ok(file)
    }

    /// Writes the contents and gives the file its name.
    pub(crate) fn write(
        self,
        contents: impl FnOnce(&mut BufWriter<&mut NamedTempFile>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut temporary = self.temporary()?;
        let mut writer = BufWriter::new(&mut temporary);
        contents(&mut writer)?;
        writer.flush()?;
        drop(writer);
        make_readable(temporary.path())?;
        temporary.persist(&self.path)?;
        Ok(())
    }

    /// A file in the same folder, which is removed unless it gets its name.
    fn temporary(&self) -> anyhow::Result<NamedTempFile> {
        let cannot = || format!("cannot write {}", self.path.display());
        anyhow::ensure!(!self.path.is_dir(), "{}: it is a folder", cannot());
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        tempfile::Builder::new().prefix(".greymatter-").tempfile_in(folder).with_context(cannot)
    }
}

/// Temporary files are the owner's alone; results have ordinary permissions.
#[cfg(unix)]
fn make_readable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;

    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_path: &Path) -> std::io::Result<()> {
    Ok(())
}
