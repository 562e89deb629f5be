//! Files that grow line by line, and that an interruption may leave with a torn last line.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use anyhow::Context;

/// Opens or makes a file; a line that an interruption left incomplete is dropped.
pub(crate) fn open_for_appending(path: &Path) -> anyhow::Result<File> {
    let open = || -> io::Result<File> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        file.set_len(length_of_whole_lines(&file)?)?;
        Ok(file)
    };
    open().with_context(|| format!("cannot write {}", path.display()))
}

/// The bytes up to the end of the last whole line.
pub(crate) fn length_of_whole_lines(file: &File) -> io::Result<u64> {
    let mut reader = BufReader::new(file);
    let (mut length, mut line) = (0, Vec::new());
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            return Ok(length);
        }
        length += read as u64;
    }
}
