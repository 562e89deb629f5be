//! Labelled image data sets: where they lie, how they are read, and how they are downloaded.
//!
//! `digits` is part of the program. `mnist` and `fashion-mnist` are looked for in the [`DataFolders`], and
//! `fetch` downloads them.
//!
//! ```
//! use experiments::data::{self, DataFolders, DatasetName, Split};
//!
//! let digits = data::load(DatasetName::Digits, Split::Test, &DataFolders::none())?;
//! assert_eq!(digits.len(), 355);
//! assert_eq!(digits.shape().dimensions(), [1, 8, 8]);
//! # Ok::<(), data::DataError>(())
//! ```

mod catalogue;
mod dataset;
mod error;
#[cfg(feature = "fetch")]
mod fetch;
mod folders;
mod idx;
mod image_range;
mod list;
mod load;

pub use catalogue::{DatasetName, Split};
pub use dataset::Dataset;
pub use error::DataError;
#[cfg(feature = "fetch")]
pub use fetch::{FetchError, FetchEvent, FetchReport, MirrorFailure, fetch};
pub use folders::DataFolders;
pub use image_range::ImageRange;
pub use list::{Listing, Location, list};
pub use load::load;
