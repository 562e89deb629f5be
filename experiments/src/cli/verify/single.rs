//! One instance.

use std::io::Write;
use std::time::{Duration, Instant};

use solver_api::{Budget, Cancellation};

use super::VerifyArguments;
use crate::cli::{Completion, interrupt, output};
use crate::output_file::OutputFile;
use crate::verify_run::{InstanceFiles, VerifyRow, VerifySettings, Watchdog, verify_instance};

/// How an answer is spelt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As the competition VNN-COMP has it.
    Competition,
    /// As the standard of VNN-LIB 2.0 has it.
    Standard,
}

pub(super) fn run(
    arguments: &VerifyArguments,
    files: InstanceFiles<'_>,
    form: Form,
) -> anyhow::Result<Completion> {
    let started = Instant::now();
    let settings = arguments.settings();
    let (json, result_file) = (arguments.json, arguments.result_file.as_deref().map(OutputFile::create));
    let result_file = result_file.transpose()?;
    let cancellation = interrupt::cancellation_on_interrupt()?;
    let announce = move |row: &VerifyRow| {
        // Nobody can be told where neither output can be written.
        let printed = if json { output::json(row) } else { output::line(form.text(row)) };
        if let Err(error) = printed.and_then(|()| keep(result_file, form.text(row))) {
            output::report_error(&error);
        }
        if !json {
            say_more(row);
        }
    };
    let watchdog = Watchdog::start(started, files, &settings, &cancellation, Box::new(announce));
    let verified = verify_instance(files, &settings, &budget(started, &settings, &cancellation));
    let (row, result) = match verified {
        Ok(row) if cancellation.is_cancelled() && row.verdict == "timeout" => {
            (VerifyRow { verdict: "unknown".to_owned(), ..row }, Ok(Completion::Interrupted))
        }
        Ok(row) => (row, Ok(Completion::Done)),
        Err(error) => (VerifyRow::failed(files, &settings, &error), Err(error)),
    };
    watchdog.announce(row);
    result
}

/// What is left of the time from the program's start.
fn budget(started: Instant, settings: &VerifySettings, cancellation: &Cancellation) -> Budget {
    let left = |timeout: Duration| Budget::lasting(timeout.saturating_sub(started.elapsed()));
    settings.timeout.map_or_else(Budget::unlimited, left).with_cancellation(cancellation.clone())
}

impl Form {
    fn text(self, row: &VerifyRow) -> String {
        match self {
            Form::Competition => row.competition_text(),
            Form::Standard => row.standard_text(),
        }
    }
}

fn keep(file: Option<OutputFile>, text: String) -> anyhow::Result<()> {
    file.map_or(Ok(()), |file| file.write(|writer| Ok(writeln!(writer, "{text}")?)))
}

/// What a person wants to know where there is no answer.
fn say_more(row: &VerifyRow) {
    if !matches!(row.verdict.as_str(), "unknown" | "timeout") {
        return;
    }
    for note in &row.notes {
        output::note(format_args!("note: {note}"));
    }
    if let Some(bound) = row.lower_bound {
        output::note(format_args!(
            "note: the least bound proven so far is {bound}; above 0 it would be a proof"
        ));
    }
    if let (Some(double), Some(single)) = (row.near_margin, row.near_margin_f32) {
        output::note(format_args!(
            "note: the nearest input misses a counterexample by {double} in f64 and {single} in f32; both would have to be \
             at most 0"
        ));
    }
}
