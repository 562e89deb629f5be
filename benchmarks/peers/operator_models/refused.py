"""Models that nn-core must refuse, by name, each with a part of the message that it must give."""

import numpy
from onnx import TensorProto, helper

from operator_models.building import integers, model, node, numbers, single

IMAGE = ["N", 2, 5, 5]
VECTOR = ["N", 6]


def models():
    """All of them."""
    groups = [unknown_operators(), unsupported_uses(), invalid_uses(), damaged_tensors(), wrong_interfaces()]
    return {name: made for group in groups for name, made in group.items()}


def unknown_operators():
    """Operators that nn-core does not know."""
    gemm = node("Gemm", "x w", "g", name="logits")
    custom = single("FusedGemm", VECTOR, numbers(6, 3), domain="com.microsoft", name="fused")
    return {
        "softmax": (
            model(VECTOR, [gemm, node("Softmax", "g", "y", name="probabilities")], w=numbers(6, 3)),
            "node `probabilities`: operator Softmax is not supported; export the network with its logits as output",
        ),
        "erf": (
            single("Erf", VECTOR, name="gelu"),
            "node `gelu`: operator Erf is not supported; supported are Add, ",
        ),
        "custom_domain": (custom, "node `fused`: operator com.microsoft.FusedGemm is not supported"),
        "own_operator_of_other_domain": (
            single("Relu", VECTOR, domain="my.domain", name="act"),
            "node `act`: operator my.domain.Relu is not supported",
        ),
    }


def unsupported_uses():
    """Operators that are known, in uses that no operator of a network expresses."""
    twice = lambda operator: model(VECTOR, [node("Relu", "x", "a"), node(operator, "a x", "y", name="both")])
    indices = [
        node("MaxPool", "x", "p indices", kernel_shape=[2, 2], name="pool"),
        node("Cast", "indices", "y", to=1),
    ]
    return {
        "mul_computed": (twice("Mul"), "node `both` (Mul): the product of two computed values"),
        "div_computed": (twice("Div"), "node `both` (Div): division by a computed value"),
        "matmul_computed": (
            model([2, 2], [node("MatMul", "x x", "y", name="attention")]),
            "node `attention` (MatMul): the product of two computed values",
        ),
        "add_computed_broadcast": (
            model(
                [1, 3], [node("Reshape", "x s", "c"), node("Add", "x c", "y", name="outer")], s=integers(3, 1)
            ),
            "node `outer` (Add): broadcasting a computed value",
        ),
        "matmul_of_rows": (
            single("MatMul", ["N", 4, 6], numbers(6, 3), name="tokens"),
            "node `tokens` (MatMul): [1, 4, 6] x [6, 3] is no fully connected layer",
        ),
        "gemm_fixed_batch": (
            single("Gemm", [32, 6], numbers(6, 3), name="fc"),
            "node `fc` (Gemm): its input [32, 6] has more than one row",
        ),
        "gemm_computed_weight": (
            model([1, 1], [node("Gemm", "x x", "y", name="square")]),
            "node `square` (Gemm): input 1 (`x`) depends on the network's input",
        ),
        "conv_1d": (
            single("Conv", ["N", 2, 9], numbers(3, 2, 3), name="sequence"),
            "node `sequence` (Conv): only two-dimensional convolutions",
        ),
        "ceil_mode": (
            single("MaxPool", IMAGE, kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1, name="pool"),
            "node `pool` (MaxPool): ceil_mode adds windows",
        ),
        "max_pool_indices": (model(IMAGE, indices), "its input `indices` is no output"),
        "pad_reflect": (
            single("Pad", IMAGE, integers(0, 0, 1, 1, 0, 0, 1, 1), mode="reflect", name="mirror"),
            "node `mirror` (Pad): mode `reflect`",
        ),
        "relu6": (
            single("Clip", VECTOR, numpy.float32(0), numpy.float32(6), name="relu6"),
            "node `relu6` (Clip): limits 0 and 6",
        ),
        "prelu_slopes": (
            single("PRelu", ["N", 2], numpy.array([0.25, 0.5], dtype=numpy.float32), name="slopes"),
            "node `slopes` (PRelu): its slopes differ",
        ),
        "leaky_relu_steep": (
            single("LeakyRelu", VECTOR, alpha=1.5, name="steep"),
            "node `steep` (LeakyRelu): slope 1.5",
        ),
        "dropout_training": (
            single("Dropout", VECTOR, numpy.float32(0.5), numpy.array(True), name="drop"),
            "node `drop` (Dropout): it is in training mode",
        ),
        "batch_norm_training": (
            single("BatchNormalization", IMAGE, *[numbers(2)] * 4, opset=15, training_mode=1, name="norm"),
            "node `norm` (BatchNormalization): only inference",
        ),
        "gather_by_computed": (
            model(
                ["N", 3],
                [node("Cast", "x", "i", to=TensorProto.INT64, name="index"), node("Gather", "x i", "y")],
            ),
            "node `index` (Cast): a cast to element type 7",
        ),
    }


def invalid_uses():
    """Shapes and attributes that do not fit."""
    return {
        "gemm_wrong_width": (
            single("Gemm", VECTOR, numbers(5, 3), name="fc"),
            "node `fc` (Gemm): its weight takes 5 inputs, but gets 6",
        ),
        "gemm_wrong_bias": (
            single("Gemm", VECTOR, numbers(6, 3), numbers(4), name="fc"),
            "node `fc` (Gemm): its bias [4] is no row of 3",
        ),
        "matmul_wrong_width": (
            single("MatMul", VECTOR, numbers(5, 3), name="fc"),
            "node `fc` (MatMul): shapes [1, 6] and [5, 3] cannot be multiplied",
        ),
        "conv_wrong_channels": (
            single("Conv", IMAGE, numbers(3, 4, 2, 2), name="conv"),
            "node `conv` (Conv): weight [3, 4, 2, 2] in 1 group(s)",
        ),
        "conv_huge_group": (
            single("Conv", IMAGE, numbers(3, 2, 2, 2), group=2**62, name="conv"),
            "node `conv` (Conv): weight [3, 2, 2, 2] in",
        ),
        "conv_wrong_bias": (
            single("Conv", IMAGE, numbers(3, 2, 2, 2), numbers(4), name="conv"),
            "node `conv` (Conv2d): 3 output channels, but 4 biases",
        ),
        "conv_zero_stride": (
            single("Conv", IMAGE, numbers(3, 2, 2, 2), strides=[0, 1], name="conv"),
            "node `conv` (Conv): strides [0, 1]",
        ),
        "conv_huge_padding": (
            single("Conv", IMAGE, numbers(3, 2, 2, 2), pads=[2**62] * 4, name="conv"),
            "node `conv` (Conv): pads",
        ),
        "conv_large_padding": (
            single("Conv", IMAGE, numbers(3, 2, 2, 2), pads=[2**20] * 4, name="conv"),
            "node `conv` (Conv): a value of shape",
        ),
        "window_too_large": (
            single("MaxPool", IMAGE, kernel_shape=[6, 6], name="pool"),
            "node `pool` (MaxPool): a window [6, 6] does not fit an image of 5 x 5",
        ),
        "reshape_count": (
            single("Reshape", VECTOR, integers(1, 5), name="view"),
            "node `view` (Reshape): cannot view [1, 6] as [1, 5]",
        ),
        "reshape_two_unknown": (
            single("Reshape", VECTOR, integers(-1, -1), name="view"),
            "node `view` (Reshape): cannot reshape [1, 6] into [-1, -1]",
        ),
        "expand_huge": (
            single("Expand", ["N", 1], integers(1, 2**40), name="grow"),
            "node `grow` (Expand): a value of shape [1, 1099511627776]",
        ),
        "pad_huge": (
            single("Pad", ["N", 1], integers(0, 2**62, 0, 2**62), name="grow"),
            "node `grow` (Pad): ",
        ),
        "concat_shapes": (
            model(["N", 2], [node("Concat", "x c", "y", axis=1, name="join")], c=numbers(2, 2)),
            "node `join` (Concat): cannot join [[1, 2], [2, 2]] along axis 1",
        ),
        "gather_outside": (
            single("Gather", VECTOR, integers(6), axis=1, name="pick"),
            "node `pick` (Gather): an index is outside axis 1",
        ),
        "slice_to_nothing": (
            single("Slice", VECTOR, integers(3), integers(3), integers(1), name="cut"),
            "node `cut` (Slice): a value of shape [1, 0] has no elements",
        ),
        "divisor_zero": (
            single("Div", VECTOR, numpy.float32(0), name="ratio"),
            "node `ratio` (DivConstant): the divisor holds a zero",
        ),
    }


def damaged_tensors():
    """Weights that are no finite numbers in the file."""

    def changed(change):
        made = single("Gemm", VECTOR, numbers(6, 3), numbers(3), name="fc")
        change(made.graph.initializer[0])
        return made

    def external(tensor):
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="weights.bin")

    def shorter(tensor):
        tensor.raw_data = tensor.raw_data[:-2]

    def absent(tensor):
        tensor.ClearField("raw_data")

    def overflowing(tensor):
        tensor.dims[:] = [2**62, 2**62]

    def negative(tensor):
        tensor.dims[:] = [-6, 3]

    not_a_number, infinite = numbers(6, 3), numbers(3)
    not_a_number[1, 2] = numpy.nan
    infinite[1] = -numpy.inf
    negative_variance = [numbers(2), numbers(2), numbers(2), numpy.array([1, -1], dtype=numpy.float32)]
    return {
        "external_data": (changed(external), "tensor `c0`: its values lie in another file (external data)"),
        "short_data": (
            changed(shorter),
            "tensor `c0`: shape [6, 3] has 18 elements of 4 bytes, raw data of 70 bytes",
        ),
        "no_data": (changed(absent), "tensor `c0`: shape [6, 3] has 18 elements, but 0 are stored"),
        "overflowing_shape": (changed(overflowing), "tensor `c0`: shape"),
        "negative_shape": (changed(negative), "tensor `c0`: dimension -6"),
        "half_precision": (
            single("Gemm", VECTOR, numbers(6, 3).astype(numpy.float16), name="fc"),
            "tensor `c0`: element type Float16 (code 10) is not supported",
        ),
        "nan_weight": (
            single("Gemm", VECTOR, not_a_number, transB=0, name="fc"),
            "node `fc` (Affine): weight holds NaN",
        ),
        "infinite_bias": (
            single("Gemm", VECTOR, numbers(6, 3), infinite, name="fc"),
            "node `fc` (Affine): bias holds -inf at flat index 1",
        ),
        "negative_variance": (
            single("BatchNormalization", IMAGE, *negative_variance, name="norm"),
            "node `norm/scale` (MulConstant): constant holds NaN",
        ),
    }


def wrong_interfaces():
    """Models that are no function of one input to one output, or not of a known size."""
    relu = [node("Relu", "x", "y")]
    two_inputs = model(VECTOR, [node("Add", "x z", "y")])
    two_inputs.graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, VECTOR))
    two_outputs = model(VECTOR, [*relu, node("Tanh", "x", "aux")])
    two_outputs.graph.output.append(helper.make_tensor_value_info("aux", TensorProto.FLOAT, None))
    no_input = model(VECTOR, relu)
    del no_input.graph.input[:]
    no_output = model(VECTOR, relu)
    del no_output.graph.output[:]
    no_opset = model(VECTOR, relu)
    del no_opset.opset_import[:]
    no_shape = model(VECTOR, relu)
    no_shape.graph.input[0].type.tensor_type.ClearField("shape")
    backwards = model(VECTOR, [node("Relu", "h", "y", name="second"), node("Tanh", "x", "h", name="first")])
    return {
        "two_inputs": (two_inputs, "the model has 2 inputs (`x`, `z`), but a network has one"),
        "two_outputs": (two_outputs, "the model has 2 outputs (`y`, `aux`), but a network has one"),
        "no_input": (no_input, "the model has no input"),
        "no_output": (no_output, "the model has no output"),
        "no_opset": (no_opset, "the model states no operator set"),
        "no_shape": (no_shape, "input `x`: it states no shape"),
        "old_opset": (model(VECTOR, relu, opset=6), "operator set 6; export it with 7 or newer"),
        "symbolic_size": (model(["N", "length"], relu), "input `x`: axis 1 has no fixed size"),
        "huge_input": (model(["N", 2**40, 2**40], relu), "input `x`: a value of shape"),
        "integer_input": (
            model(VECTOR, relu, element=TensorProto.INT64),
            "input `x`: its elements are Int64",
        ),
        "constant_output": (
            model(VECTOR, [node("Identity", "c", "y")], c=numbers(3)),
            "the output `y` does not depend on the input `x`",
        ),
        "nothing_computes_the_output": (model(VECTOR, relu, output="z"), "the output `z` does not depend"),
        "backwards": (
            backwards,
            "node `second` (Relu): its input `h` is no output that was computed before it",
        ),
        "name_twice": (
            model(
                VECTOR, [node("Relu", "x", "h"), node("Tanh", "x", "h"), node("Relu", "h", "y", name="last")]
            ),
            "two nodes or tensors are called `h`",
        ),
    }
