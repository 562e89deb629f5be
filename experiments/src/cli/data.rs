use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Completion, output};
#[cfg(feature = "fetch")]
use crate::data::DatasetName;
use crate::data::{self, DataFolders, Location};

/// List data sets, or download one
#[derive(Args)]
#[command(after_help = "Examples:\n  greymatter data list\n  greymatter data fetch mnist")]
pub(super) struct DataCommandArguments {
    #[command(subcommand)]
    command: DataCommand,
    /// Folder that holds the data sets; default: $GREYMATTER_DATA, ../shared/data, the user's cache folder
    #[arg(long, value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,
}

#[derive(Subcommand)]
enum DataCommand {
    /// Show which data sets there are and where they lie
    List {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Download a data set; what is there already is kept, what was cut is resumed
    #[cfg(feature = "fetch")]
    Fetch {
        /// Which one: mnist, fashion-mnist
        name: DatasetName,
    },
}

#[derive(Serialize)]
struct DatasetSummary {
    name: &'static str,
    /// A folder, `embedded`, or null where it is missing.
    location: Option<String>,
    train: usize,
    test: usize,
    classes: usize,
    height: usize,
    width: usize,
}

pub(super) fn run(arguments: &DataCommandArguments) -> anyhow::Result<Completion> {
    match &arguments.command {
        DataCommand::List { json } => list(arguments, *json),
        #[cfg(feature = "fetch")]
        DataCommand::Fetch { name } => fetch(arguments, *name),
    }
}

fn list(arguments: &DataCommandArguments, json: bool) -> anyhow::Result<Completion> {
    let folders = DataFolders::find(arguments.data_dir.as_deref());
    let summary = |listing: data::Listing| DatasetSummary {
        name: listing.name.as_str(),
        location: listing.location.map(|location| place(&location)),
        train: listing.train_count,
        test: listing.test_count,
        classes: listing.classes,
        height: listing.height,
        width: listing.width,
    };
    let summaries: Vec<DatasetSummary> = data::list(&folders).into_iter().map(summary).collect();
    if json {
        summaries.iter().try_for_each(output::json)?;
        return Ok(Completion::Done);
    }
    let rows = summaries.iter().map(|set| {
        let missing = || format!("missing: greymatter data fetch {}", set.name);
        let size = format!("{} x {}", set.height, set.width);
        let counts = [set.train, set.test, set.classes].map(|count| count.to_string());
        let place = set.location.clone().unwrap_or_else(missing);
        [vec![set.name.to_owned(), place, size], counts.to_vec()].concat()
    });
    output::line(output::table(&["name", "where", "pixels", "train", "test", "classes"], 3, rows))?;
    Ok(Completion::Done)
}

fn place(location: &Location) -> String {
    match location {
        Location::Embedded => "embedded".to_owned(),
        Location::Folder(folder) => folder.display().to_string(),
    }
}

#[cfg(feature = "fetch")]
fn fetch(arguments: &DataCommandArguments, name: DatasetName) -> anyhow::Result<Completion> {
    use std::ops::ControlFlow;

    use super::{interrupt, progress};
    use data::FetchEvent;

    let folder = DataFolders::for_downloads(arguments.data_dir.as_deref())?;
    let cancellation = interrupt::cancellation_on_interrupt()?;
    let bar = progress::bar(0, "bytes");
    let mut on_event = |event: FetchEvent<'_>| {
        match event {
            FetchEvent::Present { file } => output::note(format_args!("{file}: already there")),
            FetchEvent::Received { file, bytes, size } => {
                bar.set_message(file.to_owned());
                bar.set_length(size);
                bar.set_position(bytes);
            }
            FetchEvent::MirrorFailed { file, failure } => {
                bar.suspend(|| output::note(format_args!("{file}: {failure}; trying on")));
            }
            FetchEvent::Verified { file } => {
                bar.suspend(|| output::note(format_args!("{file}: complete, checksum right")));
            }
        }
        if cancellation.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let result = data::fetch(name, &folder, &mut on_event);
    bar.finish_and_clear();
    if cancellation.is_cancelled() {
        output::note("interrupted; the same command resumes the download");
        return Ok(Completion::Interrupted);
    }
    let report = result?;
    output::line(format_args!(
        "{name}: {} files downloaded, {} were there; {}",
        report.downloaded,
        report.present,
        place(&report.location)
    ))?;
    Ok(Completion::Done)
}
