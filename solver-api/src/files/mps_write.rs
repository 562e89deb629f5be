use std::io::{self, Write};

use super::names::{NameRules, file_names};
use super::numbers::decimal;
use crate::{ActiveAt, Column, ColumnId, ColumnKind, Indicator, Model, Row};

/// Fields of free MPS end at spaces; `$` and `*` begin comments, quotes mark the keyword between columns, `S1` and `S2`
/// begin a special ordered set, and CBC takes a column `free` for the word that declares the format.
const MPS_NAMES: NameRules = NameRules {
    allows: |c| !c.is_whitespace() && !c.is_control(),
    is_misread: |name| {
        name.starts_with(['$', '*', '\'', '"'])
            || name.eq_ignore_ascii_case("free")
            || matches!(name, "S1" | "S2")
    },
    longest: 255,
};

/// The name of the objective's row.
const OBJECTIVE: &str = "obj";

/// Writes a model in free MPS format, minimised.
///
/// Every number is written with all its bits and every bound explicitly, except the default `0 <= x` of a continuous
/// column. A row with two different finite bounds is written with `RANGES` where the difference keeps both bounds' bits;
/// where no difference does, it becomes two rows, `NAME_lower` and `NAME_upper`. Names with spaces and the like and
/// repeated names are changed.
///
/// The objective's constant is the negative of its right-hand side, as HiGHS, SCIP, CBC, CPLEX and Gurobi read it; GLPK
/// takes the other sign, so that it should get the LP file where there is a constant.
///
/// Indicators are rows that a line of the section `INDICATORS` names, and special ordered sets stand in a section `SOS`,
/// as CPLEX, SCIP and Gurobi read both. An indicator with two different finite bounds becomes two, since not all of these
/// take a range there; one without bounds, which asks nothing, stands in a comment.
///
/// # Errors
/// Those of the writer.
pub fn write_mps(model: &Model, writer: &mut impl Write) -> io::Result<()> {
    let lines: Vec<MpsRow<'_>> =
        model.rows().flat_map(mps_rows).chain(model.indicators().flat_map(indicator_rows)).collect();
    let wanted: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    let row_names = file_names(&wanted, &MPS_NAMES, "r", &[OBJECTIVE]);
    let wanted: Vec<&str> = model.columns().iter().map(|column| column.name.as_str()).collect();
    let column_names = file_names(&wanted, &MPS_NAMES, "x", &[]);

    let title: String = model.name().chars().map(|c| if (MPS_NAMES.allows)(c) { c } else { '_' }).collect();
    writeln!(writer, "NAME {title}\nROWS\n N {OBJECTIVE}")?;
    for (line, name) in lines.iter().zip(&row_names) {
        writeln!(writer, " {} {name}", line.kind)?;
    }
    write_columns(model, &column_names, &lines, &row_names, writer)?;
    writeln!(writer, "RHS")?;
    if model.offset() != 0.0 {
        // The objective's right-hand side is subtracted from it.
        writeln!(writer, "    RHS {OBJECTIVE} {}", decimal(-model.offset()))?;
    }
    for (line, name) in lines.iter().zip(&row_names).filter(|(line, _)| line.right != 0.0) {
        writeln!(writer, "    RHS {name} {}", decimal(line.right))?;
    }
    let ranges: Vec<(f64, &String)> =
        lines.iter().zip(&row_names).filter_map(|(line, name)| Some((line.range?, name))).collect();
    if !ranges.is_empty() {
        writeln!(writer, "RANGES")?;
    }
    for (range, name) in ranges {
        writeln!(writer, "    RANGES {name} {}", decimal(range))?;
    }
    writeln!(writer, "BOUNDS")?;
    for (column, name) in model.columns().iter().zip(&column_names) {
        for (kind, value) in bounds(column) {
            let value = value.map_or_else(String::new, |value| format!(" {}", decimal(value)));
            writeln!(writer, " {kind} BOUNDS {name}{value}")?;
        }
    }
    write_sets(model, &column_names, writer)?;
    write_switches(model, &column_names, &lines, &row_names, writer)?;
    writeln!(writer, "ENDATA")
}

/// A row as MPS knows it: an equation, one bound, or one bound and the distance to the other.
struct MpsRow<'a> {
    /// The row of the model.
    row: Row<'a>,
    /// The binary column and its value at which alone the row holds, for an indicator.
    switch: Option<(ColumnId, ActiveAt)>,
    name: String,
    kind: char,
    right: f64,
    range: Option<f64>,
}

impl<'a> MpsRow<'a> {
    fn new(row: Row<'a>, kind: char, right: f64) -> Self {
        Self { row, switch: None, name: row.name.to_owned(), kind, right, range: None }
    }

    /// The two rows that say together what the row says.
    fn split(row: Row<'a>) -> Vec<Self> {
        let with = |suffix, line: Self| Self { name: format!("{}{suffix}", row.name), ..line };
        vec![with("_lower", Self::new(row, 'G', row.lower)), with("_upper", Self::new(row, 'L', row.upper))]
    }
}

fn mps_rows(row: Row<'_>) -> Vec<MpsRow<'_>> {
    let (lower, upper) = (row.lower, row.upper);
    match (lower.is_finite(), upper.is_finite()) {
        _ if lower == upper => vec![MpsRow::new(row, 'E', lower)],
        (true, true) => match exact_range(lower, upper) {
            Some(Range { kind, right, distance }) => {
                vec![MpsRow { range: Some(distance), ..MpsRow::new(row, kind, right) }]
            }
            None => MpsRow::split(row),
        },
        (true, false) => vec![MpsRow::new(row, 'G', lower)],
        (false, true) => vec![MpsRow::new(row, 'L', upper)],
        (false, false) => vec![MpsRow::new(row, 'N', 0.0)],
    }
}

fn indicator_rows(indicator: Indicator<'_>) -> Vec<MpsRow<'_>> {
    let Indicator { binary, active_at, row } = indicator;
    let lines = match (row.lower.is_finite(), row.upper.is_finite()) {
        (false, false) => vec![],
        (true, true) if row.lower < row.upper => MpsRow::split(row),
        _ => mps_rows(row),
    };
    lines.into_iter().map(|line| MpsRow { switch: Some((binary, active_at)), ..line }).collect()
}

struct Range {
    kind: char,
    right: f64,
    distance: f64,
}

/// A bound and a distance from which a reader computes exactly the other bound, where there are such.
fn exact_range(lower: f64, upper: f64) -> Option<Range> {
    let middle = upper - lower;
    let candidates = [middle, middle.next_down(), middle.next_up()];
    candidates.into_iter().filter(|distance| distance.is_finite() && *distance > 0.0).find_map(|distance| {
        if lower + distance == upper {
            Some(Range { kind: 'G', right: lower, distance })
        } else if upper - distance == lower {
            Some(Range { kind: 'L', right: upper, distance })
        } else {
            None
        }
    })
}

fn write_columns(
    model: &Model,
    column_names: &[String],
    lines: &[MpsRow<'_>],
    row_names: &[String],
    writer: &mut impl Write,
) -> io::Result<()> {
    let mut entries: Vec<Vec<(usize, f64)>> = vec![Vec::new(); model.column_count()];
    for (line, MpsRow { row, .. }) in lines.iter().enumerate() {
        for (column, value) in row.columns.iter().zip(row.coefficients) {
            entries[column.index()].push((line, *value));
        }
    }
    writeln!(writer, "COLUMNS")?;
    let mut kind = ColumnKind::Continuous;
    for ((column, name), entries) in model.columns().iter().zip(column_names).zip(entries) {
        if column.kind != kind {
            kind = column.kind;
            write_marker(kind, writer)?;
        }
        if column.objective != 0.0 || entries.is_empty() {
            writeln!(writer, "    {name} {OBJECTIVE} {}", decimal(column.objective))?;
        }
        for (line, value) in entries {
            writeln!(writer, "    {name} {} {}", row_names[line], decimal(value))?;
        }
    }
    if kind == ColumnKind::Integer {
        write_marker(ColumnKind::Continuous, writer)?;
    }
    Ok(())
}

fn write_marker(kind: ColumnKind, writer: &mut impl Write) -> io::Result<()> {
    let keyword = match kind {
        ColumnKind::Integer => "INTORG",
        ColumnKind::Continuous => "INTEND",
    };
    writeln!(writer, "    MARKER 'MARKER' '{keyword}'")
}

fn write_sets(model: &Model, column_names: &[String], writer: &mut impl Write) -> io::Result<()> {
    let wanted: Vec<&str> = model.sos1_sets().iter().map(|set| set.name.as_str()).collect();
    let names = file_names(&wanted, &MPS_NAMES, "s", &[]);
    if !names.is_empty() {
        writeln!(writer, "SOS")?;
    }
    for (set, name) in model.sos1_sets().iter().zip(names) {
        writeln!(writer, " S1 {name}")?;
        for (column, weight) in set.columns.iter().zip(1..) {
            writeln!(writer, "    {} {weight}", column_names[column.index()])?;
        }
    }
    Ok(())
}

fn write_switches(
    model: &Model,
    column_names: &[String],
    lines: &[MpsRow<'_>],
    row_names: &[String],
    writer: &mut impl Write,
) -> io::Result<()> {
    if model.indicators().len() > 0 {
        writeln!(writer, "INDICATORS")?;
    }
    for indicator in model.indicators().filter(|indicator| indicator_rows(*indicator).is_empty()) {
        writeln!(writer, "* {:?} has no bounds", indicator.row.name)?;
    }
    for (line, row) in lines.iter().zip(row_names) {
        if let Some((binary, active_at)) = line.switch {
            writeln!(writer, " IF {row} {} {}", column_names[binary.index()], active_at.value())?;
        }
    }
    Ok(())
}

/// The bounds to declare, the lower one first: some readers take a negative upper bound before it for `-inf <= x`.
fn bounds(column: &Column) -> Vec<(&'static str, Option<f64>)> {
    let (lower, upper) = (column.lower, column.upper);
    match (lower.is_finite(), upper.is_finite()) {
        (true, true) if column.kind == ColumnKind::Integer && lower == 0.0 && upper == 1.0 => {
            vec![("BV", None)]
        }
        (true, true) if lower == upper => vec![("FX", Some(lower))],
        (true, true) => vec![("LO", Some(lower)), ("UP", Some(upper))],
        (true, false) if lower == 0.0 && column.kind == ColumnKind::Continuous => vec![],
        // An integer column without bounds is binary to some readers.
        (true, false) => vec![("LO", Some(lower)), ("PL", None)],
        (false, true) => vec![("MI", None), ("UP", Some(upper))],
        (false, false) => vec![("FR", None)],
    }
}
