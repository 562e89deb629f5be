//! What the adapter must know of a program to call it and to read its answer.

use std::time::Duration;

use crate::{Capability, LimitKind, Limits, Options};

/// The file that a program writes, in a folder of its own.
pub(super) const SOLUTION_FILE: &str = "model.sol";

/// A command line solver.
pub(super) struct Program {
    /// The solver's name in this crate.
    pub(super) name: &'static str,
    /// What is looked for in the PATH.
    pub(super) executable: &'static str,
    /// How to get it.
    pub(super) mend: &'static str,
    /// With these arguments it tells its version and ends.
    pub(super) version_arguments: &'static [&'static str],
    /// What stands before the version.
    pub(super) version_mark: &'static str,
    pub(super) capabilities: &'static [Capability],
    /// The smallest step of its own time limit.
    pub(super) clock_step: Duration,
    /// The model's file, `.lp` or `.mps`.
    pub(super) model_file: &'static str,
    /// The exit code, besides 0, with which it may have an answer.
    pub(super) warning_code: i32,
    pub(super) call: fn(&Task<'_>) -> Call,
    /// Whether a line says that an option is not taken.
    pub(super) refuses_option: fn(&str) -> bool,
    /// A crash that can be told from others.
    pub(super) known_crash: Option<KnownCrash>,
    /// Understands an answer; `Err` for one that is incomplete or not understood.
    pub(super) read: fn(&Transcript<'_>) -> Result<Told, String>,
}

/// A crash while an answer is written that the program knows well: asked without the writing, it says it.
#[derive(Clone, Copy)]
pub(super) struct KnownCrash {
    /// The arguments that are left out the second time.
    pub(super) without: &'static [&'static str],
    /// The line that then tells what was found.
    pub(super) line: &'static str,
    pub(super) status: Status,
}

/// What a program is to do with its model's file.
pub(super) struct Task<'a> {
    pub(super) options: &'a Options,
    pub(super) limits: &'a Limits,
    pub(super) is_mip: bool,
}

/// How a program is told.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Call {
    pub(super) arguments: Vec<String>,
    /// Names and contents of further files.
    pub(super) files: Vec<(&'static str, String)>,
}

/// What a program left behind.
pub(super) struct Transcript<'a> {
    /// What it printed.
    pub(super) log: &'a [String],
    /// [`SOLUTION_FILE`], where it wrote one.
    pub(super) solution: Option<&'a str>,
    /// How many columns the model has; they are called `c0`, `c1`, and so on.
    pub(super) columns: usize,
}

/// What a program says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told {
    pub(super) status: Status,
    /// Its own words.
    pub(super) words: String,
    /// The point that it gives, feasible or not.
    pub(super) values: Option<Vec<f64>>,
    /// A lower bound on every feasible objective.
    pub(super) bound: Option<f64>,
    pub(super) nodes: Option<u64>,
    pub(super) iterations: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Optimal,
    Infeasible,
    Unbounded,
    InfeasibleOrUnbounded,
    TargetReached,
    Limit(LimitKind),
    Numerical,
}

impl Task<'_> {
    /// The time limit in seconds.
    pub(super) fn seconds(&self) -> Option<f64> {
        self.limits.time.map(|time| time.as_secs_f64())
    }

    /// The seed in 31 bits, which is what these programs take.
    pub(super) fn seed(&self) -> u32 {
        self.options.seed & 0x7fff_ffff
    }

    /// The raw options, each as `name` and `value` in one text.
    pub(super) fn raw(&self, line: impl Fn(&str, &str) -> String) -> impl Iterator<Item = String> {
        self.options.raw.iter().map(move |(name, value)| line(name, value))
    }
}

impl Told {
    /// A status without a point.
    pub(super) fn only(status: Status, words: &str) -> Self {
        Self { status, words: words.to_owned(), values: None, bound: None, nodes: None, iterations: None }
    }
}

impl Transcript<'_> {
    /// What stands behind the last line's mark, up to the next blank.
    pub(super) fn last_number(&self, mark: &str) -> Option<f64> {
        let rest = self.log.iter().rev().find_map(|line| line.split_once(mark))?.1;
        let word = rest.trim_start().split([' ', ',', '(', '\t']).next()?;
        word.parse().ok().filter(|value: &f64| value.abs() < 1e20)
    }

    /// The same for counts.
    pub(super) fn last_count(&self, mark: &str) -> Option<u64> {
        self.last_number(mark).filter(|value| *value >= 0.0).map(|value| value as u64)
    }

    /// Whether a line of the log contains this.
    pub(super) fn says(&self, text: &str) -> bool {
        self.log.iter().any(|line| line.contains(text))
    }

    pub(super) fn required_solution(&self) -> Result<&str, String> {
        self.solution.ok_or_else(|| "it wrote no solution file".to_owned())
    }
}

/// Values by column, from names and texts; other names than `c0`, `c1`, and so on are passed over.
pub(super) fn values_by_name<'a>(
    columns: usize,
    missing: Option<f64>,
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<f64>, String> {
    let mut values = vec![missing.unwrap_or(f64::NAN); columns];
    for (name, text) in pairs {
        let index = name.strip_prefix('c').and_then(|digits| digits.parse::<usize>().ok());
        if let Some(index) = index {
            let place = values.get_mut(index).ok_or_else(|| format!("there is no column {name}"))?;
            *place = finite(text).ok_or_else(|| format!("the value of {name} is {text:?}"))?;
        }
    }
    match values.iter().position(|value| value.is_nan()) {
        Some(index) => Err(format!("the solution has no value of c{index}")),
        None => Ok(values),
    }
}

/// A number that is one.
pub(super) fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value: &f64| value.is_finite())
}
