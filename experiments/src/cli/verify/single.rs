//! One instance.

use std::io::Write;
use std::panic::{self, AssertUnwindSafe};
use std::time::{Duration, Instant};

use anyhow::anyhow;
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
    let json = arguments.json;
    let print = move |row: &VerifyRow| if json { output::json(row) } else { output::line(form.text(row)) };
    let result_file = match arguments.result_file.as_deref().map(OutputFile::create).transpose() {
        Ok(file) => file,
        Err(error) => {
            print(&VerifyRow::failed(files, &settings, &error))?;
            return Err(error);
        }
    };
    let cancellation = interrupt::cancellation_on_interrupt()?;
    let announce = move |row: &VerifyRow| {
        let (printed, kept) = (print(row), keep(result_file, form.text(row)));
        if !json {
            say_more(row);
        }
        printed.and(kept)
    };
    let watchdog = Watchdog::start(started, files, &settings, &cancellation, Box::new(announce));
    let budget = budget(started, &settings, &cancellation);
    let (row, result) = match caught(|| verify_instance(files, &settings, &budget)) {
        Ok(row) if cancellation.is_cancelled() && row.verdict == "timeout" => {
            (VerifyRow { verdict: "unknown".to_owned(), ..row }, Ok(Completion::Interrupted))
        }
        Ok(row) => (row, Ok(Completion::Done)),
        Err(error) => (VerifyRow::failed(files, &settings, &error), Err(error)),
    };
    watchdog.announce(row)?;
    result
}

/// The work's result; a panic is an error as others are, so that there is an answer even then.
fn caught<T>(work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(anyhow!("the verifier has a fault and stopped: {text}"))
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_with_its_message() {
        let empty: &[u32] = &[];
        let error = caught(|| Ok(empty[0])).unwrap_err().to_string();
        assert!(error.contains("stopped: index out of bounds"), "{error}");
        assert_eq!(caught(|| Ok(1)).unwrap(), 1);
    }
}
