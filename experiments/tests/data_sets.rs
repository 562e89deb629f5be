//! Data sets as a user meets them: the embedded one, files in folders, and the published ones where they are at hand.

use std::fs;
use std::path::Path;

use experiments::data::{self, DataError, DataFolders, DatasetName, Location, Split};
use sha2::{Digest, Sha256};

/// Bytes of an IDX file.
fn idx(sizes: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, u8::try_from(sizes.len()).expect("few dimensions")];
    sizes.iter().for_each(|size| bytes.extend(size.to_be_bytes()));
    bytes.extend(elements);
    bytes
}

/// A data folder with `count` test images of MNIST's form, plain, without training images.
fn folder_with_test_images(subfolder: &str, count: u32, labels: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let inside = folder.path().join(subfolder);
    fs::create_dir_all(&inside).expect("a folder");
    let mut pixels = vec![0; 784 * count as usize];
    pixels[1] = 51;
    pixels[2] = 255;
    fs::write(inside.join("t10k-images-idx3-ubyte"), idx(&[count, 28, 28], &pixels)).expect("a file");
    let label_count = u32::try_from(labels.len()).expect("few labels");
    fs::write(inside.join("t10k-labels-idx1-ubyte"), idx(&[label_count], labels)).expect("a file");
    folder
}

#[test]
fn the_embedded_digits_are_the_ones_that_the_script_wrote() {
    let expected = [
        ("train-images", "6c79919002e3ed11143953d311140d576ca9ddd7c446e4f6b3f180db3f338586"),
        ("train-labels", "997d8237ea59870b42f811eaad3e13914b38ab6a9a5e9ad6affdff0f34e7cfdc"),
        ("test-images", "88da4b2d933ed942b8ea93f24d8e589c9c9c227961c9f5667c8e9f8f818b642b"),
        ("test-labels", "6ff66f7ef309c514bc431118f706c8249a50930d6256e9191340a2d710351535"),
    ];
    for (name, sha256) in expected {
        let (split, part) = name.split_once('-').expect("split and part");
        let split = if split == "train" { Split::Train } else { Split::Test };
        let digits = data::load(DatasetName::Digits, split, &DataFolders::none()).expect("embedded");
        let count = u32::try_from(digits.len()).expect("few images");
        let bytes = if part == "labels" {
            idx(&[count], digits.labels())
        } else {
            let sixteenths: Vec<u8> = digits.images().iter().map(|pixel| (pixel * 16.0) as u8).collect();
            idx(&[count, 8, 8], &sixteenths)
        };
        let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, sha256, "{name}");
    }
}

#[test]
fn every_class_of_digits_is_split_four_to_one() {
    let count = |split, class| {
        let digits = data::load(DatasetName::Digits, split, &DataFolders::none()).expect("embedded");
        digits.labels().iter().filter(|label| **label == class).count()
    };
    for class in 0..10 {
        let (train, test) = (count(Split::Train, class), count(Split::Test, class));
        assert_eq!(test, (train + test) / 5, "class {class}");
    }
}

#[test]
fn plain_files_in_a_folder_of_either_name_are_found_and_scaled() {
    for (name, subfolder) in [
        (DatasetName::Mnist, "mnist"),
        (DatasetName::Mnist, "MNIST/raw"),
        (DatasetName::FashionMnist, "fashion-mnist"),
        (DatasetName::FashionMnist, "FashionMNIST/raw"),
    ] {
        let folder = folder_with_test_images(subfolder, 2, &[7, 3]);
        let folders = DataFolders::find(Some(folder.path()));
        let dataset = data::load(name, Split::Test, &folders).expect("well formed");
        assert_eq!(dataset.labels(), [7, 3]);
        assert_eq!(dataset.images().dim(), (2, 784));
        assert_eq!(dataset.images().row(0).to_vec()[..4], [0.0, 51.0_f32 / 255.0, 1.0, 0.0]);
        assert!(matches!(data::load(name, Split::Train, &folders), Err(DataError::Missing { .. })));
    }
}

#[test]
fn contradicting_files_are_errors() {
    for (labels, reason) in [
        (&[7][..], "data set `mnist test`: 2 images, but 1 labels"),
        (&[7, 10], "data set `mnist test`: image 1 has label 10, but there are 10 classes"),
    ] {
        let folder = folder_with_test_images("mnist", 2, labels);
        let folders = DataFolders::find(Some(folder.path()));
        let error = data::load(DatasetName::Mnist, Split::Test, &folders).expect_err(reason);
        assert_eq!(error.to_string(), reason);
    }
}

#[test]
fn a_missing_set_is_answered_with_the_places_and_the_mend() {
    let error = data::load(DatasetName::Mnist, Split::Test, &DataFolders::find(Some(Path::new("nowhere"))));
    let message = error.expect_err("there is no such folder").to_string();
    for part in ["`mnist`", "nowhere", "greymatter data fetch mnist", "--data-dir"] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_damaged_file_is_named_with_the_place() {
    let folder = folder_with_test_images("mnist", 2, &[7, 3]);
    let file = folder.path().join("mnist").join("t10k-images-idx3-ubyte");
    let bytes = fs::read(&file).expect("just written");
    fs::write(&file, &bytes[..1000]).expect("a file");
    let folders = DataFolders::find(Some(folder.path()));
    let error = data::load(DatasetName::Mnist, Split::Test, &folders).expect_err("truncated").to_string();
    assert!(error.starts_with(&format!("{}: at byte 1000: ", file.display())), "{error}");
}

#[test]
fn the_list_tells_where_sets_lie() {
    let location = |folders: &DataFolders, name| {
        let listing = data::list(folders).into_iter().find(|listing| listing.name == name);
        listing.expect("every set is listed").location
    };
    let folder = folder_with_test_images("mnist", 2, &[7, 3]);
    let folders = DataFolders::find(Some(folder.path()));
    assert_eq!(location(&folders, DatasetName::Digits), Some(Location::Embedded));
    assert_eq!(location(&folders, DatasetName::Mnist), None, "its training part is missing");

    let mnist = folder.path().join("mnist");
    for file in ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"] {
        fs::write(mnist.join(file), "").expect("a file");
    }
    assert_eq!(location(&folders, DatasetName::Mnist), Some(Location::Folder(mnist)));
    assert_eq!(location(&folders, DatasetName::FashionMnist), None);
}

#[test]
#[allow(clippy::print_stdout)] // says what was skipped
fn published_sets_read_as_published() {
    let folders = DataFolders::find(None);
    for name in [DatasetName::Mnist, DatasetName::FashionMnist] {
        let listing = data::list(&folders).into_iter().find(|listing| listing.name == name);
        let listing = listing.expect("every set is listed");
        if listing.location.is_none() {
            println!("skipped: {name} is in none of {:?}", folders.as_slice());
            continue;
        }
        let train = data::load(name, Split::Train, &folders).expect("as published");
        let test = data::load(name, Split::Test, &folders).expect("as published");
        assert_eq!((train.len(), test.len()), (listing.train_count, listing.test_count));
        let first_test_labels = match name {
            DatasetName::Mnist => [7, 2, 1, 0, 4],
            _ => [9, 2, 1, 1, 6],
        };
        assert_eq!(test.labels()[..5], first_test_labels);
    }
}
