use std::path::PathBuf;

use super::catalogue::Source;
use super::{DataFolders, DatasetName};

/// What is known of a data set without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Which one.
    pub name: DatasetName,
    /// Where all its files lie, if they do.
    pub location: Option<Location>,
    /// How many training images it has as published.
    pub train_count: usize,
    /// How many test images it has as published.
    pub test_count: usize,
    /// How many classes it has.
    pub classes: usize,
    /// Rows of pixels of an image.
    pub height: usize,
    /// Columns of pixels of an image.
    pub width: usize,
}

/// Where a data set lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// It is part of the program.
    Embedded,
    /// Its files lie in this folder.
    Folder(PathBuf),
}

/// All data sets, and where they lie.
pub fn list(folders: &DataFolders) -> Vec<Listing> {
    let listing = |name: DatasetName| {
        let entry = name.entry();
        Listing {
            name,
            location: locate(&entry.source, folders),
            train_count: entry.train_count,
            test_count: entry.test_count,
            classes: entry.classes,
            height: entry.height,
            width: entry.width,
        }
    };
    DatasetName::ALL.into_iter().map(listing).collect()
}

fn locate(source: &Source, folders: &DataFolders) -> Option<Location> {
    match source {
        Source::Embedded { .. } => Some(Location::Embedded),
        Source::Files(published) => {
            let names = published.all_files().map(|file| file.name);
            folders.locate(published, names).map(|(folder, _)| Location::Folder(folder))
        }
    }
}
