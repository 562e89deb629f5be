use std::fmt;
use std::str::FromStr;

use super::DataError;

/// A data set that the program knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DatasetName {
    /// Handwritten digits, 8 x 8 (Alpaydin and Kaynak, UCI, 1998; as in scikit-learn). Part of the program.
    Digits,
    /// Handwritten digits, 28 x 28 (LeCun, Cortes and Burges, 1998).
    Mnist,
    /// Articles of clothing, 28 x 28 (Xiao, Rasul and Vollgraf, 2017).
    FashionMnist,
}

/// The part of a data set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// What networks are trained on.
    Train,
    /// What they are judged on.
    Test,
}

/// What is known of a data set before it is read.
pub(super) struct Entry {
    pub(super) classes: usize,
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) train_count: usize,
    pub(super) test_count: usize,
    /// The byte that means 1.0.
    pub(super) white: u8,
    pub(super) source: Source,
}

pub(super) enum Source {
    Embedded { train: EmbeddedFiles, test: EmbeddedFiles },
    Files(&'static Published),
}

pub(super) struct EmbeddedFiles {
    pub(super) images: &'static [u8],
    pub(super) labels: &'static [u8],
}

/// A data set that is published as four gzipped IDX files.
pub(super) struct Published {
    /// Where the files may lie inside a data folder; the first is where downloads go.
    pub(super) folders: &'static [&'static str],
    /// Addresses of folders that hold all files.
    #[cfg_attr(not(feature = "fetch"), allow(dead_code))]
    pub(super) mirrors: &'static [&'static str],
    pub(super) train: PublishedFiles,
    pub(super) test: PublishedFiles,
}

pub(super) struct PublishedFiles {
    pub(super) images: PublishedFile,
    pub(super) labels: PublishedFile,
}

/// A file as published; all mirrors hold the same bytes.
#[cfg_attr(not(feature = "fetch"), allow(dead_code))]
pub(super) struct PublishedFile {
    /// With the ending `.gz`.
    pub(super) name: &'static str,
    /// In bytes.
    pub(super) size: u64,
    pub(super) sha256: &'static str,
}

impl DatasetName {
    /// All data sets, those that need no download first.
    pub const ALL: [DatasetName; 3] = [Self::Digits, Self::Mnist, Self::FashionMnist];

    /// The name on the command line and in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Digits => "digits",
            Self::Mnist => "mnist",
            Self::FashionMnist => "fashion-mnist",
        }
    }

    pub(super) fn entry(self) -> &'static Entry {
        match self {
            Self::Digits => &DIGITS,
            Self::Mnist => &MNIST,
            Self::FashionMnist => &FASHION_MNIST,
        }
    }
}

impl fmt::Display for DatasetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for DatasetName {
    type Err = DataError;

    fn from_str(text: &str) -> Result<Self, DataError> {
        Self::ALL.into_iter().find(|name| name.as_str() == text).ok_or_else(|| DataError::UnknownName {
            name: text.to_owned(),
            known: Self::ALL.map(Self::as_str).join(", "),
        })
    }
}

impl Split {
    /// `train` or `test`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Test => "test",
        }
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Published {
    pub(super) fn files(&self, split: Split) -> &PublishedFiles {
        match split {
            Split::Train => &self.train,
            Split::Test => &self.test,
        }
    }

    pub(super) fn all_files(&self) -> [&PublishedFile; 4] {
        [&self.train.images, &self.train.labels, &self.test.images, &self.test.labels]
    }
}

// Written by benchmarks/peers/make_digits.py, which says where they come from and how they are split.
static DIGITS: Entry = Entry {
    classes: 10,
    height: 8,
    width: 8,
    train_count: 1442,
    test_count: 355,
    white: 16,
    source: Source::Embedded {
        train: EmbeddedFiles {
            images: include_bytes!("../../data/digits/train-images-idx3-ubyte.gz"),
            labels: include_bytes!("../../data/digits/train-labels-idx1-ubyte.gz"),
        },
        test: EmbeddedFiles {
            images: include_bytes!("../../data/digits/test-images-idx3-ubyte.gz"),
            labels: include_bytes!("../../data/digits/test-labels-idx1-ubyte.gz"),
        },
    },
};

static MNIST: Entry = Entry {
    classes: 10,
    height: 28,
    width: 28,
    train_count: 60_000,
    test_count: 10_000,
    white: 255,
    source: Source::Files(&Published {
        folders: &["mnist", "MNIST/raw"],
        mirrors: &[
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
            "https://raw.githubusercontent.com/fgnt/mnist/master/",
        ],
        train: PublishedFiles {
            images: PublishedFile {
                name: "train-images-idx3-ubyte.gz",
                size: 9_912_422,
                sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            },
            labels: PublishedFile {
                name: "train-labels-idx1-ubyte.gz",
                size: 28_881,
                sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            },
        },
        test: PublishedFiles {
            images: PublishedFile {
                name: "t10k-images-idx3-ubyte.gz",
                size: 1_648_877,
                sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            },
            labels: PublishedFile {
                name: "t10k-labels-idx1-ubyte.gz",
                size: 4_542,
                sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            },
        },
    }),
};

static FASHION_MNIST: Entry = Entry {
    classes: 10,
    height: 28,
    width: 28,
    train_count: 60_000,
    test_count: 10_000,
    white: 255,
    source: Source::Files(&Published {
        folders: &["fashion-mnist", "FashionMNIST/raw"],
        mirrors: &[
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ],
        train: PublishedFiles {
            images: PublishedFile {
                name: "train-images-idx3-ubyte.gz",
                size: 26_421_880,
                sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            },
            labels: PublishedFile {
                name: "train-labels-idx1-ubyte.gz",
                size: 29_515,
                sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            },
        },
        test: PublishedFiles {
            images: PublishedFile {
                name: "t10k-images-idx3-ubyte.gz",
                size: 4_422_102,
                sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            },
            labels: PublishedFile {
                name: "t10k-labels-idx1-ubyte.gz",
                size: 5_148,
                sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            },
        },
    }),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_back() {
        for name in DatasetName::ALL {
            assert_eq!(name.as_str().parse::<DatasetName>().expect("a known name"), name);
        }
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = "cifar".parse::<DatasetName>().expect_err("unknown");
        assert_eq!(error.to_string(), "there is no data set `cifar`; there are digits, mnist, fashion-mnist");
    }
}
