//! Files that appear whole or not at all.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::NamedTempFile;

/// A file that will be written at the end of long work, in a place that was found writable at its start.
pub(crate) struct OutputFile {
    path: PathBuf,
    temporary: NamedTempFile,
}

impl OutputFile {
    /// Fails at once where the file could not be written later; what stands there stays until then.
    pub(crate) fn create(path: &Path) -> anyhow::Result<Self> {
        let cannot = || format!("cannot write {}", path.display());
        anyhow::ensure!(!path.is_dir(), "{}: it is a folder", cannot());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let temporary =
            tempfile::Builder::new().prefix(".greymatter-").tempfile_in(folder).with_context(cannot)?;
        Ok(Self { path: path.to_owned(), temporary })
    }

    /// Writes the contents and gives the file its name.
    pub(crate) fn write(
        mut self,
        contents: impl FnOnce(&mut BufWriter<&mut NamedTempFile>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let mut writer = BufWriter::new(&mut self.temporary);
        contents(&mut writer)?;
        writer.flush()?;
        drop(writer);
        make_readable(self.temporary.path())?;
        self.temporary.persist(&self.path)?;
        Ok(())
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
