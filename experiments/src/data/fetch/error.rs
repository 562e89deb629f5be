use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

/// Why a download failed.
#[derive(Debug, Error)]
pub enum FetchError {
    /// No mirror delivered the file.
    #[error(
        "no mirror delivered {file}: {}; try again later (what arrived is kept), or put the file into {} yourself",
        join(failures), folder.display()
    )]
    AllMirrorsFailed {
        /// The file's name.
        file: &'static str,
        /// Where it belongs.
        folder: PathBuf,
        /// What each attempt ended with, in order.
        failures: Vec<MirrorFailure>,
    },
    /// A file or folder cannot be read or written.
    #[error("cannot read or write {}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The caller stopped the download.
    #[error("the download of {file} was stopped; the next one resumes it")]
    Stopped {
        /// The file's name.
        file: &'static str,
    },
}

/// What one attempt at one mirror ended with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorFailure {
    /// The address of the file.
    pub url: String,
    /// What went wrong.
    pub reason: String,
}

impl fmt::Display for MirrorFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.url, self.reason)
    }
}

fn join(failures: &[MirrorFailure]) -> String {
    let failures: Vec<String> = failures.iter().map(MirrorFailure::to_string).collect();
    failures.join(", ")
}
