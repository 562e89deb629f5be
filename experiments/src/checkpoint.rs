//! Checkpoints of trainings as files.
//!
//! A file has two lines of text, the format with its version and the SHA-256 of all that follows, and then settings and
//! checkpoint in postcard's binary form, which keeps every bit of every number. It appears whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use training::Checkpoint;

use crate::checksum;
use crate::output_file::OutputFile;

const FORMAT: &str = "greymatter checkpoint ";
const VERSION: &str = "1";

/// What decides a training, by the names that a person knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings(Vec<(String, String)>);

/// Where the checkpoints of one training are kept.
pub(crate) struct CheckpointFile {
    path: PathBuf,
    settings: Settings,
}

impl Settings {
    pub(crate) fn add(&mut self, name: &str, value: String) {
        self.0.push((name.to_owned(), value));
    }

    /// The first setting that another training has otherwise, for a message.
    fn difference(&self, other: &Settings) -> Option<String> {
        let value = |settings: &Settings, name: &str| {
            settings.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        let names = self.0.iter().chain(&other.0).map(|(name, _)| name);
        let name = names.into_iter().find(|name| value(self, name) != value(other, name))?;
        let shown = |settings| match value(settings, name) {
            Some(value) if value.len() > 32 => "another".to_owned(),
            Some(value) => value,
            None => "unknown".to_owned(),
        };
        Some(format!("{name} is {} there and {} here", shown(self), shown(other)))
    }
}

impl CheckpointFile {
    /// The file of a training with these settings.
    ///
    /// # Errors
    /// Where it could not be written.
    pub(crate) fn new(path: &Path, settings: Settings) -> anyhow::Result<Self> {
        OutputFile::create(path)?;
        Ok(Self { path: path.to_owned(), settings })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// What the file holds; `None` where there is none.
    ///
    /// # Errors
    /// Where it is no checkpoint, is damaged, or belongs to a training with other settings.
    pub(crate) fn read(&self) -> anyhow::Result<Option<Checkpoint>> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", self.path.display())),
        };
        let (settings, checkpoint) = decode(&bytes).with_context(|| self.path.display().to_string())?;
        if let Some(difference) = settings.difference(&self.settings) {
            bail!(
                "{} belongs to another training: {difference}; choose another --checkpoint, or repeat that training's settings",
                self.path.display()
            );
        }
        Ok(Some(checkpoint))
    }

    /// Puts a checkpoint into the place of the last one.
    pub(crate) fn write(&self, checkpoint: &Checkpoint) -> anyhow::Result<()> {
        let payload = postcard::to_stdvec(&(&self.settings, checkpoint))?;
        let written = OutputFile::create(&self.path)?.write(|file| {
            writeln!(file, "{FORMAT}{VERSION}\n{}", checksum::sha256(&payload))?;
            Ok(file.write_all(&payload)?)
        });
        written.with_context(|| format!("cannot write {}", self.path.display()))
    }
}

fn decode(bytes: &[u8]) -> anyhow::Result<(Settings, Checkpoint)> {
    let mut parts = bytes.splitn(3, |byte| *byte == b'\n');
    let version = parts.next().and_then(|line| line.strip_prefix(FORMAT.as_bytes()));
    let version = version.context("not a checkpoint of a training; choose another --checkpoint")?;
    if version != VERSION.as_bytes() {
        bail!(
            "a checkpoint of format {}, which this version of greymatter does not read (it reads {VERSION})",
            String::from_utf8_lossy(version)
        );
    }
    let damaged = "a damaged checkpoint; delete it to begin the training again";
    let (sum, payload) = parts.next().zip(parts.next()).context(damaged)?;
    anyhow::ensure!(checksum::sha256(payload).as_bytes() == sum, damaged);
    postcard::from_bytes(payload).context(damaged)
}
