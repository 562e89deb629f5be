use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use super::answer;
use super::process::{self, End};
use super::program::{Call, Program, SOLUTION_FILE, Task, Told, Transcript};
use crate::adapters::fresh::{Engine, NumberLimits, Question, rejected};
use crate::{
    Capabilities, Column, LimitKind, Limits, LogSink, Model, Options, Outcome, SolverError, write_lp,
    write_mps,
};

/// How long after its own time limit a program is ended.
const GRACE: Duration = Duration::from_secs(1);
/// How long a program may take to tell its version or to look at options.
const ANSWER_TIME: Duration = Duration::from_secs(20);
/// How many of the last lines of a log are kept to be read.
const KEPT_LINES: usize = 100_000;

/// A program at a path, called anew for each solve.
pub(super) struct CommandLineEngine {
    pub(super) program: &'static Program,
    pub(super) path: PathBuf,
}

/// What a call of a program brought.
struct Called {
    end: End,
    log: Vec<String>,
    solution: Option<String>,
    wall_time: Duration,
}

impl Engine for CommandLineEngine {
    fn name(&self) -> &str {
        self.program.name
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::new(self.program.capabilities.iter().copied())
    }

    fn number_limits(&self) -> NumberLimits {
        // 1e20 is "infinite" to most of these programs.
        NumberLimits { cost: 1e15, coefficient: 1e15, row_bound: 1e20, bound: 1e20, integer_bound: 1e15 }
    }

    fn solve(&mut self, question: &Question<'_>) -> Result<Outcome, SolverError> {
        let Some(model) = model_for_programs(question) else {
            let limits = question.limits;
            return Ok(no_whole_number(limits));
        };
        let Question { options, limits, .. } = *question;
        let task = Task { options, limits, is_mip: model.integer_count() > 0 };
        let time = limits.time.map(|time| round_up(time, self.program.clock_step) + GRACE);
        let call = (self.program.call)(&task);
        let called = self.call(&model, &call, limits, time, options.log.as_ref())?;
        let status = match called.end {
            End::Cancelled => {
                return Ok(answer::ended(LimitKind::Cancelled, called.wall_time, "ended when cancelled"));
            }
            End::Overran => {
                return Ok(answer::ended(LimitKind::Time, called.wall_time, "ended when it overran"));
            }
            End::Exited(status) => status,
        };
        if !self.is_accepted(status) {
            return match self.told_without_crash(&model, &call, limits, time)? {
                Some(told) => Ok(answer::outcome(question, told, called.wall_time)),
                None => Err(self.failed(&format!("it ended with {status}"), &called.log)),
            };
        }
        let transcript = Transcript {
            log: &called.log,
            solution: called.solution.as_deref(),
            columns: question.model.column_count(),
        };
        let told = (self.program.read)(&transcript).map_err(|reason| self.failed(&reason, &called.log))?;
        Ok(answer::outcome(question, told, called.wall_time))
    }
}

impl CommandLineEngine {
    /// What the program says of its version.
    pub(super) fn version(&self) -> Result<String, SolverError> {
        let arguments: Vec<String> =
            self.program.version_arguments.iter().map(|argument| (*argument).to_owned()).collect();
        let call = Call { arguments, files: Vec::new() };
        let called = self.call(&tiny_model(), &call, &Limits::default(), Some(ANSWER_TIME), None)?;
        let mark = self.program.version_mark;
        let behind = called.log.iter().find_map(|line| line.split_once(mark));
        let word = behind.and_then(|(_, rest)| rest.split_ascii_whitespace().next());
        word.map(str::to_owned)
            .ok_or_else(|| self.failed("it does not tell its version as expected", &called.log))
    }

    /// Whether the program is where it is expected: it tells its version.
    pub(super) fn require_installed(&self) -> Result<(), SolverError> {
        self.version().map(|_| ())
    }

    /// Lets the program look at the raw options, one at a time, so that the one it refuses can be named.
    pub(super) fn require_known_options(&self, options: &Options) -> Result<(), SolverError> {
        for (name, value) in &options.raw {
            let refused = || rejected(self.program.name, name, value);
            let is_one_line = |text: &str| !text.contains(['\0', '\n', '\r']);
            if name.is_empty() || !is_one_line(name) || !is_one_line(value) {
                return Err(refused());
            }
            let alone = Options { raw: vec![(name.clone(), value.clone())], log: None, ..options.clone() };
            let limits = Limits::default();
            let call = (self.program.call)(&Task { options: &alone, limits: &limits, is_mip: true });
            let called = self.call(&tiny_model(), &call, &limits, Some(ANSWER_TIME), None)?;
            let is_refused = called.log.iter().any(|line| (self.program.refuses_option)(line));
            match called.end {
                End::Exited(status) if self.is_accepted(status) && !is_refused => {}
                End::Exited(_) => return Err(refused()),
                _ => return Err(self.failed(&format!("it hangs on option {name} = {value}"), &called.log)),
            }
        }
        Ok(())
    }

    /// What a program that has just crashed says when it is asked in the way that is known to avoid it.
    fn told_without_crash(
        &self,
        model: &Model,
        call: &Call,
        limits: &Limits,
        time: Option<Duration>,
    ) -> Result<Option<Told>, SolverError> {
        let Some(crash) = self.program.known_crash else { return Ok(None) };
        let is_kept = |argument: &&String| !crash.without.contains(&argument.as_str());
        let arguments = call.arguments.iter().filter(is_kept).cloned().collect();
        let again = Call { arguments, files: call.files.clone() };
        let called = self.call(model, &again, limits, time, None)?;
        let is_told = matches!(called.end, End::Exited(status) if self.is_accepted(status))
            && called.log.iter().any(|line| line.contains(crash.line));
        Ok(is_told.then(|| Told::only(crash.status, crash.line)))
    }

    fn call(
        &self,
        model: &Model,
        call: &Call,
        limits: &Limits,
        time: Option<Duration>,
        log: Option<&LogSink>,
    ) -> Result<Called, SolverError> {
        let started = Instant::now();
        let broken = |error: io::Error| self.failed(&format!("its files: {error}"), &[]);
        let folder = tempfile::tempdir().map_err(broken)?;
        write_files(folder.path(), self.program, model, call).map_err(broken)?;
        let mut lines = std::collections::VecDeque::new();
        let mut on_line = |line: String| {
            if let Some(LogSink(sink)) = log {
                sink(&line);
            }
            if lines.len() == KEPT_LINES {
                lines.pop_front();
            }
            lines.push_back(line);
        };
        let deadline = time.and_then(|time| started.checked_add(time));
        let is_cancelled = || limits.cancellation.is_cancelled();
        let arguments = &call.arguments;
        let end = process::run(&self.path, arguments, folder.path(), deadline, &is_cancelled, &mut on_line)
            .map_err(|error| self.not_started(&error))?;
        let solution = fs::read(folder.path().join(SOLUTION_FILE)).ok();
        Ok(Called {
            end,
            log: lines.into(),
            solution: solution.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            wall_time: started.elapsed(),
        })
    }

    fn is_accepted(&self, status: ExitStatus) -> bool {
        status.success() || status.code() == Some(self.program.warning_code)
    }

    fn not_started(&self, error: &io::Error) -> SolverError {
        let path = self.path.display();
        let reason = match error.kind() {
            io::ErrorKind::NotFound => format!("{path} is not installed: {}", self.program.mend),
            _ => format!("{path} does not start: {error}"),
        };
        SolverError::Failed { solver: self.program.name.to_owned(), reason }
    }

    fn failed(&self, reason: &str, log: &[String]) -> SolverError {
        let last = log.iter().rev().find(|line| !line.trim().is_empty());
        let reason = match last {
            Some(line) => format!("{reason}; its last line: {}", line.chars().take(200).collect::<String>()),
            None => reason.to_owned(),
        };
        SolverError::Failed { solver: self.program.name.to_owned(), reason }
    }
}

/// The model under short names, its offset as the cost of a last column that is fixed to 1, with whole bounds of integer columns; `None` where one of them has no whole number.
fn model_for_programs(question: &Question<'_>) -> Option<Model> {
    let model = question.model;
    let mut plain = Model::new("model");
    let accepted = "it is a valid model's";
    for (index, column) in model.columns().iter().enumerate() {
        let (lower, upper) = column.solver_bounds(question.options.integrality_tolerance);
        if lower > upper {
            return None;
        }
        plain
            .add_column(Column { name: format!("c{index}"), lower, upper, ..column.clone() })
            .expect(accepted);
    }
    for (index, row) in model.rows().enumerate() {
        let terms = row.columns.iter().copied().zip(row.coefficients.iter().copied());
        plain.add_row(format!("r{index}"), row.lower, row.upper, terms).expect(accepted);
    }
    let one = Column { objective: model.offset(), ..Column::continuous("one", 1.0, 1.0) };
    plain.add_column(one).expect(accepted);
    Some(plain)
}

fn no_whole_number(limits: &Limits) -> Outcome {
    let verdict = match limits.cutoff {
        Some(_) => crate::Verdict::NoneBetterThanCutoff,
        None => crate::Verdict::Infeasible,
    };
    let words = "no whole number between the bounds of a column";
    Outcome { verdict, dual_bound: limits.cutoff, ..answer::ended(LimitKind::Other, Duration::ZERO, words) }
}

/// minimise c0 over the whole numbers 0 and 1
fn tiny_model() -> Model {
    let mut model = Model::new("tiny");
    let column = Column { objective: 1.0, ..Column::binary("c0") };
    model.add_column(column).expect("a valid column");
    model
}

fn write_files(folder: &Path, program: &Program, model: &Model, call: &Call) -> io::Result<()> {
    let mut writer = BufWriter::new(fs::File::create(folder.join(program.model_file))?);
    if program.model_file.ends_with(".lp") {
        write_lp(model, &mut writer)?;
    } else {
        write_mps(model, &mut writer)?;
    }
    writer.flush()?;
    call.files.iter().try_for_each(|(name, text)| fs::write(folder.join(name), text))
}

fn round_up(time: Duration, step: Duration) -> Duration {
    if step.is_zero() {
        time
    } else {
        step * u32::try_from(time.as_nanos().div_ceil(step.as_nanos())).unwrap_or(u32::MAX)
    }
}
