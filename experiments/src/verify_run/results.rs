//! Results of many instances in a CSV file, one row an instance.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::{Instance, VerifyRow};
use crate::line_file::open_for_appending;
use crate::output_file::OutputFile;

/// A row of the results.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ResultRow {
    pub(crate) onnx: String,
    pub(crate) vnnlib: String,
    /// The time limit in seconds that held.
    pub(crate) timeout: f64,
    pub(crate) verdict: String,
    /// Wall time of the process, from its start to its end.
    pub(crate) seconds: f64,
    pub(crate) engine: Option<String>,
    pub(crate) solver: Option<String>,
    pub(crate) nodes: u64,
    /// The least proven bound where the verdict is open.
    pub(crate) lower_bound: Option<f64>,
    /// The counterexample's file, relative to the results' folder.
    pub(crate) witness: Option<String>,
    /// What was said beside the verdict.
    pub(crate) note: String,
}

/// The results of a run, and where further ones go.
pub(crate) struct ResultsFile {
    path: PathBuf,
    file: File,
    rows: Vec<ResultRow>,
}

impl ResultsFile {
    /// Opens or makes the file; a row that an interruption left incomplete is dropped.
    ///
    /// # Errors
    /// Where the file cannot be written, or holds other rows.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let mut file = open_for_appending(path)?;
        file.rewind()?;
        let place = || path.display().to_string();
        let read: Result<Vec<ResultRow>, _> = csv::Reader::from_reader(&file).deserialize().collect();
        let rows = read.with_context(place).context("these are no results of `greymatter verify --batch`")?;
        if file.metadata()?.len() == 0 {
            let header = line(&ResultRow::EMPTY, true)?;
            let header = header.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
            file.write_all(header).with_context(place)?;
        }
        Ok(Self { path: path.to_owned(), file, rows })
    }

    /// The last row of an instance.
    pub(crate) fn row(&self, instance: &Instance) -> Option<&ResultRow> {
        self.rows.iter().rev().find(|row| row.is_of(instance))
    }

    /// The instances that have no row, or one with a verdict that is tried again.
    pub(crate) fn open_instances(&self, instances: &[Instance], retry: &[String]) -> Vec<Instance> {
        let is_open =
            |instance: &&Instance| self.row(instance).is_none_or(|row| retry.contains(&row.verdict));
        instances.iter().filter(is_open).cloned().collect()
    }

    /// Writes a counterexample beside the results, then the row.
    pub(crate) fn append(&mut self, instance: &Instance, row: &VerifyRow) -> anyhow::Result<&ResultRow> {
        let witness = row.witness.as_ref().map(|_| self.write_witness(instance, row)).transpose()?;
        let row = ResultRow {
            onnx: instance.onnx.clone(),
            vnnlib: instance.vnnlib.clone(),
            timeout: row.timeout.unwrap_or(instance.timeout.as_secs_f64()),
            verdict: row.verdict.clone(),
            seconds: row.seconds,
            engine: row.engine.clone(),
            solver: row.solver.clone(),
            nodes: row.nodes,
            lower_bound: row.lower_bound,
            witness,
            note: row.notes.join("; ").replace(['\n', '\r'], " "),
        };
        let written = self.file.write_all(&line(&row, false)?);
        written.with_context(|| format!("cannot write to {}", self.path.display()))?;
        self.rows.push(row);
        Ok(self.rows.last().expect("it was just added"))
    }

    /// Leaves one row an instance, where some were computed again.
    pub(crate) fn compact(&mut self) -> anyhow::Result<()> {
        let last: HashMap<(&str, &str), usize> = (self.rows.iter().enumerate())
            .map(|(position, row)| ((row.onnx.as_str(), row.vnnlib.as_str()), position))
            .collect();
        if last.len() == self.rows.len() {
            return Ok(());
        }
        let mut positions: Vec<usize> = last.into_values().collect();
        positions.sort_unstable();
        let rows: Vec<ResultRow> =
            positions.into_iter().map(|position| self.rows[position].clone()).collect();
        OutputFile::create(&self.path)?.write(|writer| {
            let mut writer = csv::Writer::from_writer(writer);
            rows.iter().try_for_each(|row| writer.serialize(row))?;
            Ok(writer.flush()?)
        })?;
        self.file = open_for_appending(&self.path)?;
        self.rows = rows;
        Ok(())
    }

    fn write_witness(&self, instance: &Instance, row: &VerifyRow) -> anyhow::Result<String> {
        let stem = |path: &str| {
            let path = path.trim_end_matches(".gz");
            let path = path.strip_suffix(".onnx").or_else(|| path.strip_suffix(".vnnlib")).unwrap_or(path);
            path.replace(|c: char| !(c.is_ascii_alphanumeric() || "-._".contains(c)), "_")
        };
        let name = format!("{}__{}.counterexample", stem(&instance.onnx), stem(&instance.vnnlib));
        let folder = self.path.with_extension("witnesses");
        let shown = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make folder {}", folder.display()))?;
        OutputFile::create(&folder.join(&name))?
            .write(|writer| Ok(writeln!(writer, "{}", row.competition_text())?))?;
        Ok(format!("{shown}/{name}"))
    }
}

impl ResultRow {
    const EMPTY: ResultRow = ResultRow {
        onnx: String::new(),
        vnnlib: String::new(),
        timeout: 0.0,
        verdict: String::new(),
        seconds: 0.0,
        engine: None,
        solver: None,
        nodes: 0,
        lower_bound: None,
        witness: None,
        note: String::new(),
    };

    fn is_of(&self, instance: &Instance) -> bool {
        self.onnx == instance.onnx && self.vnnlib == instance.vnnlib
    }
}

fn line(row: &ResultRow, with_header: bool) -> anyhow::Result<Vec<u8>> {
    let mut writer = csv::WriterBuilder::new().has_headers(with_header).from_writer(Vec::new());
    writer.serialize(row)?;
    Ok(writer.into_inner()?)
}
