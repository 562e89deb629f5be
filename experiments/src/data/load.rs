use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use ndarray::Array2;
use nn_core::Shape;

use super::catalogue::{EmbeddedFiles, Entry, Published, Source};
use super::idx::{self, IdxArray};
use super::{DataError, DataFolders, Dataset, DatasetName, Split};

/// Reads one part of a data set. A pixel's value is its byte over 255 (`digits`: over 16), divided in `f32`.
///
/// # Errors
/// [`DataError::Missing`] where no folder has the files; other [`DataError`]s where they are damaged.
pub fn load(name: DatasetName, split: Split, folders: &DataFolders) -> Result<Dataset, DataError> {
    let entry = name.entry();
    let (images, labels) = match &entry.source {
        Source::Embedded { train, test } => match split {
            Split::Train => read_embedded(train)?,
            Split::Test => read_embedded(test)?,
        },
        Source::Files(published) => read_files(name, published, split, folders)?,
    };
    to_dataset(format!("{name} {split}"), entry, &images, labels.elements)
}

type ImagesAndLabels = (IdxArray<3>, IdxArray<1>);

fn read_embedded(files: &EmbeddedFiles) -> Result<ImagesAndLabels, DataError> {
    let images = idx::read(files.images, Path::new("embedded images"))?;
    let labels = idx::read(files.labels, Path::new("embedded labels"))?;
    Ok((images, labels))
}

fn read_files(
    name: DatasetName,
    published: &Published,
    split: Split,
    folders: &DataFolders,
) -> Result<ImagesAndLabels, DataError> {
    let files = published.files(split);
    let Some((_, [images, labels])) = folders.locate(published, [files.images.name, files.labels.name])
    else {
        return Err(missing(name, folders));
    };
    Ok((read_file(&images)?, read_file(&labels)?))
}

fn read_file<const N: usize>(path: &Path) -> Result<IdxArray<N>, DataError> {
    let file = File::open(path).map_err(|source| DataError::Open { file: path.to_owned(), source })?;
    idx::read(BufReader::new(file), path)
}

fn to_dataset(
    name: String,
    entry: &Entry,
    images: &IdxArray<3>,
    labels: Vec<u8>,
) -> Result<Dataset, DataError> {
    let [count, height, width] = images.sizes;
    if [height, width] != [entry.height, entry.width] {
        let reason =
            format!("images of {height} x {width} pixels, where {} x {} belong", entry.height, entry.width);
        return Err(DataError::Inconsistent { name, reason });
    }
    let values: Vec<f32> = (0..=u8::MAX).map(|byte| f32::from(byte) / f32::from(entry.white)).collect();
    let pixels = images.elements.iter().map(|byte| values[usize::from(*byte)]).collect();
    let pixels = Array2::from_shape_vec((count, height * width), pixels)
        .expect("an IDX array has as many elements as its sizes say");
    Dataset::new(name, Shape::new([1, height, width]), pixels, labels, entry.classes)
}

fn missing(name: DatasetName, folders: &DataFolders) -> DataError {
    let folders: Vec<String> = folders.as_slice().iter().map(|folder| folder.display().to_string()).collect();
    let folders = if folders.is_empty() { "no folder at all".to_owned() } else { folders.join(", ") };
    DataError::Missing { name: name.as_str(), folders }
}
