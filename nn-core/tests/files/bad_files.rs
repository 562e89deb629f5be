//! Damaged files give errors, never a panic.

use std::sync::LazyLock;

use nn_core::{OnnxError, read_onnx};
use proptest::prelude::*;

use crate::common::{Record, records, test_data};

/// Every model that is read, to be damaged.
static MODELS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let records: Vec<Record> = records("operators/supported.json", "models");
    let bytes = |record: &Record| std::fs::read(test_data().join("operators").join(&record.path));
    records.iter().map(|record| bytes(record).expect("every recorded model is committed")).collect()
});

#[test]
fn an_empty_file_is_no_model() {
    let error = read_onnx(&[]).expect_err("there is nothing to read");
    assert_eq!(error.to_string(), "the file holds no ONNX graph");
}

#[test]
fn another_format_is_no_model() {
    let error = read_onnx(b"// Network trained on MNIST dataset\n2,5,10,50").expect_err("a .nnet file");
    assert!(matches!(error, OnnxError::Malformed(_)), "{error}");
}

#[test]
fn truncated_files_are_errors_at_every_length() {
    for model in MODELS.iter() {
        for length in 0..model.len() {
            assert!(read_onnx(&model[..length]).is_err(), "{length} of {} bytes", model.len());
        }
    }
}

#[test]
fn single_damaged_bytes_do_not_panic() {
    for model in MODELS.iter() {
        let mut damaged = model.clone();
        for position in 0..model.len() {
            for value in [0, 0xff, model[position].wrapping_add(1)] {
                damaged[position] = value;
                let _ = read_onnx(&damaged);
            }
            damaged[position] = model[position];
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_are_errors(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read_onnx(&bytes).is_err());
    }

    #[test]
    fn damaged_bytes_do_not_panic(
        model in 0..MODELS.len(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = MODELS[model].clone();
        for (position, value) in damage {
            let position = position.index(bytes.len());
            bytes[position] = value;
        }
        let _ = read_onnx(&bytes);
    }
}
