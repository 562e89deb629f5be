//! One solve in a process group of its own, which is ended as a whole.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::cargo::shell_line;

/// How often a running solve is looked after.
const POLL: Duration = Duration::from_millis(10);

/// How a solve's process ended.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) end: End,
    pub(super) stdout: String,
    pub(super) stderr: String,
    /// Wall time of the whole process.
    pub(super) seconds: f64,
}

/// What ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It did itself.
    Exited(ExitStatus),
    /// It overran its time and was killed.
    Overran,
    /// Ctrl-C: it was killed, and what it said does not count.
    Stopped,
}

/// Runs a command for `patience` at most, or until `stop` is raised.
///
/// # Errors
/// When it cannot be started.
pub(super) fn run(command: &mut Command, patience: Duration, stop: &AtomicBool) -> Result<Ended> {
    let line = shell_line(command);
    own_group(command);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let started = Instant::now();
    let mut child = command.spawn().with_context(|| format!("cannot start `{line}`"))?;
    let stdout = child.stdout.take().map(reader);
    let stderr = child.stderr.take().map(reader);
    let end = loop {
        if let Some(status) = child.try_wait()? {
            break End::Exited(status);
        }
        if stop.load(Ordering::Relaxed) {
            break End::Stopped;
        }
        if started.elapsed() > patience {
            break End::Overran;
        }
        thread::sleep(POLL);
    };
    let seconds = started.elapsed().as_secs_f64();
    // Also after it has ended well: a child of its own that goes on would disturb the next solve.
    kill_group(&mut child);
    child.wait()?;
    let text = |reader: Option<JoinHandle<Vec<u8>>>| {
        let bytes = reader.map(|reader| reader.join().unwrap_or_default()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Ok(Ended { end, stdout: text(stdout), stderr: text(stderr), seconds })
}

fn reader(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is all that there is to know.
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;

    command.process_group(0);
}

#[cfg(unix)]
fn kill_group(child: &mut Child) {
    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;

    if let Ok(group) = i32::try_from(child.id()) {
        // An error means that all of the group has ended.
        let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
    }
}

#[cfg(not(unix))]
fn own_group(_command: &mut Command) {}

#[cfg(not(unix))]
fn kill_group(child: &mut Child) {
    // An error means that it has ended.
    let _ = child.kill();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_and_status_arrive() {
        let ended =
            run(&mut shell("echo said; echo noted >&2; exit 3"), Duration::MAX, &AtomicBool::new(false))
                .expect("sh starts");
        assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("said\n", "noted\n"));
        assert!(matches!(ended.end, End::Exited(status) if status.code() == Some(3)), "{ended:?}");
    }

    #[test]
    fn an_overrun_ends_the_process_and_its_children() {
        // The reader of stdout returns only when nobody can write any more: the grandchild is gone, too.
        let mut command = shell("sleep 1000 & echo started; wait");
        let ended =
            run(&mut command, Duration::from_millis(300), &AtomicBool::new(false)).expect("sh starts");
        assert_eq!((ended.end, ended.stdout.as_str()), (End::Overran, "started\n"));
    }

    #[test]
    fn a_child_that_outlives_a_good_end_is_ended() {
        let ended = run(&mut shell("sleep 1000 & exit 0"), Duration::MAX, &AtomicBool::new(false))
            .expect("sh starts");
        assert!(matches!(ended.end, End::Exited(status) if status.success()), "{ended:?}");
    }

    #[test]
    fn a_raised_flag_ends_it() {
        let ended = run(&mut shell("sleep 1000"), Duration::MAX, &AtomicBool::new(true)).expect("sh starts");
        assert_eq!(ended.end, End::Stopped);
    }

    #[test]
    fn a_program_that_is_not_there_is_an_error() {
        let error = run(&mut Command::new("no-such-program"), Duration::MAX, &AtomicBool::new(false));
        assert!(error.expect_err("it is not there").to_string().contains("no-such-program"));
    }
}
