//! Which nodes a model becomes: nothing is added that a network does not need, and the file's names are kept.

use nn_core::{Network, read_onnx, read_onnx_names};

use crate::common::test_data;

/// One line a node: name, operator, shape, inputs.
fn listing(network: &Network<f64>) -> Vec<String> {
    let line = |node: &nn_core::Node<f64>| {
        let inputs: Vec<_> = node.inputs().iter().map(|input| network.node(*input).name()).collect();
        format!("{} = {}({}) {}", node.name(), node.op().name(), inputs.join(", "), node.shape())
    };
    network.nodes().iter().skip(1).map(line).collect()
}

fn check(model: &str, expected: &[&str]) {
    let path = test_data().join("operators/supported").join(model).with_extension("onnx");
    let bytes = std::fs::read(path).expect("every model is committed");
    assert_eq!(listing(&read_onnx(&bytes).expect("a supported model")), expected, "{model}");
}

#[test]
fn a_product_and_a_constant_sum_are_one_layer() {
    check("matmul_add", &["matmul = Affine(input) [3]"]);
    check("matmul_of_transposed_weight", &["matmul = Affine(input) [3]"]);
    check("conv_add", &["conv = Conv2d(input) [3, 3, 4]"]);
}

#[test]
fn a_layer_that_is_read_twice_stays_as_it_is() {
    check(
        "matmul_used_twice",
        &[
            "matmul = Affine(input) [3]",
            "add = AddConstant(matmul) [3]",
            "relu = Relu(matmul) [3]",
            "join = Add(add, relu) [3]",
        ],
    );
    check(
        "batch_norm_of_conv_used_twice",
        &[
            "conv = Conv2d(input) [3, 4, 5]",
            "batchnormalization/scale = MulConstant(conv) [3, 4, 5]",
            "batchnormalization = AddConstant(batchnormalization/scale) [3, 4, 5]",
            "add = Add(batchnormalization, conv) [3, 4, 5]",
        ],
    );
}

#[test]
fn constants_that_differ_within_a_channel_are_not_folded() {
    check("conv_add_uneven", &["conv = Conv2d(input) [3, 3, 4]", "add = AddConstant(conv) [3, 3, 4]"]);
}

#[test]
fn batch_norm_is_folded_into_the_layer_before_it() {
    check("batch_norm_after_conv", &["conv = Conv2d(input) [3, 4, 5]"]);
    check("batch_norm_after_gemm", &["gemm = Affine(input) [4]"]);
    check("batch_norm_after_matmul_add", &["matmul = Affine(input) [4]"]);
    check(
        "batch_norm_after_reshaped_gemm",
        &["gemm = Affine(input) [12]", "reshape = Reshape(gemm) [2, 3, 2]"],
    );
}

#[test]
fn views_are_no_nodes_unless_an_operator_needs_the_shape() {
    check("view_with_dynamic_batch", &["gemm = Affine(input) [4]"]);
    check(
        "matmul_leading_ones",
        &["matmul = Affine(input) [3]", "matmul/reshape = Reshape(matmul) [1, 1, 3]"],
    );
    check(
        "view_between_layer_and_relu",
        &[
            "conv = Conv2d(input) [3, 3, 4]",
            "relu = Relu(conv) [3, 3, 4]",
            "add = AddConstant(relu) [3, 3, 4]",
            "gemm = Affine(add) [2]",
        ],
    );
    check(
        "reshape_into_image",
        &["reshape = Reshape(input) [2, 3, 2]", "maxpool = MaxPool(reshape) [2, 2, 1]"],
    );
}

#[test]
fn operators_that_do_nothing_are_no_nodes() {
    for model in ["identity", "dropout", "cast", "pad_nothing", "clip_without_limits", "output_is_input"] {
        check(model, &[]);
    }
    check("transpose_of_ones", &["transpose = Reshape(input) [1, 3, 2]"]);
}

#[test]
fn rearrangements_in_a_row_are_one() {
    check("transpose_twice", &["second = Rearrange(input) [2, 6, 5]"]);
    check(
        "channel_shuffle",
        &["join_channels = Rearrange(input) [4, 2, 3]", "conv = Conv2d(join_channels) [1, 1, 2]"],
    );
}

#[test]
fn whole_networks_keep_their_names() {
    check(
        "residual_block",
        &[
            "conv1 = Conv2d(input) [3, 4, 4]",
            "relu1 = Relu(conv1) [3, 4, 4]",
            "conv2 = Conv2d(relu1) [3, 4, 4]",
            "shortcut = Conv2d(input) [3, 4, 4]",
            "residual = Add(conv2, shortcut) [3, 4, 4]",
            "relu2 = Relu(residual) [3, 4, 4]",
            "globalaveragepool = AveragePool(relu2) [3, 1, 1]",
            "gemm = Affine(globalaveragepool) [4]",
        ],
    );
    check("unnamed_nodes", &["g1 = Affine(input) [4]", "r1 = Relu(g1) [4]", "y = Affine(r1) [3]"]);
}

#[test]
fn the_file_s_own_names_of_input_and_output_can_be_asked_for() {
    let path = test_data().join("operators/supported/matmul_add.onnx");
    let names = read_onnx_names(&std::fs::read(path).expect("every model is committed")).expect("a model");
    assert_eq!((names.input.as_str(), names.output.as_str()), ("x", "y"));
    assert!(read_onnx_names(b"no model").is_err());
}
