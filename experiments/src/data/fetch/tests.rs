//! Downloads from a small HTTP server on the loopback interface.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use tempfile::TempDir;
use ureq::Agent;

use super::super::catalogue::{PublishedFile, Source};
use super::super::{DataFolders, DatasetName, Location};
use super::download::{self, FileOutcome};
use super::{FetchError, FetchEvent, FetchReport};

const CONTENT: &[u8] = b"the same bytes on every mirror";
const FILE: PublishedFile = PublishedFile {
    name: "file.gz",
    size: CONTENT.len() as u64,
    sha256: "1e6dc106fffa5cfa06c920c7b869be70efcf85aee9c2248c8480a5720730a708",
};

/// How the server answers one request.
#[derive(Clone, Copy)]
enum Reply {
    /// What the request asks for.
    Right,
    /// All bytes from the start, although a range was asked for.
    Whole,
    /// What the request asks for, but the connection ends after this many bytes.
    Cut(usize),
    /// As many bytes as belong there, but others.
    Wrong,
    /// A longer file.
    Longer,
    /// A page with this status.
    Status(u16),
    /// A part of another range than asked for.
    OtherRange,
}

/// Serves one reply after the other, then refuses connections; sends the range that each request asked for.
struct Server {
    address: String,
    ranges: Receiver<Option<String>>,
}

impl Server {
    fn start(replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("http://{}/folder/", listener.local_addr().expect("an address"));
        let (sender, ranges) = mpsc::channel();
        let replies = replies.to_vec();
        thread::spawn(move || {
            for reply in replies {
                let Ok((stream, _)) = listener.accept() else { return };
                let range = answer(stream, reply).expect("the client reads what it asked for");
                if sender.send(range).is_err() {
                    return;
                }
            }
        });
        Self { address, ranges }
    }

    /// The ranges asked for, once the server has given all its replies.
    fn ranges(self) -> Vec<Option<String>> {
        self.ranges.iter().collect()
    }
}

fn answer(mut stream: TcpStream, reply: Reply) -> std::io::Result<Option<String>> {
    let mut range = None;
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("range: ") {
            range = Some(value.to_owned());
        }
        if line.is_empty() {
            break;
        }
    }
    let offset = |range: &String| range.trim_start_matches("bytes=").trim_end_matches('-').parse::<usize>();
    let offset = range.as_ref().map_or(0, |range| offset(range).expect("an offset"));
    let size = CONTENT.len();
    let (start, body) = match reply {
        Reply::Right | Reply::Cut(_) => (offset, CONTENT.to_vec()),
        Reply::Whole => (0, CONTENT.to_vec()),
        Reply::Wrong => (offset, vec![b'x'; size]),
        Reply::Longer => (offset, vec![b'x'; size + 1]),
        Reply::OtherRange => (offset + 1, CONTENT.to_vec()),
        Reply::Status(_) => (0, b"a page".to_vec()),
    };
    let status = match reply {
        Reply::Status(status) => status,
        _ if start == 0 => 200,
        _ => 206,
    };
    let rest = &body[start..];
    write!(stream, "HTTP/1.1 {status} Reply\r\nContent-Length: {}\r\nConnection: close\r\n", rest.len())?;
    if status == 206 {
        write!(stream, "Content-Range: bytes {start}-{}/{}\r\n", body.len() - 1, body.len())?;
    }
    stream.write_all(b"\r\n")?;
    stream.write_all(if let Reply::Cut(count) = reply { &rest[..count] } else { rest })?;
    Ok(range)
}

fn folder_with(partial: Option<&[u8]>, complete: Option<&[u8]>) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in [("file.gz.part", partial), ("file.gz", complete)] {
        if let Some(content) = content {
            fs::write(folder.path().join(name), content).expect("a file");
        }
    }
    folder
}

/// Downloads; also the events, one word each.
fn download(folder: &TempDir, mirrors: &[&Server]) -> (Result<FileOutcome, FetchError>, Vec<String>) {
    let mirrors: Vec<&str> = mirrors.iter().map(|mirror| mirror.address.as_str()).collect();
    let agent: Agent = Agent::config_builder().proxy(None).http_status_as_error(false).build().into();
    let mut events = Vec::new();
    let mut note = |event: FetchEvent<'_>| {
        events.push(match event {
            FetchEvent::Present { .. } => "present".to_owned(),
            FetchEvent::Received { bytes, size, .. } => format!("{bytes}/{size}"),
            FetchEvent::MirrorFailed { failure, .. } => failure.reason.clone(),
            FetchEvent::Verified { .. } => "verified".to_owned(),
        });
        ControlFlow::Continue(())
    };
    let result = download::file(&agent, &FILE, &mirrors, folder.path(), &mut note);
    (result, events)
}

/// One mirror that gives these replies must deliver, and be asked for exactly these offsets.
fn check_delivers(partial: Option<&[u8]>, replies: &[Reply], expected_ranges: &[Option<&str>]) {
    let folder = folder_with(partial, None);
    let server = Server::start(replies);
    let (result, events) = download(&folder, &[&server]);
    assert!(matches!(result, Ok(FileOutcome::Downloaded)), "{events:?}");
    assert_eq!(fs::read(folder.path().join("file.gz")).expect("downloaded"), CONTENT);
    assert!(!folder.path().join("file.gz.part").exists());
    assert_eq!(events.last().map(String::as_str), Some("verified"));
    let ranges = server.ranges();
    assert_eq!(ranges.iter().map(Option::as_deref).collect::<Vec<_>>(), expected_ranges);
}

#[test]
fn a_file_is_downloaded_whole() {
    check_delivers(None, &[Reply::Right], &[None]);
}

#[test]
fn a_cut_connection_is_resumed_where_it_was_cut() {
    check_delivers(
        None,
        &[Reply::Cut(7), Reply::Cut(0), Reply::Cut(10), Reply::Right],
        &[None, Some("bytes=7-"), Some("bytes=7-"), Some("bytes=17-")],
    );
}

#[test]
fn an_earlier_partial_download_is_resumed() {
    check_delivers(Some(&CONTENT[..12]), &[Reply::Right], &[Some("bytes=12-")]);
}

#[test]
fn a_complete_partial_download_needs_no_request() {
    check_delivers(Some(CONTENT), &[], &[]);
}

#[test]
fn a_server_without_ranges_sends_the_whole_file() {
    check_delivers(Some(&CONTENT[..12]), &[Reply::Whole], &[Some("bytes=12-")]);
}

#[test]
fn wrong_bytes_of_an_earlier_download_are_dropped() {
    check_delivers(Some(b"wrong"), &[Reply::Right, Reply::Right], &[Some("bytes=5-"), None]);
    check_delivers(Some(&[b'x'; 100]), &[Reply::Right], &[None]);
}

#[test]
fn the_next_mirror_takes_over_with_what_has_arrived() {
    for (failing, resumed_from) in [
        (&[Reply::Status(404)][..], None),
        (&[Reply::Status(503)], None),
        (&[Reply::Wrong], None),
        (&[Reply::Longer], None),
        (&[Reply::Cut(3), Reply::OtherRange], Some("bytes=3-")),
        (&[Reply::Cut(3), Reply::Status(416)], Some("bytes=3-")),
        (&[Reply::Cut(1), Reply::Cut(1), Reply::Cut(1), Reply::Cut(1)], Some("bytes=4-")),
        (&[], None),
    ] {
        let folder = folder_with(None, None);
        let (first, second) = (Server::start(failing), Server::start(&[Reply::Right]));
        let (result, events) = download(&folder, &[&first, &second]);
        assert!(matches!(result, Ok(FileOutcome::Downloaded)), "{events:?}");
        assert_eq!(fs::read(folder.path().join("file.gz")).expect("downloaded"), CONTENT);
        assert_eq!(second.ranges(), [resumed_from.map(str::to_owned)], "{events:?}");
    }
}

#[test]
fn nothing_unverified_gets_the_name_of_the_file() {
    let folder = folder_with(None, None);
    let (first, second) = (Server::start(&[Reply::Wrong]), Server::start(&[Reply::Status(404)]));
    let (result, _) = download(&folder, &[&first, &second]);
    let message = result.err().expect("no mirror is right").to_string();
    for part in ["file.gz", &first.address, "SHA-256", &second.address, "404"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn a_file_that_is_there_is_kept_only_with_its_checksum() {
    let folder = folder_with(None, Some(CONTENT));
    let (result, events) = download(&folder, &[]);
    assert!(matches!(result, Ok(FileOutcome::Present)));
    assert_eq!(events, ["present"]);

    let folder = folder_with(None, Some(b"damaged"));
    let server = Server::start(&[Reply::Right]);
    let (result, _) = download(&folder, &[&server]);
    assert!(matches!(result, Ok(FileOutcome::Downloaded)));
    assert_eq!(fs::read(folder.path().join("file.gz")).expect("downloaded"), CONTENT);
}

#[test]
fn a_stopped_download_keeps_what_has_arrived() {
    let folder = folder_with(Some(&CONTENT[..4]), None);
    let server = Server::start(&[Reply::Right]);
    let agent: Agent = Agent::config_builder().proxy(None).build().into();
    let mut stop = |_: FetchEvent<'_>| ControlFlow::Break(());
    let result = download::file(&agent, &FILE, &[&server.address], folder.path(), &mut stop);
    assert!(matches!(result, Err(FetchError::Stopped { file: "file.gz" })));
    assert_eq!(fs::read(folder.path().join("file.gz.part")).expect("kept"), CONTENT[..4]);
}

#[test]
fn an_embedded_set_needs_no_download() {
    let folder = folder_with(None, None);
    let mut never = |event: FetchEvent<'_>| panic!("{event:?}");
    let report = super::fetch(DatasetName::Digits, folder.path(), &mut never).expect("nothing to do");
    assert_eq!(report, FetchReport { location: Location::Embedded, downloaded: 0, present: 0 });
}

#[test]
#[allow(clippy::print_stdout)] // says what was skipped
fn the_published_files_have_the_sizes_and_checksums_of_the_catalogue() {
    let folders = DataFolders::find(None);
    for name in DatasetName::ALL {
        let Source::Files(published) = &name.entry().source else { continue };
        let files = published.all_files();
        let Some((_, paths)) = folders.locate(published, files.map(|file| file.name)) else {
            println!("skipped: {name} is in none of {:?}", folders.as_slice());
            continue;
        };
        for (file, path) in files.into_iter().zip(paths) {
            if path.ends_with(file.name) {
                assert_eq!(fs::metadata(&path).expect("it was found").len(), file.size, "{}", path.display());
                assert!(download::has_checksum(&path, file.sha256).expect("readable"), "{}", path.display());
            }
        }
    }
}
