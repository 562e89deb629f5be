//! Written networks, read back.

use std::path::PathBuf;

use nn_core::{
    ConstantOp, Network, NetworkBuilder, NodeId, Op, Pool, Scalar, Source, Window, read_onnx, write_onnx,
};
use proptest::prelude::*;

use crate::common::{Record, assert_computes, records, seeded_input, test_data};
use crate::sample_networks::{Chain, dilated_average, every_operator, scalar_samples};

fn written(network: &Network<f32>) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_onnx(network, &mut bytes).expect("a vector takes all bytes");
    bytes
}

fn read_back(network: &Network<f32>) -> Network<f32> {
    read_onnx(&written(network)).expect("a written network is read").cast()
}

/// Shapes, names and parameters are compared bit for bit, and so are outputs.
fn assert_equal_function(network: &Network<f32>, other: &Network<f32>) {
    assert_eq!(network.input_shape(), other.input_shape());
    assert_eq!(network.output_shape(), other.output_shape());
    let bits = |network: &Network<f32>| -> Vec<Vec<u32>> {
        let of = |values: ndarray::ArrayViewD<'_, f32>| values.iter().map(|value| value.to_bits()).collect();
        network.parameters().into_iter().map(|(_, values)| of(values)).collect()
    };
    assert_eq!(bits(network), bits(other));
    for seed in 0..3 {
        let input = seeded_input::<f32>(seed, network.input_count());
        let (expected, output) = (network.forward_one(input.view()), other.forward_one(input.view()));
        let bits = |values: &ndarray::Array1<f32>| values.mapv(f32::to_bits);
        assert_eq!(bits(&expected), bits(&output), "{expected} and {output}");
    }
}

#[test]
fn every_operator_reads_back_as_it_was_written() {
    for network in [every_operator(), dilated_average(), scalar_samples()] {
        let again = read_back(&network);
        assert_equal_function(&network, &again);
        assert_eq!(network, again, "operators, names and shapes");
    }
}

/// The files below `tests/data/written` are what `benchmarks/peers/check_written_onnx.py` held against ONNX's checker
/// and onnxruntime; the writer still writes them.
#[test]
fn written_files_are_those_that_onnxruntime_accepted() {
    let records: Vec<Record> = records("written/onnxruntime.json", "models");
    let networks = [
        ("every_operator", every_operator()),
        ("dilated_average", dilated_average()),
        ("scalar_samples", scalar_samples()),
    ];
    for (name, network) in networks {
        let file = format!("{name}.onnx");
        let bytes = written(&network);
        let accepted = std::fs::read(test_data().join("written").join(&file)).unwrap_or_default();
        if bytes != accepted {
            let copy = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(&file);
            std::fs::write(&copy, bytes).expect("the folder for temporary files is writable");
            panic!("{} differs from tests/data/written; run check_written_onnx.py on it", copy.display());
        }
        let record = records.iter().find(|record| record.path == file).expect("every file has a record");
        assert_computes(&network, record, 1e-5);
    }
}

#[test]
fn a_network_of_an_input_alone_is_an_identity() {
    let network = NetworkBuilder::<f32>::new([3, 2]).finish(NodeId::INPUT);
    assert_eq!(read_back(&network), network);
}

#[test]
fn a_stated_bias_is_not_merged_with_a_constant() {
    let mut chain = Chain::new(&[3], 5);
    chain.affine("layer", 2);
    chain.constant("shift", ConstantOp::Add);
    let network = chain.finish();
    assert_eq!(read_back(&network), network);
}

#[test]
fn names_that_occur_twice_get_a_number() {
    let mut chain = Chain::new(&[2], 1);
    chain.affine("", 2);
    chain.then("input", Op::Relu);
    chain.affine("layer", 2);
    chain.affine("layer", 2);
    let again = read_back(&chain.finish());
    let names: Vec<_> = again.nodes().iter().map(nn_core::Node::name).collect();
    assert_eq!(names, ["input", "node", "input_2", "layer", "layer_2"]);
}

#[test]
fn what_is_written_cannot_be_written_to_a_full_disk() {
    struct Full;
    impl std::io::Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = write_onnx(&every_operator(), Full).expect_err("nothing fits");
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
}

/// One of the operators that fit the last value, by number.
fn extend(chain: &mut Chain, choice: u8, earlier: &[NodeId]) {
    let shape = chain.shape();
    let count = shape.element_count();
    let name = format!("node{}", earlier.len());

    match (choice % 12, shape.as_image()) {
        (0, _) => chain.affine(&name, 1 + usize::from(choice) % 7),
        (1, Some([channels, ..])) => {
            let window = Window { kernel: [2, 1], stride: [1, 2], padding: [1, 0, 1, 1], dilation: [1, 1] };
            chain.conv(&name, 2 * channels, channels, window)
        }
        (2, Some(_)) => {
            let window = Window { padding: [1, 0, 0, 1], ..Window::new([2, 2], 1) };
            chain.then(&name, Op::MaxPool(Pool { window, count_padding: false }))
        }
        (3, Some(_)) => {
            let window = Window { padding: [1, 1, 0, 0], ..Window::new([2, 2], 1) };
            chain.then(&name, Op::AveragePool(Pool { window, count_padding: choice % 2 == 1 }))
        }
        (4, _) => chain.then(&name, Op::LeakyRelu { slope: f32::from_f64(f64::from(choice) / 255.0) }),
        (5, _) => chain.constant(&name, ConstantOp::SubFrom),
        (6, _) => chain.constant(&name, ConstantOp::Add),
        (7, _) => {
            let source = |i: usize| {
                if (i + usize::from(choice)).is_multiple_of(4) {
                    Source::Constant(0.5)
                } else {
                    Source::Element(i * 5 % count)
                }
            };
            chain.rearrange(&name, (0..12).map(source).collect(), &[2, 3, 2])
        }
        (8, _) => chain.reshape(&name, &[1, count, 1]),
        (9, _) => chain.joined(&name, Op::Concat { axis: 0 }, &[chain.last(), chain.last()]),
        (10, _) => chain.joined(&name, Op::Add, &[chain.last(), chain.last()]),
        _ => chain.then(&name, Op::Relu),
    };
}

proptest! {
    #[test]
    fn any_network_reads_back_with_the_same_function(choices in prop::collection::vec(any::<u8>(), 0..9), seed: u32) {
        let mut chain = Chain::new(&[2, 3, 2], seed);
        let mut earlier = vec![chain.last()];
        for choice in choices {
            extend(&mut chain, choice, &earlier);
            earlier.push(chain.last());
        }
        let network = chain.finish();
        assert_equal_function(&network, &read_back(&network));
    }
}
