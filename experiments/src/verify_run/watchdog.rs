//! The answer that comes in time, whatever the engines do.

use std::process;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use solver_api::Cancellation;

use super::memory::Memory;
use super::{InstanceFiles, VerifyRow, VerifySettings};

/// How much longer than its time limit, or than an interrupt, the work may take before the process ends without it.
const GRACE: Duration = Duration::from_millis(150);

/// How often the watch looks up.
const POLL: Duration = Duration::from_millis(20);

/// The exit status after Ctrl-C.
const INTERRUPTED: i32 = 130;

/// The exit status where the answer could not be written.
const UNWRITTEN: i32 = 2;

/// Sees to it that exactly one row is announced: the work's, or one in its place when it overruns time, memory or an interrupt.
pub(crate) struct Watchdog {
    started: Instant,
    announce: Mutex<Option<Announce>>,
}

/// Prints a row and keeps it where it is wanted.
type Announce = Box<dyn FnOnce(&VerifyRow) -> anyhow::Result<()> + Send>;

impl Watchdog {
    /// Starts to watch, and returns after the first look: what is over a limit from the start is not worked on.
    pub(crate) fn start(
        started: Instant,
        files: InstanceFiles<'_>,
        settings: &VerifySettings,
        cancellation: &Cancellation,
        announce: Announce,
    ) -> Arc<Self> {
        let watchdog = Arc::new(Self { started, announce: Mutex::new(Some(announce)) });
        let deadline = settings.timeout.and_then(|timeout| started.checked_add(timeout + GRACE));
        let memory = settings.memory;
        let row = |verdict| VerifyRow::new(files, verdict, settings);
        let (late, unknown) = (row("timeout"), row("unknown"));
        let (watch, cancellation) = (watchdog.clone(), cancellation.clone());
        let (looked, first_look) = mpsc::channel();
        thread::spawn(move || {
            let mut interrupted_at = None;
            loop {
                let now = Instant::now();
                if cancellation.is_cancelled() && now >= *interrupted_at.get_or_insert(now + GRACE) {
                    watch.end_with(unknown, "interrupted", INTERRUPTED);
                } else if deadline.is_some_and(|deadline| now >= deadline) {
                    watch.end_with(late, "the engine at work did not stop in time and was ended", 0);
                } else if memory.is_some_and(|limit| Memory::in_use().is_some_and(|held| held > limit)) {
                    let limit = memory.map(|limit| limit.to_string()).unwrap_or_default();
                    let reason = format!("more than {limit} GB of memory are in use (--memory)");
                    watch.end_with(unknown, &reason, 0);
                }
                // Only the first look is waited for.
                let _ = looked.send(());
                let until = deadline.map_or(POLL, |deadline| deadline.saturating_duration_since(now));
                thread::sleep(until.clamp(Duration::from_millis(1), POLL));
            }
        });
        let _ = first_look.recv();
        watchdog
    }

    /// Announces the work's row, unless the watch was faster; the process is then about to end.
    ///
    /// # Errors
    /// Where the row could not be printed or kept.
    pub(crate) fn announce(&self, row: VerifyRow) -> anyhow::Result<()> {
        let row = VerifyRow { seconds: self.started.elapsed().as_secs_f64(), ..row };
        let announce = self.announce.lock().unwrap_or_else(PoisonError::into_inner).take();
        match announce {
            Some(announce) => announce(&row),
            None => loop {
                thread::park();
            },
        }
    }

    fn end_with(&self, row: VerifyRow, reason: &str, exit_status: i32) -> ! {
        // The lock is held until the process ends: nobody announces a second row.
        let mut announce = self.announce.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(announce) = announce.take() else {
            // The work has announced its row and is about to return.
            loop {
                thread::park();
            }
        };
        let (seconds, notes) = (self.started.elapsed().as_secs_f64(), vec![reason.to_owned()]);
        let announced = announce(&VerifyRow { seconds, notes, ..row });
        process::exit(if announced.is_ok() { exit_status } else { UNWRITTEN });
    }
}
