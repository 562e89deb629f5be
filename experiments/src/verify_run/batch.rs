//! Many instances, each in a process of its own.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use solver_api::Cancellation;

use super::{Instance, InstanceFiles, VerifyRow, VerifySettings};

/// How much longer than its time limit a process may take before it is ended.
const GRACE: Duration = Duration::from_secs(5);

/// How long it may take to notice an interrupt.
const POLL: Duration = Duration::from_millis(100);

/// Verifies instances one after the other and hands over each row as it arrives.
///
/// A time limit in the settings caps those of the instances. Cancellation ends the process at work, and leaves its instance
/// without a row.
///
/// # Errors
/// Where a process cannot be started, or `take` fails.
pub(crate) fn run_batch(
    instances: &[Instance],
    settings: &VerifySettings,
    cancellation: &Cancellation,
    mut take: impl FnMut(&Instance, VerifyRow) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    for instance in instances {
        let timeout =
            settings.timeout.map_or(instance.timeout, |most_allowed| instance.timeout.min(most_allowed));
        let settings = VerifySettings { timeout: Some(timeout), ..settings.clone() };
        let row = run_process(instance, &settings, timeout + GRACE, cancellation)?;
        match row {
            Some(row) if !cancellation.is_cancelled() => take(instance, row)?,
            _ => break,
        }
    }
    Ok(())
}

/// The row of one instance; `None` after a cancellation.
fn run_process(
    instance: &Instance,
    settings: &VerifySettings,
    patience: Duration,
    cancellation: &Cancellation,
) -> anyhow::Result<Option<VerifyRow>> {
    let (onnx, property) = (instance.onnx_path(), instance.vnnlib_path());
    let started = Instant::now();
    let mut command = Command::new(std::env::current_exe().context("cannot find the program's own file")?);
    command.arg("verify").arg(&onnx).arg(&property).arg("--json").args(settings.arguments());
    let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = piped.spawn().context("cannot start a process for an instance")?;
    let mut output = child.stdout.take().context("a process has no output")?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut text = String::new();
        // What cannot be read is no row, which is said below.
        let _ = output.read_to_string(&mut text);
        let _ = sender.send(text);
    });
    let text = loop {
        match receiver.recv_timeout(POLL) {
            Ok(text) => break Some(text),
            Err(RecvTimeoutError::Timeout) if cancellation.is_cancelled() || started.elapsed() > patience => {
                break None;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break None,
        }
    };
    let seconds = started.elapsed().as_secs_f64();
    if text.is_none() {
        // An error means that it has ended already.
        let _ = child.kill();
    }
    let status = child.wait().context("a process is lost")?;
    if cancellation.is_cancelled() {
        return Ok(None);
    }
    let row = text.as_deref().and_then(|text| serde_json::from_str(text.trim()).ok());
    let row = row.unwrap_or_else(|| {
        let verdict = if text.is_none() { "timeout" } else { "error" };
        let reason = match text {
            None => "the process did not end in time and was ended".to_owned(),
            Some(_) => format!("the process ended without an answer: {status}"),
        };
        let files = InstanceFiles { onnx: &onnx, property: &property, network_name: None };
        let row = VerifyRow::new(files, verdict, settings);
        VerifyRow { notes: vec![reason], ..row }
    });
    Ok(Some(VerifyRow { seconds, ..row }))
}
