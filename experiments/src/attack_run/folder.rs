use std::collections::HashSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use milp_encode::property::Norm;

use super::{AttackJob, AttackRow, VerdictName, WitnessRow};

/// A folder that a run appends its rows to, and from which it goes on after an interruption.
pub(crate) struct RunFolder {
    path: PathBuf,
    rows: File,
    witnesses: File,
}

/// What tells one attack of a run from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AttackKey {
    image: usize,
    target: Option<usize>,
    /// The radius's bits.
    epsilon: Option<u64>,
}

impl RunFolder {
    /// Opens or makes the folder; a line that an interruption left incomplete is dropped.
    ///
    /// Returns the rows that it holds already.
    ///
    /// # Errors
    /// Where the folder cannot be written, or holds rows that cannot be read.
    pub(crate) fn open(path: &Path) -> anyhow::Result<(Self, Vec<AttackRow>)> {
        fs::create_dir_all(path).with_context(|| format!("cannot make folder {}", path.display()))?;
        let mut rows = open_for_appending(&path.join("rows.jsonl"))?;
        let witnesses = open_for_appending(&path.join("witnesses.jsonl"))?;
        rows.rewind()?;
        let mut known = Vec::new();
        for (number, line) in BufReader::new(&rows).lines().enumerate() {
            let row = serde_json::from_str(&line?);
            let place = || format!("{}/rows.jsonl, line {}: not an attack row", path.display(), number + 1);
            known.push(row.with_context(place)?);
        }
        Ok((Self { path: path.to_owned(), rows, witnesses }, known))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends a result; the witness first, so that a stored row's witness is always there.
    pub(crate) fn append(&mut self, row: &AttackRow, witness: Option<&WitnessRow>) -> anyhow::Result<()> {
        let write = |mut file: &File, line: String| file.write_all((line + "\n").as_bytes());
        if let Some(witness) = witness {
            write(&self.witnesses, serde_json::to_string(witness)?)?;
        }
        let written = write(&self.rows, serde_json::to_string(row)?);
        written.with_context(|| format!("cannot write to {}", self.path.display()))
    }
}

impl AttackKey {
    pub(crate) fn new(image: usize, target: Option<usize>, epsilon: Option<f64>) -> Self {
        Self { image, target, epsilon: epsilon.map(f64::to_bits) }
    }

    pub(crate) fn of(row: &AttackRow) -> Self {
        Self::new(row.image, row.target, row.epsilon)
    }
}

/// The attacks that stored rows answer already.
///
/// # Errors
/// Where a row belongs to another network, data set or way of attacking: a folder holds one run.
pub(crate) fn answered(
    rows: &[AttackRow],
    job: &AttackJob,
    network_sha256: &str,
    retry_unknown: Retry,
) -> anyhow::Result<HashSet<AttackKey>> {
    for row in rows {
        if let Some(what) = difference(row, job, network_sha256) {
            bail!(
                "the folder holds rows of another run ({what} differs); choose another --out, or repeat that run's settings"
            );
        }
    }
    let settled = |row: &&AttackRow| retry_unknown == Retry::Nothing || row.verdict != VerdictName::Unknown;
    Ok(rows.iter().filter(settled).map(AttackKey::of).collect())
}

/// Which stored rows are computed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// None.
    Nothing,
    /// Those without an answer.
    Unknown,
}

fn difference(row: &AttackRow, job: &AttackJob, network_sha256: &str) -> Option<&'static str> {
    let differences = [
        ("the network", row.network != network_sha256),
        ("--data", row.data != job.data),
        ("--split", row.split != job.split),
        ("--no-clip", row.clip != job.clip),
        ("--method", row.method != job.method),
        ("--goal or --minimal", row.goal != job.goal),
        ("--norm", row.norm != Norm::from(job.norm).name()),
        ("--untargeted", row.untargeted != job.untargeted),
        ("--formulation", row.formulation != job.formulation),
        ("--bounds", row.bounds != job.bounds),
        ("--solver", row.solver != job.solver.name),
    ];
    differences.into_iter().find_map(|(what, differs)| differs.then_some(what))
}

fn open_for_appending(path: &Path) -> anyhow::Result<File> {
    let open = || -> io::Result<File> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        file.set_len(length_of_whole_lines(&file)?)?;
        Ok(file)
    };
    open().with_context(|| format!("cannot write {}", path.display()))
}

fn length_of_whole_lines(file: &File) -> io::Result<u64> {
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
