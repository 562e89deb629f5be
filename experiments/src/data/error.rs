use std::ops::Range;
use std::path::PathBuf;

use thiserror::Error;

/// Why a data set cannot be had.
#[derive(Debug, Error)]
pub enum DataError {
    /// No data set has this name.
    #[error("there is no data set `{name}`; there are {known}")]
    UnknownName {
        /// The name asked for.
        name: String,
        /// All names, separated by commas.
        known: String,
    },
    /// The data set's files are in none of the folders.
    #[error(
        "data set `{name}` is in none of {folders}; get it with `greymatter data fetch {name}`, \
         or say with --data-dir where the folder `{name}` lies"
    )]
    Missing {
        /// The data set.
        name: &'static str,
        /// Where it was looked for, separated by commas.
        folders: String,
    },
    /// A file cannot be opened.
    #[error("cannot open {}", file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not the IDX file that it should be.
    #[error("{}: at byte {offset}: {reason}", file.display())]
    Idx {
        /// The file.
        file: PathBuf,
        /// The place in the file, after decompression where it is compressed.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
    /// Images, labels, shape and number of classes contradict each other.
    #[error("data set `{name}`: {reason}")]
    Inconsistent {
        /// The data set with its split.
        name: String,
        /// The contradiction.
        reason: String,
    },
    /// A range of images is not written as one.
    #[error("`{text}` is not a range of images; write it as 0..100, 100.., ..100, .. or as one index")]
    RangeSyntax {
        /// What was written.
        text: String,
    },
    /// A range of images is empty or leaves the data set.
    #[error("images {}..{} of data set `{name}`, which has {count}: the range is empty or too long", range.start, range.end)]
    Range {
        /// The data set.
        name: String,
        /// The range asked for.
        range: Range<usize>,
        /// How many images there are.
        count: usize,
    },
    /// The user's cache folder is unknown.
    #[error("the home folder is unknown (HOME is not set); say with --data-dir where data sets belong")]
    NoCacheFolder,
}
