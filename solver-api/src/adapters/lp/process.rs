//! A child process with all its children, its lines, and an end to it.

use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// How often the clock and the cancellation are looked at.
const LOOK: Duration = Duration::from_millis(5);
/// How long lines are awaited that something else than the child's group may still be writing.
const LAST_LINES: Duration = Duration::from_secs(1);
/// A longer line arrives in pieces.
const LONGEST_LINE: u64 = 1 << 16;

/// How a process ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum End {
    Exited(ExitStatus),
    /// It was ended at the deadline.
    Overran,
    /// It was ended when the caller asked for that.
    Cancelled,
}

/// Runs a program in a folder until it ends, and hands over what it prints line by line.
///
/// Whatever it started is ended with it, also where `on_line` panics.
pub(super) fn run(
    program: &Path,
    arguments: &[String],
    folder: &Path,
    deadline: Option<Instant>,
    is_cancelled: &dyn Fn() -> bool,
    on_line: &mut dyn FnMut(String),
) -> io::Result<End> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::piped());
    let child = command.stderr(Stdio::piped()).process_group(0).spawn()?;
    let mut group = Group(child);
    let lines = lines_of(&mut group.0);
    let mut last_lines_until = None;
    let mut status = None;
    loop {
        match lines.recv_timeout(LOOK) {
            Ok(line) => on_line(line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) if status.is_some() => break,
            Err(RecvTimeoutError::Disconnected) => thread::sleep(LOOK),
        }
        if status.is_none() {
            status = group.0.try_wait()?;
            if status.is_some() {
                group.end();
                last_lines_until = Some(Instant::now() + LAST_LINES);
            } else if is_cancelled() {
                return Ok(End::Cancelled);
            } else if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Ok(End::Overran);
            }
        }
        if last_lines_until.is_some_and(|until| Instant::now() >= until) {
            break;
        }
    }
    Ok(End::Exited(status.expect("the loop ends behind the exit")))
}

/// A child that leads a process group; the group is killed when this is dropped.
struct Group(Child);

impl Group {
    fn end(&self) {
        if let Ok(id) = i32::try_from(self.0.id()) {
            // An error says that nobody is left.
            let _ = killpg(Pid::from_raw(id), Signal::SIGKILL);
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // While the child was not waited for, its number is not given to another process.
        if matches!(self.0.try_wait(), Ok(None)) {
            self.end();
            let _ = self.0.wait();
        }
    }
}

/// The lines of both of a child's outputs as they come.
fn lines_of(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = channel();
    if let Some(output) = child.stdout.take() {
        forward(output, sender.clone());
    }
    if let Some(output) = child.stderr.take() {
        forward(output, sender);
    }
    receiver
}

fn forward(output: impl Read + Send + 'static, lines: Sender<String>) {
    thread::spawn(move || {
        let mut reader = BufReader::new(output);
        let mut bytes = Vec::new();
        while let Ok(1..) = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes) {
            let line = String::from_utf8_lossy(&bytes);
            if lines.send(line.trim_end_matches(['\n', '\r']).to_owned()).is_err() {
                return;
            }
            bytes.clear();
        }
    });
}
