//! `.nnet` files.

use ndarray::array;
use nn_core::{Network, NnetUnits, Op, read_nnet};
use proptest::prelude::*;

/// f(x) = relu(x1 - 2 x2 + 0.5) * 3 - relu(x1 + x2) + 1 on normalised inputs.
const SMALL: &str = "\
// A comment
// and another
2,2,1,2,
2,2,1,
0,
-1.0,-1.0,
1.0,1.0,
10.0,-4,0.5,
2.0,8e0,4.0,
1.0,-2.0,
1.0,1.0,
0.5,
0.0,
3.0,-1.0,
1.0,
";

fn small(units: NnetUnits) -> Network<f64> {
    read_nnet(SMALL.as_bytes(), units).expect("a correct file")
}

fn names(network: &Network<f64>) -> Vec<&str> {
    network.nodes().iter().map(nn_core::Node::name).collect()
}

#[test]
fn normalised_units_are_those_of_the_layers() {
    let network = small(NnetUnits::Normalised);
    assert_eq!(names(&network), ["input", "layer1", "relu1", "layer2"]);
    assert_eq!(network.forward_one(array![1.0, 0.25].view()), array![3.0 - 1.25 + 1.0]);
    assert_eq!(network.forward_one(array![-1.0, 0.25].view()), array![1.0]);
}

#[test]
fn physical_units_are_normalised_and_back() {
    let network = small(NnetUnits::Physical);
    let expected =
        ["input", "input/mean", "input/range", "layer1", "relu1", "layer2", "output/range", "output/mean"];
    assert_eq!(names(&network), expected);
    // (12 - 10) / 2 = 1 and (-2 + 4) / 8 = 0.25
    assert_eq!(network.forward_one(array![12.0, -2.0].view()), array![4.0 * 2.75 + 0.5]);
}

#[test]
fn trivial_normalisation_is_no_node() {
    let trivial = SMALL.replace("10.0,-4,0.5,", "0,0,0,").replace("2.0,8e0,4.0,", "1,1,1,");
    let network = read_nnet(trivial.as_bytes(), NnetUnits::Physical).expect("a correct file");
    assert_eq!(network, small(NnetUnits::Normalised));
    let inputs_only = SMALL.replace("10.0,-4,0.5,", "0,0,0.5,").replace("2.0,8e0,4.0,", "1,1,1,");
    let network = read_nnet(inputs_only.as_bytes(), NnetUnits::Physical).expect("a correct file");
    assert_eq!(names(&network), ["input", "layer1", "relu1", "layer2", "output/mean"]);
}

#[test]
fn inputs_are_not_clipped() {
    let network = small(NnetUnits::Normalised);
    assert_eq!(network.forward_one(array![100.0, 0.0].view()), array![301.5 - 100.0 + 1.0]);
}

#[test]
fn blank_lines_spaces_and_missing_commas_are_as_good() {
    let loose = SMALL.replace(",\n", "\r\n\n").replace(',', " , ");
    let network = read_nnet(loose.as_bytes(), NnetUnits::Normalised).expect("a correct file");
    assert_eq!(network, small(NnetUnits::Normalised));
}

#[test]
fn damage_is_named_with_its_line() {
    let check = |from: &str, to: &str, message: &str| {
        let error = read_nnet(SMALL.replacen(from, to, 1).as_bytes(), NnetUnits::Physical);
        assert_eq!(error.expect_err(message).to_string(), message);
    };
    check("2,2,1,2,", "2,2,", "line 3: [2, 2] are not the numbers of layers, inputs, outputs");
    check(
        "2,2,1,2,",
        "2,2.5,1,2,",
        "line 3: `2.5` among the numbers of layers, inputs and outputs is no size",
    );
    check("2,2,1,2,", "3,2,1,2,", "line 4: sizes [2, 2, 1] of the inputs and 3 layers");
    check("2,2,1,2,", "2,3,1,2,", "line 4: sizes [2, 2, 1] for 3 inputs and 1 outputs");
    check("\n2,2,1,\n", "\n2,0,1,\n", "line 4: sizes [2, 0, 1] of the inputs and 2 layers");
    check("-1.0,-1.0,", "-1.0,", "line 6: 1 numbers, but the smallest inputs are 2");
    check("8e0", "0", "line 9: a range is 0");
    check("8e0", "x", "line 9: `x` among the ranges of the inputs and of the outputs is no finite number");
    check("1.0,-2.0", "1.0", "line 10: 1 numbers, but row 1 of the weights of layer 1 are 2");
    check("1.0,-2.0", "NaN,0", "line 10: `NaN` among row 1 of the weights of layer 1 is no finite number");
    check("3.0,-1.0,\n1.0,\n", "3.0,-1.0,\n", "the file ends before bias 1 of layer 2");
    check("3.0,-1.0,\n1.0,\n", "3.0,-1.0,\n1.0,\n1.0,\n", "line 16: the file goes on after its last layer");
}

#[test]
fn other_bytes_are_no_text() {
    let error = read_nnet(&[0xff, 0xfe], NnetUnits::Normalised).expect_err("no text");
    assert_eq!(error.to_string(), "not a .nnet file: the bytes are no text (UTF-8)");
    let error = read_nnet(&[], NnetUnits::Normalised).expect_err("nothing");
    assert_eq!(error.to_string(), "the file ends before the numbers of layers, inputs and outputs");
}

#[test]
fn truncated_files_are_errors_at_every_line() {
    let lines: Vec<_> = SMALL.lines().collect();
    for count in 0..lines.len() {
        assert!(
            read_nnet(lines[..count].join("\n").as_bytes(), NnetUnits::Physical).is_err(),
            "{count} lines"
        );
    }
}

proptest! {
    #[test]
    fn damaged_files_do_not_panic(position in 0..SMALL.len(), byte: u8) {
        let mut bytes = SMALL.as_bytes().to_vec();
        bytes[position] = byte;
        if let Ok(network) = read_nnet(&bytes, NnetUnits::Physical) {
            prop_assert!(network.nodes().iter().any(|node| matches!(node.op(), Op::Affine(_))));
        }
    }
}
