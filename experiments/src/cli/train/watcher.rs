//! What happens beside a training: progress, checkpoints, Ctrl-C.

use std::ops::ControlFlow;
use std::time::Instant;

use indicatif::ProgressBar;
use solver_api::Cancellation;
use training::{Checkpoint, Progress};

use super::arguments::Cadence;
use super::report;
use crate::checkpoint::CheckpointFile;
use crate::cli::output;

/// Hears of every step; stops the training on Ctrl-C.
pub(super) struct Watcher<'a> {
    pub(super) bar: ProgressBar,
    pub(super) cancellation: &'a Cancellation,
    pub(super) form: report::Form,
    pub(super) keeper: Option<Keeper<'a>>,
    /// Why rows can no longer be printed; the training goes on for its network.
    pub(super) failure: Option<anyhow::Error>,
}

/// Keeps checkpoints.
pub(super) struct Keeper<'a> {
    file: &'a CheckpointFile,
    cadence: Cadence,
    steps: u64,
    written: Instant,
    /// The last end of an epoch that is not in the file.
    latest: Option<Checkpoint>,
}

impl Watcher<'_> {
    pub(super) fn hear(&mut self, progress: Progress<'_>) -> ControlFlow<()> {
        match progress {
            Progress::Batch { loss, .. } => {
                self.bar.set_message(format!("loss {loss:.4}"));
                self.bar.inc(1);
            }
            Progress::Epoch { record, .. } if self.failure.is_none() => {
                self.failure = self.bar.suspend(|| report::print_epoch(record, self.form)).err();
            }
            Progress::Epoch { .. } => (),
        }
        let stop = self.cancellation.is_cancelled();
        if let Some(keeper) = &mut self.keeper
            && let Err(error) = keeper.hear(progress, stop)
        {
            self.bar.suspend(|| output::note(format_args!("warning: {error:#}; the training goes on")));
        }
        if stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl<'a> Keeper<'a> {
    pub(super) fn new(file: &'a CheckpointFile, cadence: Cadence) -> Self {
        Self { file, cadence, steps: 0, written: Instant::now(), latest: None }
    }

    fn hear(&mut self, progress: Progress<'_>, is_last: bool) -> anyhow::Result<()> {
        match progress {
            Progress::Batch { .. } => self.steps += 1,
            Progress::Epoch { .. } => self.latest = Some(progress.checkpoint()),
        }
        let is_due = match self.cadence {
            Cadence::Steps(steps) => self.steps >= steps,
            Cadence::Time(time) => self.written.elapsed() >= time,
        };
        if is_last || is_due {
            (self.steps, self.written, self.latest) = (0, Instant::now(), None);
            self.file.write(&progress.checkpoint())?;
        }
        Ok(())
    }

    /// Writes what came last, when the training is over.
    pub(super) fn finish(&mut self) -> anyhow::Result<()> {
        self.latest.take().map_or(Ok(()), |checkpoint| self.file.write(&checkpoint))
    }
}
