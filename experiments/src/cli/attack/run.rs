//! A run in progress: what is shown and stored of it.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, bail};
use indicatif::ProgressBar;
use ndarray::ArrayView1;

use super::{AttackArguments, table};
use crate::attack_run::{AttackKey, AttackRow, Event, RunFolder, WitnessRow};
use crate::cli::{Completion, output, progress};
use crate::data::Dataset;
use crate::network_file::NetworkFile;
use crate::picture;

/// A run in progress: what has arrived, and where it goes.
pub(super) struct Run<'a> {
    arguments: &'a AttackArguments,
    dataset: &'a Dataset,
    file: &'a NetworkFile,
    folder: Option<RunFolder>,
    bar: ProgressBar,
    /// All attacks, in the order in which their rows are printed.
    order: Vec<AttackKey>,
    /// How many of them are behind us.
    printed: usize,
    rows: HashMap<AttackKey, AttackRow>,
    lost: Vec<String>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        arguments: &'a AttackArguments,
        (file, dataset): (&'a NetworkFile, &'a Dataset),
        folder: Option<RunFolder>,
        order: Vec<AttackKey>,
    ) -> Self {
        let bar = progress::bar(order.len() as u64, "attacks");
        let (rows, lost) = (HashMap::new(), Vec::new());
        Self { arguments, dataset, file, folder, bar, order, printed: 0, rows, lost }
    }

    /// Takes over stored rows that belong to this run.
    pub(super) fn start(
        &mut self,
        stored: Vec<AttackRow>,
        settled: &HashSet<AttackKey>,
    ) -> anyhow::Result<()> {
        let asked: HashSet<&AttackKey> = self.order.iter().filter(|key| settled.contains(key)).collect();
        let stored = stored.into_iter().map(|row| (AttackKey::of(&row), row));
        self.rows = stored.filter(|(key, _)| asked.contains(key)).collect();
        self.bar.set_position(self.rows.len() as u64);
        self.bar.reset_eta();
        if !self.rows.is_empty() {
            output::note(format_args!("{} attacks were done before and are not repeated", self.rows.len()));
        }
        if !self.arguments.json {
            output::line(table::header(self.arguments.goal()))?;
        }
        self.print_next()
    }

    pub(super) fn take(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Row(row, witness) => {
                if let Some(folder) = &mut self.folder {
                    folder.append(&row, witness.as_deref())?;
                }
                if let (true, Some(folder), Some(witness)) = (self.arguments.pictures, &self.folder, &witness)
                {
                    self.draw(folder, &row, witness)?;
                }
                self.rows.insert(AttackKey::of(&row), *row);
                self.bar.inc(1);
                self.print_next()
            }
            Event::Lost(task, reason) => {
                let epsilon = task.epsilon.map_or_else(String::new, |epsilon| format!(", epsilon {epsilon}"));
                self.lost.push(format!("image {}{epsilon}: {reason}", task.image));
                Ok(())
            }
        }
    }

    /// Prints rows as far as all before them are there, so that output does not depend on which worker was faster.
    fn print_next(&mut self) -> anyhow::Result<()> {
        while let Some(row) = self.order.get(self.printed).and_then(|key| self.rows.get(key)) {
            self.bar.suspend(|| self.print(row))?;
            self.printed += 1;
        }
        Ok(())
    }

    pub(super) fn finish(&self, interrupted: bool) -> anyhow::Result<Completion> {
        self.bar.finish_and_clear();
        let mut late = self.order[self.printed..].iter().filter_map(|key| self.rows.get(key));
        late.try_for_each(|row| self.print(row))?;
        let rows: Vec<&AttackRow> = self.order.iter().filter_map(|key| self.rows.get(key)).collect();
        let total = self.order.len();
        if !self.arguments.json {
            output::line(table::summary(self.arguments.goal(), &rows))?;
        }
        if let Some(folder) = &self.folder {
            let file = folder.path().join("rows.jsonl");
            output::note(format_args!("{} of {total} rows are in {}", rows.len(), file.display()));
        }
        if interrupted {
            output::note("interrupted; with --out, the same command goes on from here");
            return Ok(Completion::Interrupted);
        }
        if !self.lost.is_empty() {
            bail!("{} attacks have no result:\n  {}", total - rows.len(), self.lost.join("\n  "));
        }
        Ok(Completion::Done)
    }

    fn print(&self, row: &AttackRow) -> anyhow::Result<()> {
        if self.arguments.json {
            output::json(row)
        } else {
            output::line(table::line(self.arguments.goal(), row))
        }
    }

    /// The greatest difference that a picture shows: the radius of an attack within one.
    fn scale(&self, original: ArrayView1<'_, f32>, witness: &WitnessRow) -> f64 {
        let differences = original.iter().zip(&witness.input).map(|(a, b)| f64::from((a - b).abs()));
        let epsilon = witness.epsilon.filter(|_| !self.arguments.minimal);
        epsilon.unwrap_or_else(|| differences.fold(0.0, f64::max))
    }

    fn draw(&self, folder: &RunFolder, row: &AttackRow, witness: &WitnessRow) -> anyhow::Result<()> {
        let (original, _) = self.dataset.example(row.image).context("the image is in the data set")?;
        let target = row.target.map_or_else(|| "any".to_owned(), |target| target.to_string());
        let radius = row
            .epsilon
            .map_or_else(|| format!("minimal-{}", row.settings.norm), |epsilon| format!("epsilon{epsilon}"));
        let name = format!("image{}-label{}-target{target}-{radius}.png", row.image, row.label);
        let path = folder.path().join("pictures").join(name);
        let shape = self.file.network.input_shape().as_image().or_else(|| self.dataset.shape().as_image());
        let shape = shape.context("pictures need images of the shape channels, height, width")?;
        picture::write_triptych(
            &path,
            shape,
            original,
            ArrayView1::from(&witness.input),
            self.scale(original, witness),
        )
    }
}
