//! Weights in `.npz` archives.

use std::io::Cursor;

use ndarray::{ArrayD, IxDyn};
use ndarray_npy::NpzWriter;
use nn_core::{
    Network, NpzError, read_npz_fully_connected, read_npz_masks, read_npz_weights, write_npz_masks,
    write_npz_weights,
};

use crate::common::{Record, assert_computes, records, test_data};
use crate::sample_networks::{Chain, every_operator};

fn written(network: &Network<f32>) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    write_npz_weights(network, &mut bytes).expect("a vector takes all bytes");
    bytes.into_inner()
}

/// An archive of arrays of these names and shapes, of ones.
fn archive(arrays: &[(&str, &[usize])]) -> Cursor<Vec<u8>> {
    archive_of(arrays.iter().map(|(name, shape)| (*name, ArrayD::from_elem(IxDyn(shape), 1.0))))
}

fn archive_of<'a>(arrays: impl Iterator<Item = (&'a str, ArrayD<f64>)>) -> Cursor<Vec<u8>> {
    let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
    for (name, values) in arrays {
        writer.add_array(name, &values).expect("a vector takes all bytes");
    }
    let mut bytes = writer.finish().expect("a vector takes all bytes");
    bytes.set_position(0);
    bytes
}

#[test]
fn archives_of_numpy_are_networks() {
    for record in records::<Record>("npz/numpy.json", "archives") {
        let bytes = std::fs::read(test_data().join("npz").join(&record.path)).expect("committed");
        let network = read_npz_fully_connected(Cursor::new(bytes));
        let network = network.unwrap_or_else(|error| panic!("{}: {error}", record.path));
        assert_computes(&network, &record, 1e-6);
    }
}

#[test]
fn layers_are_called_like_their_arrays() {
    let names = |file: &str| -> Vec<String> {
        let bytes = std::fs::read(test_data().join("npz").join(file)).expect("committed");
        let network = read_npz_fully_connected(Cursor::new(bytes)).expect("a chain");
        network.nodes().iter().map(|node| node.name().to_owned()).collect()
    };
    assert_eq!(names("short_names.npz"), ["input", "layer1", "relu1", "layer2", "relu2", "layer3"]);
    assert_eq!(names("module_names.npz"), ["input", "layers.0", "relu1", "layers.2", "relu2", "layers.10"]);
}

#[test]
fn weights_are_read_as_they_were_written() {
    let network = every_operator();
    let mut other = network.clone();
    other.parameters_mut().into_iter().for_each(|(_, mut values)| values.fill(0.5));
    read_npz_weights(&mut other, Cursor::new(written(&network))).expect("the same architecture");
    assert_eq!(other, network);
    let mut doubled = network.cast::<f64>();
    doubled.parameters_mut().into_iter().for_each(|(_, mut values)| values.fill(0.5));
    read_npz_weights(&mut doubled, Cursor::new(written(&network))).expect("the same architecture");
    assert_eq!(doubled, network.cast::<f64>());
}

#[test]
fn weights_of_a_chain_are_a_network_again() {
    let mut chain = Chain::new(&[3], 1);
    chain.affine("fc1", 4);
    chain.then("relu1", nn_core::Op::Relu);
    chain.affine("fc2", 2);
    let network = chain.finish();
    let again = read_npz_fully_connected(Cursor::new(written(&network))).expect("a chain");
    assert_eq!(again.cast::<f32>(), network);
}

#[test]
fn weights_that_do_not_fit_are_named_and_change_nothing() {
    let mut chain = Chain::new(&[3], 1);
    chain.affine("fc", 2);
    let network = chain.finish();
    let check = |arrays: &[(&str, &[usize])], message: &str| {
        let mut other = network.clone();
        let error = read_npz_weights(&mut other, archive(arrays)).expect_err(message);
        assert_eq!(error.to_string(), message);
        assert_eq!(other, network);
    };
    check(&[("fc.weight", &[2, 3])], "the archive holds no array `fc.bias`; it holds `fc.weight`");
    check(&[], "the archive holds no array `fc.weight`; it holds nothing");
    check(
        &[("fc.weight", &[3, 2]), ("fc.bias", &[2])],
        "array `fc.weight`: shape [3, 2], but the network's is [2, 3]",
    );
    check(
        &[("fc.weight", &[2, 3]), ("fc.bias", &[2]), ("fc2.bias", &[2])],
        "array `fc2.bias`: the network has no such parameter; it has `fc.weight`, `fc.bias`",
    );
}

#[test]
fn numbers_beyond_the_networks_range_are_refused() {
    let mut chain = Chain::new(&[1], 1);
    chain.affine("fc", 1);
    let mut network = chain.finish();
    let mut load = |weight: f64| {
        let arrays = [
            ("fc.weight", ArrayD::from_elem(IxDyn(&[1, 1]), weight)),
            ("fc.bias", ArrayD::zeros(IxDyn(&[1]))),
        ];
        read_npz_weights(&mut network, archive_of(arrays.into_iter())).map_err(|error| error.to_string())
    };
    assert_eq!(load(2.0), Ok(()));
    let beyond = "array `fc.weight`: it holds a number beyond the range of the network's";
    assert_eq!(load(1e39), Err(beyond.to_owned()));
    let infinite = "array `fc.weight`: it holds inf at flat index 0, which is not finite";
    assert_eq!(load(f64::INFINITY), Err(infinite.to_owned()));
}

#[test]
fn layers_of_one_name_are_refused() {
    let mut chain = Chain::new(&[2], 1);
    chain.affine("fc", 2);
    chain.affine("fc", 2);
    let error = write_npz_weights(&chain.finish(), Cursor::new(Vec::new())).expect_err("two of a name");
    assert_eq!(error.to_string(), "array `fc.weight`: two layers of the network have this name");
}

#[test]
fn matrices_that_form_no_chain_are_named() {
    let check = |arrays: &[(&str, &[usize])], message: &str| {
        let error = read_npz_fully_connected(archive(arrays)).expect_err(message).to_string();
        assert_eq!(error, message);
    };
    check(&[], "the archive holds no matrix of weights");
    check(
        &[("arr_0", &[2, 2])],
        "array `arr_0`: its name is no layer's; W1, b1, … or layers.0.weight, layers.0.bias, … are",
    );
    check(&[("W1", &[2])], "array `W1`: shape [2] is no matrix");
    check(&[("W1", &[2, 0])], "array `W1`: shape [2, 0] has no elements");
    check(&[("W1", &[2, 3]), ("b1", &[2, 2])], "array `b1`: shape [2, 2] is no vector");
    check(&[("W1", &[2, 3]), ("b2", &[2])], "array `b2`: its layer has no weight");
    check(&[("W1", &[2, 3]), ("W01", &[2, 2])], "layers `layer1` and `layer01` have the same number");
    check(
        &[("W1", &[2, 3]), ("b1", &[4]), ("W2", &[3, 5])],
        "the layers form no chain, neither as (outputs, inputs) nor as (inputs, outputs): \
         `layer1` [2, 3] with 4 biases, `layer2` [3, 5]",
    );
}

#[test]
fn scalars_are_biases_of_single_outputs() {
    let network = read_npz_fully_connected(archive(&[("W1", &[1, 3]), ("b1", &[])])).expect("a layer");
    assert_eq!(network.output_count(), 1);
}

#[test]
fn other_types_of_numbers_are_refused() {
    let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
    writer.add_array("W1", &ArrayD::from_elem(IxDyn(&[1, 1]), 1_i64)).expect("a vector takes all bytes");
    let bytes = writer.finish().expect("a vector takes all bytes").into_inner();
    let error = read_npz_fully_connected(Cursor::new(bytes)).expect_err("integers").to_string();
    assert!(error.starts_with("array `W1`: ") && error.contains("<i8"), "{error}");
}

#[test]
fn claimed_sizes_take_no_memory() {
    let mut bytes = archive(&[("W1", &[2, 3])]).into_inner();
    let claimed = b"(2, 3)}                 ";
    let position = bytes.windows(claimed.len()).position(|window| window == claimed).expect("the header");
    for size in ["(99999999, 99999999)}", "(9999999999, 99999999)}"] {
        let padded = format!("{size:<24}");
        bytes[position..position + 24].copy_from_slice(padded.as_bytes());
        let error = read_npz_fully_connected(Cursor::new(bytes.clone())).expect_err("too few numbers");
        assert!(matches!(error, NpzError::Array { .. }), "{error}");
    }
}

#[test]
fn truncated_archives_are_errors_at_every_length() {
    let whole = archive(&[("W1", &[2, 3]), ("b1", &[2])]).into_inner();
    for length in 0..whole.len() {
        let truncated = Cursor::new(whole[..length].to_vec());
        assert!(read_npz_fully_connected(truncated).is_err(), "{length} of {} bytes", whole.len());
    }
}

#[test]
fn single_damaged_bytes_do_not_panic() {
    let whole = archive(&[("W1", &[2, 3]), ("b1", &[2])]).into_inner();
    for position in 0..whole.len() {
        for value in [0, 0xff, whole[position].wrapping_add(1)] {
            let mut damaged = whole.clone();
            damaged[position] = value;
            let _ = read_npz_fully_connected(Cursor::new(damaged));
        }
    }
}

/// A chain whose parameters are fc1.weight (4 × 3), fc1.bias, fc2.weight (2 × 4) and fc2.bias.
fn two_layers() -> Network<f32> {
    let mut chain = Chain::new(&[3], 1);
    chain.affine("fc1", 4);
    chain.then("relu1", nn_core::Op::Relu);
    chain.affine("fc2", 2);
    chain.finish()
}

#[test]
fn masks_come_in_the_order_of_the_parameters() {
    let network = two_layers();
    let kept = ArrayD::from_shape_fn(IxDyn(&[2, 4]), |index| index[1] % 2 == 0);
    let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
    writer.add_array("fc2.weight", &kept).expect("a vector takes all bytes");
    writer.add_array("fc1.bias", &ArrayD::<f32>::ones(IxDyn(&[4]))).expect("a vector takes all bytes");
    writer.add_array("fc2.bias", &ArrayD::<i64>::zeros(IxDyn(&[2]))).expect("a vector takes all bytes");
    let mut bytes = writer.finish().expect("a vector takes all bytes");
    bytes.set_position(0);
    let masks = read_npz_masks(&network, bytes).expect("all fit");
    let all = |shape: &[usize], stays| Some(ArrayD::from_elem(IxDyn(shape), stays));
    assert_eq!(masks, [None, all(&[4], true), Some(kept), all(&[2], false)]);
}

#[test]
fn masks_are_read_as_they_were_written() {
    let network = every_operator();
    let mask = |(position, (_, values)): (usize, (_, ndarray::ArrayViewD<'_, f32>))| {
        let mut next = 0;
        let mut flag = |_: &f32| {
            next += 1;
            next % 3 != 0
        };
        (position % 4 != 1).then(|| values.map(&mut flag))
    };
    let masks: Vec<Option<ArrayD<bool>>> = network.parameters().into_iter().enumerate().map(mask).collect();
    let mut bytes = Cursor::new(Vec::new());
    write_npz_masks(&network, &masks, &mut bytes).expect("a vector takes all bytes");
    bytes.set_position(0);
    assert_eq!(read_npz_masks(&network, bytes).expect("all fit"), masks);
}

#[test]
fn masks_that_do_not_fit_are_named() {
    let network = two_layers();
    let half = archive_of([("fc1.bias", ArrayD::from_elem(IxDyn(&[4]), 0.5))].into_iter());
    for (bytes, parts) in [
        (archive(&[("fc3.weight", &[2, 4])]), ["fc3.weight", "`fc1.weight`, `fc1.bias`"]),
        (archive(&[("fc2.weight", &[4, 2])]), ["fc2.weight", "shape [4, 2], but the network's is [2, 4]"]),
        (half, ["fc1.bias", "at flat index 0 that is neither 0 nor 1"]),
    ] {
        let message = read_npz_masks(&network, bytes).expect_err(parts[1]).to_string();
        assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    }
}
