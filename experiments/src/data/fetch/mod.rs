//! Downloads of published data sets: several mirrors, resumed where they were cut, believed only by their SHA-256.

mod download;
mod error;
#[cfg(test)]
mod tests;

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use ureq::Agent;

use super::catalogue::Source;
use super::{DatasetName, Location};
use download::FileOutcome;
pub use error::{FetchError, MirrorFailure};

/// What happens during a download.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchEvent<'a> {
    /// The file is there already and has the right checksum.
    Present {
        /// The file's name.
        file: &'a str,
    },
    /// More of a file has arrived; the first time with what an earlier attempt left.
    Received {
        /// The file's name.
        file: &'a str,
        /// Bytes so far.
        bytes: u64,
        /// Bytes of the whole file.
        size: u64,
    },
    /// A mirror did not deliver; it is asked again for the rest, or the next one is.
    MirrorFailed {
        /// The file's name.
        file: &'a str,
        /// What failed.
        failure: &'a MirrorFailure,
    },
    /// The file is complete and has the right checksum.
    Verified {
        /// The file's name.
        file: &'a str,
    },
}

/// What a download came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchReport {
    /// Where the data set lies now.
    pub location: Location,
    /// How many files were downloaded.
    pub downloaded: usize,
    /// How many were there already.
    pub present: usize,
}

/// Downloads a data set into the folder of its name inside `data_folder`.
///
/// Files that are there with the right checksum are kept. Partial downloads lie beside them with the ending `.part`
/// and are resumed, also by a later call. A file gets its name only when its SHA-256 is right. `on_event` may stop
/// the download; what has arrived is kept.
///
/// # Errors
/// [`FetchError`] where all mirrors fail, the folder cannot be written, or `on_event` stops.
pub fn fetch(
    name: DatasetName,
    data_folder: &Path,
    on_event: &mut dyn FnMut(FetchEvent<'_>) -> ControlFlow<()>,
) -> Result<FetchReport, FetchError> {
    let published = match &name.entry().source {
        Source::Embedded { .. } => {
            return Ok(FetchReport { location: Location::Embedded, downloaded: 0, present: 0 });
        }
        Source::Files(published) => published,
    };
    let folder = data_folder.join(published.folders[0]);
    fs::create_dir_all(&folder).map_err(|source| FetchError::Disk { path: folder.clone(), source })?;
    let agent = agent();
    let mut report = FetchReport { location: Location::Folder(folder.clone()), downloaded: 0, present: 0 };
    for file in published.all_files() {
        match download::file(&agent, file, published.mirrors, &folder, on_event)? {
            FileOutcome::Downloaded => report.downloaded += 1,
            FileOutcome::Present => report.present += 1,
        }
    }
    Ok(report)
}

/// A client that gives up on silent servers and leaves statuses to the caller.
fn agent() -> Agent {
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let config = Agent::config_builder()
        .timeout_resolve(seconds(15))
        .timeout_connect(seconds(15))
        .timeout_recv_response(seconds(30))
        .timeout_per_read(seconds(30))
        .http_status_as_error(false)
        .user_agent(concat!("greymatter/", env!("CARGO_PKG_VERSION")));
    config.build().into()
}
