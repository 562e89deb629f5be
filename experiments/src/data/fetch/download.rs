use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use ureq::http::header::{ACCEPT_ENCODING, CONTENT_RANGE, RANGE};
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use super::super::catalogue::PublishedFile;
use super::{FetchError, FetchEvent, MirrorFailure};

pub(super) enum FileOutcome {
    Downloaded,
    Present,
}

/// A mirror that cuts connections is asked this often for the rest before the next one is.
const ATTEMPTS_PER_MIRROR: usize = 4;

type OnEvent<'a> = dyn FnMut(FetchEvent<'_>) -> ControlFlow<()> + 'a;

/// Downloads one file into a folder that exists.
pub(super) fn file(
    agent: &Agent,
    file: &PublishedFile,
    mirrors: &[&str],
    folder: &Path,
    on_event: &mut OnEvent<'_>,
) -> Result<FileOutcome, FetchError> {
    let target = folder.join(file.name);
    let mut partial = Partial::new(file, folder);
    let mut tell = |event: FetchEvent<'_>| match on_event(event) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(FetchError::Stopped { file: file.name }),
    };
    if has_checksum(&target, file.sha256)? {
        tell(FetchEvent::Present { file: file.name })?;
        return Ok(FileOutcome::Present);
    }
    let mut failures = Vec::new();
    for mirror in mirrors {
        let url = format!("{mirror}{}", file.name);
        for _ in 0..ATTEMPTS_PER_MIRROR {
            let mut received = |bytes| tell(FetchEvent::Received { file: file.name, bytes, size: file.size });
            match attempt(agent, &url, &mut partial, &mut received) {
                Ok(()) => {
                    fs::rename(&partial.path, &target).map_err(disk(&target))?;
                    tell(FetchEvent::Verified { file: file.name })?;
                    return Ok(FileOutcome::Downloaded);
                }
                Err(AttemptError::Abort(error)) => return Err(error),
                Err(AttemptError::Mirror { reason, advice }) => {
                    let failure = MirrorFailure { url: url.clone(), reason };
                    tell(FetchEvent::MirrorFailed { file: file.name, failure: &failure })?;
                    failures.push(failure);
                    if advice == Advice::NextMirror {
                        break;
                    }
                }
            }
        }
    }
    Err(FetchError::AllMirrorsFailed { file: file.name, folder: folder.to_owned(), failures })
}

enum AttemptError {
    /// No mirror can mend this.
    Abort(FetchError),
    /// This attempt failed.
    Mirror { reason: String, advice: Advice },
}

#[derive(PartialEq, Eq)]
enum Advice {
    AskAgain,
    NextMirror,
}

impl From<FetchError> for AttemptError {
    fn from(error: FetchError) -> Self {
        Self::Abort(error)
    }
}

fn next_mirror(reason: impl ToString) -> AttemptError {
    AttemptError::Mirror { reason: reason.to_string(), advice: Advice::NextMirror }
}

fn ask_again(reason: impl ToString) -> AttemptError {
    AttemptError::Mirror { reason: reason.to_string(), advice: Advice::AskAgain }
}

/// Asks one mirror for what is missing, until the partial file is complete and has the right checksum.
fn attempt(
    agent: &Agent,
    url: &str,
    partial: &mut Partial<'_>,
    received: &mut dyn FnMut(u64) -> Result<(), FetchError>,
) -> Result<(), AttemptError> {
    let resumed_from = partial.length()?;
    if resumed_from < partial.file.size {
        append(agent, url, partial, resumed_from, received)?;
    }
    if has_checksum(&partial.path, partial.file.sha256)? {
        return Ok(());
    }
    partial.discard()?;
    let reason = "the file has another SHA-256 than it was published with";
    // Bytes from before may be the wrong ones, so that this mirror deserves another attempt from the start.
    Err(if resumed_from > 0 { ask_again(reason) } else { next_mirror(reason) })
}

fn append(
    agent: &Agent,
    url: &str,
    partial: &mut Partial<'_>,
    resume_from: u64,
    received: &mut dyn FnMut(u64) -> Result<(), FetchError>,
) -> Result<(), AttemptError> {
    // Without an encoding: some servers would otherwise compress the compressed file.
    let mut request = agent.get(url).header(ACCEPT_ENCODING, "identity");
    if resume_from > 0 {
        request = request.header(RANGE, format!("bytes={resume_from}-"));
    }
    let response = request.call().map_err(next_mirror)?;
    let mut length = check_response(&response, partial.file, resume_from)?;
    let mut output = partial.open_at(length)?;
    received(length)?;

    let mut body = response.into_body().into_reader();
    let mut buffer = vec![0; 1 << 16];
    while length < partial.file.size {
        let wanted = usize::try_from(partial.file.size - length).unwrap_or(usize::MAX).min(buffer.len());
        let cut = |reason: &dyn std::fmt::Display| {
            ask_again(format!("cut after {length} of {} bytes: {reason}", partial.file.size))
        };
        match body.read(&mut buffer[..wanted]) {
            Ok(0) => return Err(cut(&"the connection was closed")),
            Ok(count) => {
                output.write_all(&buffer[..count]).map_err(disk(&partial.path))?;
                length += count as u64;
                received(length)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(cut(&error)),
        }
    }
    Ok(output.sync_all().map_err(disk(&partial.path))?)
}

/// The offset of the body's first byte in the file.
fn check_response(
    response: &Response<Body>,
    file: &PublishedFile,
    resume_from: u64,
) -> Result<u64, AttemptError> {
    let start = match response.status() {
        StatusCode::OK => 0,
        StatusCode::PARTIAL_CONTENT if resume_from > 0 => {
            let range = response.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
            let expected = format!("bytes {resume_from}-{}/{}", file.size - 1, file.size);
            if range != Some(expected.as_str()) {
                return Err(next_mirror(format!("content range {range:?}, where {expected:?} was expected")));
            }
            resume_from
        }
        status => return Err(next_mirror(format!("status {status}"))),
    };
    match response.body().content_length() {
        Some(length) if start + length != file.size => Err(next_mirror(format!(
            "the file has {} bytes, where {} were published",
            start + length,
            file.size
        ))),
        _ => Ok(start),
    }
}

/// The beginning of a file, kept beside its target until it is complete.
struct Partial<'a> {
    file: &'a PublishedFile,
    path: PathBuf,
}

impl<'a> Partial<'a> {
    fn new(file: &'a PublishedFile, folder: &Path) -> Self {
        Self { file, path: folder.join(format!("{}.part", file.name)) }
    }

    /// How many bytes are there; 0 without a file.
    fn length(&self) -> Result<u64, FetchError> {
        match fs::metadata(&self.path) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(disk(&self.path)(error)),
        }
    }

    /// The file, cut to a length, for writing behind it.
    fn open_at(&mut self, length: u64) -> Result<File, FetchError> {
        let open = || {
            let file = OpenOptions::new().append(true).create(true).open(&self.path)?;
            file.set_len(length)?;
            Ok(file)
        };
        open().map_err(disk(&self.path))
    }

    fn discard(&mut self) -> Result<(), FetchError> {
        fs::remove_file(&self.path).map_err(disk(&self.path))
    }
}

/// Whether there is a file with this SHA-256.
pub(super) fn has_checksum(path: &Path, sha256: &str) -> Result<bool, FetchError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(disk(path)(error)),
    };
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => hasher.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(disk(path)(error)),
        }
    }
    let digest: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(digest == sha256)
}

fn disk(path: &Path) -> impl FnOnce(io::Error) -> FetchError {
    let path = path.to_owned();
    |source| FetchError::Disk { path, source }
}
