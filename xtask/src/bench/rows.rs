//! The rows of a run: the file `raw.jsonl`, one line for each solve.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Which solve a row is of; what greymatter said follows in the same object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) problem: String,
    pub(super) encoding: String,
    pub(super) label: String,
    /// Counted from 0.
    pub(super) repeat: usize,
}

/// What is read again of a row.
#[derive(Debug, PartialEq, Deserialize)]
pub(super) struct KnownRow {
    #[serde(flatten)]
    pub(super) key: Key,
    /// Flags of `greymatter solve`, those for all ways to solve included.
    pub(super) arguments: String,
}

/// A file that only grows, by whole lines.
pub(super) struct RowFile {
    path: PathBuf,
    file: File,
    known: Vec<KnownRow>,
}

impl RowFile {
    /// Opens or makes the file of a run's folder; a line that a kill left incomplete is dropped.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("raw.jsonl");
        let cannot = || format!("cannot write {}", path.display());
        let mut file =
            OpenOptions::new().read(true).append(true).create(true).open(&path).with_context(cannot)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(cannot)?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
        file.set_len(whole as u64).with_context(cannot)?;
        let mut known = Vec::new();
        for (number, line) in String::from_utf8_lossy(&bytes[..whole]).lines().enumerate() {
            let place = || format!("{}, line {}: not a row of a run", path.display(), number + 1);
            known.push(serde_json::from_str(line).with_context(place)?);
        }
        Ok(RowFile { path, file, known })
    }

    /// The rows that were there when the file was opened.
    pub(super) fn known(&self) -> &[KnownRow] {
        &self.known
    }

    /// Adds a line in one piece, so that a kill leaves it whole or torn at the end.
    pub(super) fn append(&mut self, row: &str) -> Result<()> {
        let line = format!("{row}\n");
        let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.flush());
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const ROW: &str = r#"{"problem":"a/i0-t1","encoding":"big-m","label":"highs","repeat":0,"arguments":"--x","seconds":1.5}"#;

    #[test]
    fn a_torn_line_is_dropped_and_the_next_one_is_whole() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("raw.jsonl");
        for torn in ["", "{\"problem\":\"a/i0", &ROW[..ROW.len() - 1], "\u{e9}{"] {
            fs::write(&path, format!("{ROW}\n{torn}")).expect("the folder can be written");
            let mut rows = RowFile::open(folder.path()).expect("a torn end is no fault");
            assert_eq!(rows.known().len(), 1, "{torn}");
            assert_eq!(rows.known()[0].key.problem, "a/i0-t1");
            rows.append(ROW).expect("the file can be written");
            assert_eq!(fs::read_to_string(&path).expect("it is there"), format!("{ROW}\n{ROW}\n"));
        }
    }

    #[test]
    fn garbage_in_the_middle_is_named_with_its_line() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for garbage in ["garbage", "{\"problem\":1}", "", "{}"] {
            let text = format!("{ROW}\n{garbage}\n{ROW}\n");
            fs::write(folder.path().join("raw.jsonl"), &text).expect("the folder can be written");
            let error = RowFile::open(folder.path()).err().expect("line 2 is no row");
            assert!(error.to_string().contains("raw.jsonl, line 2"), "{error}");
            let kept = fs::read_to_string(folder.path().join("raw.jsonl")).expect("it is there");
            assert_eq!(kept, text);
        }
    }
}
