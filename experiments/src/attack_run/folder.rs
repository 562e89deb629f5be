use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use serde::de::DeserializeOwned;

use super::{AttackRow, RunSettings, VerdictName, WitnessRow};
use crate::line_file::{length_of_whole_lines, open_for_appending};

/// A folder that a run appends its rows to, and from which it goes on after an interruption.
pub(crate) struct RunFolder {
    path: PathBuf,
    rows: File,
    witnesses: File,
}

/// What tells one attack of a run from another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AttackKey {
    pub(crate) image: usize,
    pub(crate) target: Option<usize>,
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
        let rows = open_for_appending(&path.join("rows.jsonl"))?;
        let witnesses = open_for_appending(&path.join("witnesses.jsonl"))?;
        let known = read_lines(&rows, &path.join("rows.jsonl"), "an attack row")?;
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

/// The results of a run with their witnesses, in the order in which they were stored; the last of several for one attack.
///
/// # Errors
/// Where the folder holds no rows, a row cannot be read, or the witness of one is missing.
pub(crate) fn read_run(path: &Path) -> anyhow::Result<Vec<(AttackRow, Option<WitnessRow>)>> {
    let file = |name: &str| {
        let path = path.join(name);
        let file = File::open(&path).with_context(|| format!("cannot read {}", path.display()))?;
        anyhow::Ok((file, path))
    };
    let (rows, place) = file("rows.jsonl")?;
    let rows: Vec<AttackRow> = read_lines(&rows, &place, "an attack row")?;
    let (witnesses, witnesses_place) = file("witnesses.jsonl")?;
    let witnesses: Vec<WitnessRow> = read_lines(&witnesses, &witnesses_place, "a witness")?;
    let key = |witness: &WitnessRow| AttackKey::new(witness.image, witness.target, witness.epsilon);
    let mut witnesses: HashMap<AttackKey, WitnessRow> =
        witnesses.into_iter().map(|witness| (key(&witness), witness)).collect();
    let last: HashMap<AttackKey, usize> =
        rows.iter().enumerate().map(|(position, row)| (AttackKey::of(row), position)).collect();
    let mut results = Vec::with_capacity(last.len());
    for (position, row) in rows.into_iter().enumerate() {
        let key = AttackKey::of(&row);
        if last[&key] != position {
            continue;
        }
        let witness = witnesses.remove(&key).filter(|_| row.adversarial);
        ensure!(
            witness.is_some() || !row.adversarial,
            "{} lacks the witness of image {}, which {} has",
            witnesses_place.display(),
            row.image,
            place.display()
        );
        results.push((row, witness));
    }
    Ok(results)
}

/// What the whole lines of a file hold.
fn read_lines<T: DeserializeOwned>(mut file: &File, path: &Path, what: &str) -> anyhow::Result<Vec<T>> {
    file.rewind()?;
    let whole = length_of_whole_lines(file)?;
    file.rewind()?;
    let line = |(number, line): (usize, io::Result<String>)| {
        let place = || format!("{}, line {}: not {what}", path.display(), number + 1);
        serde_json::from_str(&line?).with_context(place)
    };
    BufReader::new(file.take(whole)).lines().enumerate().map(line).collect()
}

impl AttackKey {
    pub(crate) fn new(image: usize, target: Option<usize>, epsilon: Option<f64>) -> Self {
        Self { image, target, epsilon: epsilon.map(f64::to_bits) }
    }

    pub(crate) fn epsilon(&self) -> Option<f64> {
        self.epsilon.map(f64::from_bits)
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
    settings: &RunSettings,
    retry_unknown: Retry,
) -> anyhow::Result<HashSet<AttackKey>> {
    for row in rows {
        if let Some(what) = row.settings.difference(settings) {
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
