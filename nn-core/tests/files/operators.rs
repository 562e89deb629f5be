//! One small ONNX model for each operator and combination of attributes: those that are read compute what onnxruntime
//! computes, the others are refused with a message that names the place. `benchmarks/peers/make_operator_models.py`
//! makes them.

use nn_core::{Network, read_onnx, write_onnx};
use serde::Deserialize;

use crate::common::{Record, assert_computes, records, test_data};

#[derive(Deserialize)]
struct Refusal {
    path: String,
    message: String,
}

fn model(path: &str) -> Vec<u8> {
    std::fs::read(test_data().join("operators").join(path)).expect("every recorded model is committed")
}

fn read(record: &Record) -> Network<f64> {
    read_onnx(&model(&record.path)).unwrap_or_else(|error| panic!("{}: {error}", record.path))
}

#[test]
fn supported_operators_compute_what_onnxruntime_computes() {
    let records: Vec<Record> = records("operators/supported.json", "models");
    assert!(records.len() > 150);
    for record in &records {
        let network = read(record);
        let sample = record.input_shape.strip_prefix(&[1]).unwrap_or(&record.input_shape);
        assert_eq!(network.input_shape().dimensions(), sample, "{}", record.path);
        assert_computes(&network, record, 1e-6);
        assert_computes(&network.cast::<f32>(), record, 1e-6);
    }
}

#[test]
fn supported_operators_are_written_as_they_were_read() {
    for record in &records::<Record>("operators/supported.json", "models") {
        let network = read(record).cast::<f32>();
        let mut bytes = Vec::new();
        write_onnx(&network, &mut bytes).expect("a vector takes all bytes");
        let again =
            read_onnx(&bytes).unwrap_or_else(|error| panic!("{}: {error}", record.path)).cast::<f32>();
        assert_eq!(network, again, "{}", record.path);
    }
}

#[test]
fn other_models_are_refused_with_their_place() {
    let refusals: Vec<Refusal> = records("operators/refused.json", "models");
    assert!(refusals.len() > 60);
    for Refusal { path, message } in refusals {
        let error = read_onnx(&model(&path)).expect_err(&path).to_string();
        assert!(error.contains(&message), "{path}: `{error}` does not say `{message}`");
    }
}
