//! Results on stdout, everything else on stderr.

use std::io::{self, IsTerminal, Write};

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, presets};

/// Writes one line of results.
pub(super) fn line(text: impl std::fmt::Display) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout().lock(), "{text}")?)
}

/// Writes one JSON object as one line of results.
pub(super) fn json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    line(serde_json::to_string(value)?)
}

/// Writes one line that is not a result.
pub(super) fn note(text: impl std::fmt::Display) {
    // Nobody can be told where stderr is closed.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Writes an error with its causes.
pub(super) fn report_error(error: &anyhow::Error) {
    note(format_args!("error: {error:#}"));
}

/// Whether an error only says that the reader of our results has gone, as `head` does.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io_error = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    io_error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// A table under a header; columns from `first_number` on are aligned to the right.
pub(super) fn table(
    header: &[&str],
    first_number: usize,
    rows: impl IntoIterator<Item = Vec<String>>,
) -> Table {
    let mut table = Table::new();
    let style = presets::UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none());
    table.load_style(style).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(first_number) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// Whether progress is worth showing: somebody watches stderr.
pub(super) fn is_watched() -> bool {
    io::stderr().is_terminal()
}
