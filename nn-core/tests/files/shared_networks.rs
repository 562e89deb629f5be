//! Networks from benchmarks and papers, against what onnxruntime (or, for `.nnet`, NumPy) computes on them.

use nn_core::{Network, NnetUnits, Op, read_nnet, read_onnx};

use crate::common::{Record, assert_computes, records, shared_data};

/// Room for the rounding of single precision, in sums whose order differs and depends on the processor.
const RELATIVE_TOLERANCE: f64 = 5e-5;

#[test]
#[allow(clippy::print_stdout)] // says what was skipped
fn shared_onnx_networks_compute_what_onnxruntime_computes() {
    let Some(folder) = shared_data() else {
        println!("skipped: the shared data are absent (GREYMATTER_DATA)");
        return;
    };
    let records: Vec<Record> = records("onnxruntime_logits.json", "networks");
    let records: Vec<_> = records.iter().filter(|record| record.path.ends_with(".onnx")).collect();
    assert_eq!(records.len(), 65);
    for record in records {
        let bytes =
            std::fs::read(folder.join(&record.path)).expect("a recorded network lies in the shared data");
        let network = read_onnx(&bytes).unwrap_or_else(|error| panic!("{}: {error}", record.path));
        check(&network, record);
        let reshapes = network.nodes().iter().any(|node| matches!(node.op(), Op::Reshape));
        assert!(!reshapes, "{}: flattening before a fully connected layer needs no node", record.path);
    }
}

#[test]
#[allow(clippy::print_stdout)] // says what was skipped
fn the_shared_nnet_network_computes_what_numpy_computes() {
    let Some(folder) = shared_data() else {
        println!("skipped: the shared data are absent (GREYMATTER_DATA)");
        return;
    };
    let records: Vec<Record> = records("onnxruntime_logits.json", "networks");
    let record = records.iter().find(|record| record.path.ends_with("mnist10x10.nnet")).expect("recorded");
    let bytes = std::fs::read(folder.join(&record.path)).expect("a recorded network lies in the shared data");
    let network = read_nnet(&bytes, NnetUnits::Normalised).expect("a correct file");
    check(&network, record);
    assert_eq!(read_nnet(&bytes, NnetUnits::Physical).as_ref(), Ok(&network), "its normalisation is trivial");
}

fn check(network: &Network<f64>, record: &Record) {
    let expected: Vec<usize> = match record.input_shape.as_slice() {
        [1, rest @ ..] => rest.to_vec(),
        shape => shape.to_vec(),
    };
    assert_eq!(network.input_shape().dimensions(), expected, "{}", record.path);
    assert_computes(network, record, RELATIVE_TOLERANCE);
    assert_computes(&network.cast::<f32>(), record, RELATIVE_TOLERANCE);
}
