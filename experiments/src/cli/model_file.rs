//! Models in files, in a format that solvers read.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;
use clap::ValueEnum;
use serde::Serialize;
use solver_api::{Model, write_lp, write_mps};

use super::aimed::relaxed_minimum;
use super::encode::EncodeArguments;
use super::output;
use crate::checksum;
use crate::output_file::OutputFile;

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Format {
    /// CPLEX LP, for people
    Lp,
    /// Free MPS
    Mps,
}

/// A model in a file of a folder.
#[derive(Serialize)]
pub(super) struct ModelFile {
    /// Name of the file in the folder.
    file: String,
    sha256: String,
    columns: usize,
    integers: usize,
    rows: usize,
    coefficients: usize,
    /// The minimum of the linear relaxation, where it is asked for.
    relaxation: Option<f64>,
}

impl Format {
    fn write(self, model: &Model, writer: &mut impl Write) -> anyhow::Result<()> {
        match self {
            Format::Lp => Ok(write_lp(model, writer)?),
            Format::Mps => Ok(write_mps(model, writer)?),
        }
    }

    /// The ending of file names.
    fn ending(self) -> &'static str {
        match self {
            Format::Lp => "lp",
            Format::Mps => "mps",
        }
    }
}

/// Writes the only model of a run to a file, or to stdout where none is named.
pub(super) fn write_alone(model: &Model, format: Format, path: Option<&Path>) -> anyhow::Result<()> {
    match path {
        None => format.write(model, &mut io::stdout().lock())?,
        Some(path) => {
            let written = OutputFile::create(path)?.write(|file| format.write(model, file));
            written.with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    output::note(size(model));
    Ok(())
}

/// Writes one of many models; its file has `name` and the format's ending.
///
/// A line says so, unless rows in JSON will.
pub(super) fn write_in(
    folder: &Path,
    name: &str,
    model: &Model,
    arguments: &EncodeArguments,
) -> anyhow::Result<ModelFile> {
    let mut bytes = Vec::new();
    arguments.format.write(model, &mut bytes)?;
    let file = format!("{name}.{}", arguments.format.ending());
    let path = folder.join(&file);
    let written = OutputFile::create(&path)?.write(|writer| Ok(writer.write_all(&bytes)?));
    written.with_context(|| format!("cannot write {}", path.display()))?;
    if !arguments.json {
        output::line(format_args!("{}: {}", path.display(), size(model)))?;
    }
    Ok(ModelFile {
        file,
        sha256: checksum::sha256(&bytes),
        columns: model.column_count(),
        integers: model.integer_count(),
        rows: model.row_count(),
        coefficients: model.entry_count(),
        relaxation: if arguments.relaxation { Some(relaxed_minimum(model)?) } else { None },
    })
}

/// `count` of the items with equal strides between them: the same for the same numbers, the first always among them.
///
/// # Errors
/// Where there are not so many.
pub(super) fn spread<Item>(items: Vec<Item>, count: Option<usize>) -> anyhow::Result<Vec<Item>> {
    let total = items.len();
    let Some(count) = count else { return Ok(items) };
    anyhow::ensure!((1..=total).contains(&count), "--count {count}: there are 1 to {total} models");
    let mut wanted = (0..count).map(|index| index * total / count).peekable();
    let is_wanted = |(position, item)| wanted.next_if_eq(&position).map(|_| item);
    Ok(items.into_iter().enumerate().filter_map(is_wanted).collect())
}

/// The size of a model in words.
fn size(model: &Model) -> String {
    format!(
        "{} columns, {} of them binary, {} rows, {} coefficients",
        model.column_count(),
        model.integer_count(),
        model.row_count(),
        model.entry_count()
    )
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn some_of_many_are_spread_evenly() {
        let check = |total: usize, count, expected: &[usize]| {
            let found = spread((0..total).collect(), Some(count)).unwrap();
            assert_eq!(found, expected, "{count} of {total}");
        };
        check(90, 12, &[0, 7, 15, 22, 30, 37, 45, 52, 60, 67, 75, 82]);
        check(5, 5, &[0, 1, 2, 3, 4]);
        check(5, 1, &[0]);
        check(3, 2, &[0, 1]);
        assert!(spread(vec![1, 2], Some(3)).is_err() && spread(vec![1, 2], Some(0)).is_err());
        assert_eq!(spread(vec![1, 2], None).unwrap(), [1, 2]);
    }
}
