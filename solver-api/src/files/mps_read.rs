use std::io::{self, BufRead};

use thiserror::Error;

use super::mps_content::{MpsContent, RowKind};
use crate::{Model, ModelError};

/// Why an MPS file was not accepted.
#[derive(Debug, Error)]
pub enum MpsError {
    /// The file cannot be read.
    #[error("the MPS file cannot be read: {0}")]
    Read(#[from] io::Error),
    /// A line does not follow the format, or says what a model cannot hold.
    #[error("MPS line {line}: {reason}")]
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The model that the file describes is not one.
    #[error("the MPS file's model: {0}")]
    Model(#[from] ModelError),
}

/// Reads a model in free MPS format, or in fixed format as long as its names have no spaces.
///
/// What the format leaves open is read as HiGHS and CPLEX do:
/// - An objective to be maximised (`OBJSENSE MAX`) is negated, since a [`Model`] is minimised: its optimum is minus the
///   file's.
/// - The objective's right-hand side is subtracted, so that its negative is the model's offset.
/// - The first `N` row is the objective; further ones become rows without bounds.
/// - An integer column between markers has the bounds 0 and 1 if no bound is given, else 0 and infinity to begin with.
/// - A negative upper bound without a lower bound makes the lower one `-inf`.
/// - Entries given twice are summed.
/// - The members of a special ordered set are ordered by their weights; a set without a name becomes `sos0` and so on.
/// - A row named in `INDICATORS` holds where its binary column has the value given there, and comes back among
///   [`Model::indicators`].
///
/// # Errors
/// [`MpsError`] with the line's number; for semi-continuous columns, sets of type 2, quadratic parts and other sections
/// as well.
pub fn read_mps(reader: impl BufRead) -> Result<Model, MpsError> {
    let mut content = MpsContent::default();
    let mut section = Section::Start;
    for (index, line) in reader.lines().enumerate() {
        let line = line?;
        let at_line = |reason: String| MpsError::Line { line: index + 1, reason };
        // A field that begins with `$` begins a comment; names never do.
        let fields: Vec<&str> = line.split_whitespace().take_while(|field| !field.starts_with('$')).collect();
        if fields.is_empty() || line.starts_with('*') {
            continue;
        }
        if line.starts_with(char::is_whitespace) {
            read_data(section, &fields, &mut content).map_err(at_line)?;
        } else {
            section = read_header(&line, &fields, &mut content).map_err(at_line)?;
        }
        if section == Section::End {
            return Ok(content.into_model()?);
        }
    }
    Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends without ENDATA").into())
}

#[derive(Clone, Copy, PartialEq)]
enum Section {
    Start,
    ObjectiveSense,
    Rows,
    Columns,
    RightHandSides,
    Ranges,
    Bounds,
    SpecialOrderedSets,
    Indicators,
    End,
}

fn read_header(line: &str, fields: &[&str], content: &mut MpsContent) -> Result<Section, String> {
    match (fields[0].to_ascii_uppercase().as_str(), fields) {
        ("NAME", [keyword, ..]) => {
            line[keyword.len()..].trim().clone_into(&mut content.name);
            Ok(Section::Start)
        }
        ("OBJSENSE", [_]) => Ok(Section::ObjectiveSense),
        ("OBJSENSE", [_, sense]) => content.set_sense(sense).map(|()| Section::ObjectiveSense),
        ("ROWS", [_]) => Ok(Section::Rows),
        ("COLUMNS", [_]) => Ok(Section::Columns),
        ("RHS", [_]) => Ok(Section::RightHandSides),
        ("RANGES", [_]) => Ok(Section::Ranges),
        ("BOUNDS", [_]) => Ok(Section::Bounds),
        ("SOS", [_]) => Ok(Section::SpecialOrderedSets),
        ("INDICATORS", [_]) => Ok(Section::Indicators),
        ("ENDATA", _) => Ok(Section::End),
        _ => Err(format!("section `{}` is not supported", line.trim())),
    }
}

fn read_data(section: Section, fields: &[&str], content: &mut MpsContent) -> Result<(), String> {
    match section {
        Section::ObjectiveSense => match fields {
            [sense] => content.set_sense(sense),
            _ => Err("expected MIN or MAX".to_owned()),
        },
        Section::Rows => match fields {
            [kind, name] => content.add_row(RowKind::parse(kind)?, name),
            _ => Err("expected a row's kind and name".to_owned()),
        },
        Section::Columns => match fields {
            [_, "'MARKER'", marker] => content.set_marker(marker),
            [column, row, value] => content.add_entry(column, row, number(value)?),
            [column, row, value, second_row, second_value] => {
                content.add_entry(column, row, number(value)?)?;
                content.add_entry(column, second_row, number(second_value)?)
            }
            _ => Err("expected a column and one or two pairs of row and value".to_owned()),
        },
        Section::RightHandSides => each_pair(fields, "RHS", content, MpsContent::set_right_hand_side),
        Section::Ranges => each_pair(fields, "RANGES", content, MpsContent::set_range),
        Section::Bounds => read_bound(fields, content),
        Section::SpecialOrderedSets => read_set_line(fields, content),
        Section::Indicators => match fields {
            ["IF", row, column, value] => content.set_indicator(row, column, value),
            _ => Err("expected IF, a row, a column and 0 or 1".to_owned()),
        },
        Section::Start | Section::End => Err("a data line outside of any section".to_owned()),
    }
}

type TakePair = fn(&mut MpsContent, row: &str, value: f64) -> Result<(), String>;

/// Pairs of row and value after the name of their set, which may be missing.
fn each_pair(
    fields: &[&str],
    section: &'static str,
    content: &mut MpsContent,
    take: TakePair,
) -> Result<(), String> {
    let pairs = match fields {
        [_, _] | [_, _, _, _] => fields,
        [set, pairs @ ..] if matches!(pairs.len(), 2 | 4) => {
            content.enter_set(section, set)?;
            pairs
        }
        _ => return Err("expected one or two pairs of row and value".to_owned()),
    };
    pairs.chunks_exact(2).try_for_each(|pair| take(content, pair[0], number(pair[1])?))
}

/// A kind, the name of the set of bounds, which may be missing, a column, and for most kinds a value.
fn read_bound(fields: &[&str], content: &mut MpsContent) -> Result<(), String> {
    let needs_value = !matches!(fields[0], "FR" | "MI" | "PL" | "BV");
    let (set, column, value) = match *fields {
        [_, set, column, value] => (Some(set), column, Some(value)),
        [_, column, value] if needs_value => (None, column, Some(value)),
        // Either the set's name or a needless value is missing.
        [_, column, _] if content.has_column(column) && !content.has_column(fields[2]) => {
            (None, column, None)
        }
        [_, set, column] => (Some(set), column, None),
        [_, column] => (None, column, None),
        _ => return Err("expected a bound's kind, its column and its value".to_owned()),
    };
    if let Some(set) = set {
        content.enter_set("BOUNDS", set)?;
    }
    match value {
        Some(value) => content.set_bound(fields[0], column, Some(number(value)?)),
        None if needs_value => Err(format!("bound {} of `{column}` has no value", fields[0])),
        None => content.set_bound(fields[0], column, None),
    }
}

/// A set's type and name, which may be missing, or one of its members and its weight, which may be missing.
fn read_set_line(fields: &[&str], content: &mut MpsContent) -> Result<(), String> {
    match *fields {
        ["S1"] => content.begin_sos1(None),
        ["S1", name] | ["S1", name, _] => content.begin_sos1(Some(name)),
        ["S2", ..] => return Err("special ordered sets of type 2 are not supported".to_owned()),
        [column] => content.add_member(column, None)?,
        [column, weight] => content.add_member(column, Some(number(weight)?))?,
        _ => return Err("expected a set's type and name, or a member and its weight".to_owned()),
    }
    Ok(())
}

fn number(text: &str) -> Result<f64, String> {
    // Some old files write a Fortran exponent, 1.5D3.
    let parsed = text.parse().or_else(|_| text.replace(['d', 'D'], "e").parse());
    parsed.ok().filter(|value: &f64| !value.is_nan()).ok_or_else(|| format!("`{text}` is not a number"))
}
