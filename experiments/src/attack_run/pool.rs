use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use solver_api::Cancellation;

use super::worker::Message;
use super::{AttackJob, AttackRow, ImageTask, WORKER_COMMAND, WitnessRow};

/// How much longer than its time limit a solve may take before its process is ended.
const GRACE: Duration = Duration::from_secs(30);

/// How long a worker may take to notice that it should stop.
const POLL: Duration = Duration::from_millis(100);

/// What a pool reports.
pub(crate) enum Event {
    /// One attack is done.
    Row(Box<AttackRow>, Option<Box<WitnessRow>>),
    /// A worker's process ended or had to be ended during this task; rows that did not arrive before stay open.
    Lost(ImageTask, String),
}

/// Runs exact attacks in `worker_count` processes of this program and reports every result as it arrives.
///
/// A process of its own keeps a solver's crash, and its global state, away from other images. Cancellation ends all
/// processes at once; what was reported before is complete.
///
/// # Errors
/// Where a process cannot be started, a worker says that the job is wrong, or `on_event` fails.
pub(crate) fn run_tasks(
    job: &AttackJob,
    tasks: Vec<ImageTask>,
    worker_count: usize,
    cancellation: &Cancellation,
    mut on_event: impl FnMut(Event) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let worker_count = worker_count.clamp(1, tasks.len().max(1));
    let queue = Mutex::new(VecDeque::from(tasks));
    let stop = Cancellation::new();
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..worker_count {
            let (queue, sender, stop) = (&queue, sender.clone(), &stop);
            scope.spawn(move || {
                if let Err(error) =
                    serve(job, queue, &sender, &|| cancellation.is_cancelled() || stop.is_cancelled())
                {
                    let _ = sender.send(Err(error));
                }
            });
        }
        drop(sender);
        let result = receiver.into_iter().try_for_each(|event| on_event(event?));
        stop.cancel();
        result
    })
}

/// Feeds one worker after the other from the queue: a new one follows where one was lost.
fn serve(
    job: &AttackJob,
    queue: &Mutex<VecDeque<ImageTask>>,
    events: &Sender<anyhow::Result<Event>>,
    is_stopped: &dyn Fn() -> bool,
) -> anyhow::Result<()> {
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let mut worker = None;
    while let Some(task) = next() {
        if is_stopped() {
            break;
        }
        let running = match &mut worker {
            Some(running) => running,
            None => worker.insert(WorkerProcess::start(job)?),
        };
        match running.run(job, &task, events, is_stopped)? {
            TaskEnd::Done => {}
            TaskEnd::Stopped => break,
            TaskEnd::Lost(reason) => {
                worker = None;
                let _ = events.send(Ok(Event::Lost(task, reason)));
            }
        }
    }
    Ok(())
}

struct WorkerProcess {
    child: Child,
    tasks: ChildStdin,
    messages: Receiver<String>,
}

enum TaskEnd {
    Done,
    Stopped,
    Lost(String),
}

impl WorkerProcess {
    fn start(job: &AttackJob) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("cannot find the program's own file")?;
        let mut command = Command::new(program);
        command.arg(WORKER_COMMAND).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start a worker process")?;
        let (Some(mut tasks), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            bail!("a worker process has no pipes");
        };
        writeln!(tasks, "{}", serde_json::to_string(job)?)?;
        let (sender, messages) = mpsc::channel();
        thread::spawn(move || {
            let lines = BufReader::new(answers).lines().map_while(Result::ok);
            lines.take_while(|line| sender.send(line.clone()).is_ok()).for_each(drop);
        });
        Ok(Self { child, tasks, messages })
    }

    fn run(
        &mut self,
        job: &AttackJob,
        task: &ImageTask,
        events: &Sender<anyhow::Result<Event>>,
        is_stopped: &dyn Fn() -> bool,
    ) -> anyhow::Result<TaskEnd> {
        if writeln!(self.tasks, "{}", serde_json::to_string(task)?).is_err() {
            return Ok(TaskEnd::Lost(self.ending()));
        }
        // An untargeted attack is a loop over all classes, each under the time limit.
        let patience = job.time_limit().map(|limit| limit * 20 + GRACE);
        let mut silence = Duration::ZERO;
        loop {
            let line = match self.messages.recv_timeout(POLL) {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => return Ok(TaskEnd::Lost(self.ending())),
                Err(RecvTimeoutError::Timeout) if is_stopped() => return Ok(TaskEnd::Stopped),
                Err(RecvTimeoutError::Timeout) => {
                    silence += POLL;
                    if patience.is_some_and(|patience| silence > patience) {
                        return Ok(TaskEnd::Lost("the solver overran its time limit and was ended".into()));
                    }
                    continue;
                }
            };
            silence = Duration::ZERO;
            match serde_json::from_str(&line).with_context(|| format!("a worker said `{line}`"))? {
                Message::Row(row, witness) => {
                    if events.send(Ok(Event::Row(row, witness))).is_err() {
                        return Ok(TaskEnd::Stopped);
                    }
                }
                Message::TaskDone => return Ok(TaskEnd::Done),
                Message::Fatal(reason) => bail!(reason),
            }
        }
    }

    fn ending(&mut self) -> String {
        match self.child.wait() {
            Ok(status) => format!("the worker process ended: {status}"),
            Err(error) => format!("the worker process is lost: {error}"),
        }
    }
}

impl Drop for WorkerProcess {
    fn drop(&mut self) {
        // An error means that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
