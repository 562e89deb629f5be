use std::io::{self, Write};

use super::names::{NameRules, file_names};
use super::numbers::decimal;
use crate::{ActiveAt, Column, ColumnId, ColumnKind, Model, Row};

/// Lines are wrapped for people; the format itself ends them at 560 characters.
const LINE_WIDTH: usize = 100;

/// What CPLEX, HiGHS, SCIP, CBC and GLPK all take for a name.
const LP_NAMES: NameRules = NameRules {
    allows: |c| c.is_ascii_alphanumeric() || c == '_' || c == '.',
    is_misread: |name| {
        // A leading digit or point is a number's, a leading `e` may be an exponent's.
        name.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E'))
            || KEYWORDS.contains(&name.to_ascii_lowercase().as_str())
    },
    longest: 100,
};

/// Words that begin a section or stand for a number, at least for one of these solvers.
const KEYWORDS: [&str; 29] = [
    "bin", "binaries", "binary", "bound", "bounds", "free", "gen", "general", "generals", "inf", "infinity",
    "int", "integer", "integers", "max", "maximise", "maximize", "maximum", "min", "minimise", "minimize",
    "minimum", "sec", "semi", "sos", "sos1", "sos2", "st", "subject",
];

/// Writes a model in CPLEX LP format, to be read by a person and by HiGHS, SCIP, CBC, GLPK and CPLEX alike.
///
/// Every number is written with all its bits. Not all of these solvers read a row with two different bounds or a
/// constant in the objective; such a row becomes two, `NAME_lower` and `NAME_upper`, and the constant becomes a column
/// `one` that is fixed to 1. A row without bounds stands in a comment. A name that LP does not allow is changed, and a
/// comment tells it. Indicators are rows with `b = 1 ->` before them, and sets of type 1 stand in a section `SOS`, as
/// CPLEX, SCIP and Gurobi read them; CBC reads sets, and the others neither.
///
/// # Errors
/// Those of the writer.
pub fn write_lp(model: &Model, writer: &mut impl Write) -> io::Result<()> {
    let rows = model.rows().map(|row| (row, None));
    let indicators = model.indicators().map(|i| (i.row, Some((i.binary, i.active_at))));
    let lines: Vec<LpRow<'_>> =
        rows.chain(indicators).flat_map(|(row, switch)| one_sided(&row, switch)).collect();
    let mut columns: Vec<&str> = model.columns().iter().map(|column| column.name.as_str()).collect();
    if model.offset() != 0.0 || columns.is_empty() {
        columns.push("one");
    }
    let rows: Vec<&str> = lines.iter().map(|line| line.name.as_str()).collect();
    let column_names = file_names(&columns, &LP_NAMES, "x", &[]);
    let row_names = file_names(&rows, &LP_NAMES, "r", &["obj"]);
    let sets: Vec<&str> = model.sos1_sets().iter().map(|set| set.name.as_str()).collect();
    let set_names = file_names(&sets, &LP_NAMES, "s", &[]);

    writeln!(writer, "\\ {}", model.name().escape_debug())?;
    let named = columns.iter().zip(&column_names).chain(rows.iter().zip(&row_names));
    for (wanted, written) in named.chain(sets.iter().zip(&set_names)) {
        if wanted != written {
            writeln!(writer, "\\ {written} stands for {wanted:?}")?;
        }
    }
    writeln!(writer, "\nMinimize")?;
    wrapped(" obj:", objective(model, &column_names), writer)?;
    writeln!(writer, "\nSubject To")?;
    for row in model.rows().filter(is_free) {
        writeln!(writer, "\\ row {:?} has no bounds", row.name)?;
    }
    for indicator in model.indicators().filter(|indicator| is_free(&indicator.row)) {
        writeln!(writer, "\\ indicator {:?} has no bounds", indicator.row.name)?;
    }
    for (line, name) in lines.iter().zip(&row_names) {
        wrapped(&format!(" {name}:"), line.words(&column_names), writer)?;
    }
    writeln!(writer, "\nBounds")?;
    for (column, name) in model.columns().iter().zip(&column_names) {
        if let Some(bounds) = bounds(column, name) {
            writeln!(writer, " {bounds}")?;
        }
    }
    if let Some(one) = column_names.get(model.column_count()) {
        writeln!(writer, " {one} = 1")?;
    }
    for (title, belongs) in INTEGER_SECTIONS {
        let named = model.columns().iter().zip(&column_names);
        let members: Vec<String> = named.filter(|(c, _)| belongs(c)).map(|(_, name)| name.clone()).collect();
        if !members.is_empty() {
            writeln!(writer, "\n{title}")?;
            wrapped("", members, writer)?;
        }
    }
    if !set_names.is_empty() {
        writeln!(writer, "\nSOS")?;
    }
    for (set, name) in model.sos1_sets().iter().zip(&set_names) {
        let weighted = set.columns.iter().zip(1..);
        let members = weighted.map(|(column, weight)| format!("{}:{weight}", column_names[column.index()]));
        wrapped(&format!(" {name}: S1::"), members.collect(), writer)?;
    }
    writeln!(writer, "\nEnd")
}

/// A row with one bound, or with two equal ones.
struct LpRow<'a> {
    name: String,
    /// The binary column and its value at which alone the row holds, for an indicator.
    switch: Switch,
    row: Row<'a>,
    relation: &'static str,
    right: f64,
}

type Switch = Option<(ColumnId, ActiveAt)>;

type Belongs = fn(&Column) -> bool;

const INTEGER_SECTIONS: [(&str, Belongs); 2] = [
    ("Binaries", is_binary),
    ("Generals", |column| column.kind == ColumnKind::Integer && !is_binary(column)),
];

impl LpRow<'_> {
    fn words(&self, columns: &[String]) -> Vec<String> {
        let entries = self.row.columns.iter().zip(self.row.coefficients);
        let mut words = terms(entries.map(|(column, value)| (*value, columns[column.index()].as_str())));
        if words.is_empty() {
            words.push(format!("0 {}", columns[0]));
        }
        words.push(format!("{} {}", self.relation, decimal(self.right)));
        if let Some((binary, active_at)) = self.switch {
            words.insert(0, format!("{} = {} ->", columns[binary.index()], active_at.value()));
        }
        words
    }
}

fn one_sided<'a>(row: &Row<'a>, switch: Switch) -> Vec<LpRow<'a>> {
    let with = |suffix: &str, relation, right| LpRow {
        name: format!("{}{suffix}", row.name),
        switch,
        row: *row,
        relation,
        right,
    };
    match (row.lower.is_finite(), row.upper.is_finite()) {
        _ if row.lower == row.upper => vec![with("", "=", row.lower)],
        (true, true) => vec![with("_lower", ">=", row.lower), with("_upper", "<=", row.upper)],
        (true, false) => vec![with("", ">=", row.lower)],
        (false, true) => vec![with("", "<=", row.upper)],
        (false, false) => vec![],
    }
}

fn is_free(row: &Row<'_>) -> bool {
    row.lower.is_infinite() && row.upper.is_infinite()
}

fn is_binary(column: &Column) -> bool {
    column.kind == ColumnKind::Integer && column.lower == 0.0 && column.upper == 1.0
}

/// The objective's terms, with `0 x` for each column that no other place mentions: readers learn of a column by its
/// first mention, and not all take one in the bounds for that.
fn objective(model: &Model, names: &[String]) -> Vec<String> {
    let mut mentioned = vec![false; model.column_count()];
    for column in model.rows().filter(|row| !is_free(row)).flat_map(|row| row.columns) {
        mentioned[column.index()] = true;
    }
    let columns = model.columns().iter().zip(names).zip(mentioned);
    let mut entries: Vec<(f64, &str)> = columns
        .filter(|((column, _), mentioned)| column.objective != 0.0 || !mentioned)
        .map(|((column, name), _)| (column.objective, name.as_str()))
        .collect();
    entries.extend(names.get(model.column_count()).map(|one| (model.offset(), one.as_str())));
    if entries.is_empty() {
        entries.extend(names.first().map(|name| (0.0, name.as_str())));
    }
    terms(entries)
}

fn terms<'a>(entries: impl IntoIterator<Item = (f64, &'a str)>) -> Vec<String> {
    let with_sign = |(index, (factor, name)): (usize, (f64, &str))| {
        let sign = match (factor < 0.0, index) {
            (true, _) => "- ",
            (false, 0) => "",
            (false, _) => "+ ",
        };
        let size = factor.abs();
        if size == 1.0 { format!("{sign}{name}") } else { format!("{sign}{} {name}", decimal(size)) }
    };
    entries.into_iter().enumerate().map(with_sign).collect()
}

/// The line that declares bounds; `None` where the format's default or the section of binaries says the same.
fn bounds(column: &Column, name: &str) -> Option<String> {
    let (lower, upper) = (decimal(column.lower), decimal(column.upper));
    match (column.lower.is_finite(), column.upper.is_finite()) {
        _ if is_binary(column) => None,
        (true, true) if column.lower == column.upper => Some(format!("{name} = {lower}")),
        (true, true) => Some(format!("{lower} <= {name} <= {upper}")),
        (true, false) if column.lower == 0.0 && column.kind == ColumnKind::Continuous => None,
        (true, false) => Some(format!("{name} >= {lower}")),
        // The default lower bound is 0, so that a missing one must be told.
        (false, true) => Some(format!("-inf <= {name} <= {upper}")),
        (false, false) => Some(format!("{name} free")),
    }
}

fn wrapped(start: &str, words: Vec<String>, writer: &mut impl Write) -> io::Result<()> {
    let mut line = start.to_owned();
    for word in words {
        if line.len() + 1 + word.len() > LINE_WIDTH && line.trim() != "" {
            writeln!(writer, "{line}")?;
            line = "   ".to_owned();
        }
        line.push(' ');
        line.push_str(&word);
    }
    writeln!(writer, "{line}")
}
