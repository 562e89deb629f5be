//! Whose turn it is: problem by problem, every way to solve it in turn, a different one first each time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use serde::Serialize;
use serde_json::{Map, Value};

use super::child::{self, End, Ended};
use super::instances::Instance;
use super::question::{self, Questions};
use super::rows::{Key, KnownRow, RowFile};
use crate::flags::{AnsweredBy, BenchFlags, Variant};

/// One solve to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Run<'a> {
    pub(super) instance: &'a Instance,
    pub(super) variant: &'a Variant,
    pub(super) repeat: usize,
}

/// What all solves have in common.
pub(super) struct Settings {
    time_limit: f64,
    patience: Duration,
    jobs: usize,
}

impl Settings {
    pub(super) fn of(flags: &BenchFlags) -> Self {
        let patience = Duration::try_from_secs_f64(flags.time_limit + flags.grace).unwrap_or(Duration::MAX);
        Settings { time_limit: flags.time_limit, patience, jobs: flags.jobs }
    }

    /// Flags of the command that answers.
    fn arguments(&self, variant: &Variant) -> Vec<String> {
        let mut arguments = variant.arguments.clone();
        // Solvers that attack have one thread by themselves, and `bab` knows no such flag.
        let one_at_a_time = match variant.answered_by {
            AnsweredBy::Solve => "--threads",
            AnsweredBy::Attack => "--jobs",
        };
        arguments.extend([one_at_a_time.to_owned(), "1".to_owned()]);
        arguments.extend(["--time-limit".to_owned(), self.time_limit.to_string()]);
        arguments
    }

    /// The same as a row has them.
    fn described(&self, variant: &Variant) -> String {
        let arguments = self.arguments(variant).join(" ");
        match variant.answered_by {
            AnsweredBy::Solve => arguments,
            AnsweredBy::Attack => format!("attack {arguments}"),
        }
    }
}

impl Run<'_> {
    fn key(&self) -> Key {
        Key {
            problem: self.instance.problem.clone(),
            encoding: self.instance.encoding.clone(),
            label: self.variant.label.clone(),
            repeat: self.repeat,
        }
    }
}

/// All solves in their order.
pub(super) fn runs<'a>(instances: &'a [Instance], variants: &'a [Variant], repeats: usize) -> Vec<Run<'a>> {
    let mut problems: BTreeMap<&str, Vec<&Instance>> = BTreeMap::new();
    let mut order = Vec::new();
    for instance in instances {
        let of_problem = problems.entry(&instance.problem).or_default();
        if of_problem.is_empty() {
            order.push(instance.problem.as_str());
        }
        of_problem.push(instance);
    }
    let mut runs = Vec::new();
    for repeat in 0..repeats {
        for (position, problem) in order.iter().enumerate() {
            let start = runs.len();
            for instance in &problems[problem] {
                runs.extend(variants.iter().map(|variant| Run { instance, variant, repeat }));
            }
            let ways = runs.len() - start;
            runs[start..].rotate_left((position + repeat) % ways.max(1));
        }
    }
    runs
}

/// The solves that no row answers yet.
///
/// # Errors
/// Where a label stands for other flags than in earlier rows: they could not be compared.
pub(super) fn missing<'a>(
    runs: Vec<Run<'a>>,
    known: &[KnownRow],
    settings: &Settings,
) -> Result<VecDeque<Run<'a>>> {
    let earlier: BTreeMap<&str, &str> =
        known.iter().map(|row| (row.key.label.as_str(), row.arguments.as_str())).collect();
    for run in &runs {
        let now = settings.described(run.variant);
        if let Some(&before) = earlier.get(run.variant.label.as_str()).filter(|before| **before != now) {
            bail!(
                "the folder holds rows of `{}` with `{before}`, not `{now}`; choose another label or --out",
                run.variant.label
            );
        }
    }
    let done: BTreeSet<&Key> = known.iter().map(|row| &row.key).collect();
    Ok(runs.into_iter().filter(|run| !done.contains(&run.key())).collect())
}

/// Does the solves, and adds a row for each; a raised flag ends it between two rows.
pub(super) fn execute(
    questions: &Questions<'_>,
    missing: VecDeque<Run<'_>>,
    rows: RowFile,
    settings: &Settings,
    stop: &AtomicBool,
) -> Result<()> {
    let progress = Mutex::new(Progress { rows, done: 0, total: missing.len(), started: Instant::now() });
    eprintln!(
        "bench: {} rows are there, {} solves to do",
        progress.lock().unwrap_or_else(PoisonError::into_inner).rows.known().len(),
        missing.len()
    );
    let queue = Mutex::new(missing);
    let work = || -> Result<()> {
        let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        while let Some(run) = next().filter(|_| !stop.load(Ordering::Relaxed)) {
            let arguments = settings.arguments(run.variant);
            let mut command = questions.command(run.instance, run.variant, &arguments)?;
            let ended = child::run(&mut command, settings.patience, stop)?;
            // What a solve says after a signal to all processes is cut short.
            if stop.load(Ordering::Relaxed) || ended.end == End::Stopped {
                break;
            }
            let row = row(&run, settings, &ended)?;
            progress.lock().unwrap_or_else(PoisonError::into_inner).add(&run, &row)?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..settings.jobs).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| match worker.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })
}

struct Progress {
    rows: RowFile,
    done: usize,
    total: usize,
    started: Instant,
}

impl Progress {
    fn add(&mut self, run: &Run<'_>, row: &str) -> Result<()> {
        self.rows.append(row)?;
        self.done += 1;
        let row: Map<String, Value> = serde_json::from_str(row)?;
        let text = |key: &str| row.get(key).map(Value::to_string).unwrap_or_default().replace('"', "");
        let seconds = row.get("wall_seconds").and_then(Value::as_f64).unwrap_or_default();
        let left = self.started.elapsed().as_secs_f64() / self.done as f64 * (self.total - self.done) as f64;
        eprintln!(
            "bench: {:>4}/{}  {} {} [{}]: {} {}, {seconds:.2} s; {} left",
            self.done,
            self.total,
            run.instance.problem,
            run.variant.label,
            run.instance.encoding,
            text("verdict"),
            text("objective"),
            duration(left)
        );
        if let Some(fault) = row.get("fault").and_then(Value::as_str) {
            eprintln!("bench: FAULT in {} by {}: {fault}", run.instance.problem, run.variant.label);
        }
        Ok(())
    }
}

fn duration(seconds: f64) -> String {
    let minutes = (seconds / 60.0).ceil();
    if minutes < 120.0 { format!("{minutes} min") } else { format!("{:.1} h", minutes / 60.0) }
}

/// What a row says of the process; what the solve says of itself follows.
#[derive(Serialize)]
struct ProcessRow<'a> {
    #[serde(flatten)]
    key: Key,
    group: &'a str,
    instance_sha256: &'a str,
    arguments: &'a str,
    /// Seconds since 1970 when it ended.
    ended: u64,
    process_seconds: f64,
    /// Null where it was killed.
    exit_status: Option<i32>,
}

fn row(run: &Run<'_>, settings: &Settings, ended: &Ended) -> Result<String> {
    let status = match ended.end {
        End::Exited(status) => status.code(),
        End::Overran | End::Stopped => None,
    };
    let process = serde_json::to_string(&ProcessRow {
        key: run.key(),
        group: &run.instance.group,
        instance_sha256: &run.instance.sha256,
        arguments: &settings.described(run.variant),
        ended: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        process_seconds: ended.seconds,
        exit_status: status,
    })?;
    let said = (ended.end != End::Overran).then(|| answer(run, settings, ended.stdout.trim())).flatten();
    let rest = said.map_or_else(|| without_answer(ended, settings.time_limit), Ok)?;
    Ok(format!("{},{}", process.trim_end_matches('}'), rest.trim_start_matches('{')))
}

/// The answer as an object, every digit of it kept.
fn answer(run: &Run<'_>, settings: &Settings, said: &str) -> Option<String> {
    match run.variant.answered_by {
        AnsweredBy::Solve => {
            let object: Map<String, Value> = serde_json::from_str(said).ok()?;
            (!object.is_empty()).then(|| said.to_owned())
        }
        AnsweredBy::Attack => question::answer_of_attack(said, run.instance, settings.time_limit),
    }
}

/// What stands in the place of an answer that did not come.
fn without_answer(ended: &Ended, time_limit: f64) -> Result<String> {
    let (verdict, fault) = match ended.end {
        End::Overran => ("Killed", None),
        End::Stopped | End::Exited(_) => {
            let last_words = ended.stderr.lines().rev().find(|line| !line.trim().is_empty());
            ("Crashed", Some(last_words.unwrap_or("no answer and no error message").to_owned()))
        }
    };
    Ok(serde_json::to_string(&serde_json::json!({
        "verdict": verdict,
        "wall_seconds": ended.seconds,
        "time_limit": time_limit,
        "fault": fault,
    }))?)
}
