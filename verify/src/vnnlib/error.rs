use thiserror::Error;

/// Why a file is not read as a property, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}, column {column}: {problem}")]
pub struct VnnlibError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub problem: VnnlibProblem,
}

/// What is wrong at a place of a file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VnnlibProblem {
    /// The text has not the form of VNN-LIB.
    #[error("expected {expected}, found {found}")]
    Unexpected {
        /// What may stand there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// The text is well formed, and says something that has no meaning.
    #[error("{reason}")]
    Invalid {
        /// What is wrong, and what would mend it.
        reason: String,
    },
    /// The text means something that is not answered here.
    #[error("{what} are not supported: {reason}")]
    Unsupported {
        /// The name of what is asked, in the plural.
        what: &'static str,
        /// Why, or what is supported instead.
        reason: &'static str,
    },
    /// The property holds more than can be written down as alternatives.
    #[error("{reason}")]
    TooLarge {
        /// What there is too much of, and how much of it is read.
        reason: String,
    },
}

/// A problem at an offset in bytes.
#[derive(Debug)]
pub(super) struct Fault {
    offset: usize,
    problem: VnnlibProblem,
}

pub(super) fn unexpected(offset: usize, expected: impl Into<String>, found: impl Into<String>) -> Fault {
    Fault { offset, problem: VnnlibProblem::Unexpected { expected: expected.into(), found: found.into() } }
}

pub(super) fn invalid(offset: usize, reason: impl Into<String>) -> Fault {
    Fault { offset, problem: VnnlibProblem::Invalid { reason: reason.into() } }
}

pub(super) fn unsupported(offset: usize, what: &'static str, reason: &'static str) -> Fault {
    Fault { offset, problem: VnnlibProblem::Unsupported { what, reason } }
}

pub(super) fn too_large(offset: usize, reason: impl Into<String>) -> Fault {
    Fault { offset, problem: VnnlibProblem::TooLarge { reason: reason.into() } }
}

impl Fault {
    /// The error with the line and the column of its offset.
    pub(super) fn locate(self, source: &[u8]) -> VnnlibError {
        let before = &source[..self.offset.min(source.len())];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        VnnlibError {
            line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
            column: 1 + String::from_utf8_lossy(&before[line_start..]).chars().count(),
            problem: self.problem,
        }
    }
}
