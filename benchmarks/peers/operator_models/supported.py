"""Models that nn-core reads, by name; several of a kind test the combinations of attributes."""

import numpy
from onnx import TensorProto, helper

from operator_models.building import integers, model, node, numbers, single, tensor

IMAGE = ["N", 2, 5, 6]
VECTOR = ["N", 6]


def models():
    """All of them."""
    groups = [
        layers(),
        arithmetic(),
        convolutions(),
        pools(),
        activations(),
        views(),
        parts(),
        normalisation(),
    ]
    groups += [exported_chains(), whole_models()]
    return {name: made for group in groups for name, made in group.items()}


def layers():
    """Fully connected layers in their many guises."""
    matmul = lambda shape, weight: single("MatMul", shape, weight)
    left = lambda shape, weight: model(shape, [node("MatMul", "w x", "y")], w=weight)
    matmul_add = [node("MatMul", "x w", "m"), node("Add", "b m", "y")]
    transposed = [
        node("Transpose", "w", "t", perm=[1, 0]),
        node("MatMul", "x t", "m"),
        node("Add", "m b", "y"),
    ]
    return {
        "gemm": single("Gemm", VECTOR, numbers(6, 3), numbers(3)),
        "gemm_transposed": single("Gemm", VECTOR, numbers(3, 6), numbers(3), transB=1),
        "gemm_scaled": single("Gemm", VECTOR, numbers(3, 6), numbers(1, 3), alpha=0.5, beta=-2.0, transB=1),
        "gemm_without_bias": single("Gemm", VECTOR, numbers(6, 3)),
        "gemm_scalar_bias": single("Gemm", VECTOR, numbers(6, 3), numbers(1)),
        "gemm_of_column": single("Gemm", [6, 1], numbers(6, 3), numbers(3), transA=1),
        "matmul": matmul(VECTOR, numbers(6, 3)),
        "matmul_vector": matmul([6], numbers(6, 3)),
        "matmul_by_vector": matmul(VECTOR, numbers(6)),
        "matmul_leading_ones": matmul([1, 1, 1, 6], numbers(6, 3)),
        "matmul_stacked_weight": matmul(VECTOR, numbers(1, 6, 3)),
        "matmul_left_column": left([6, 1], numbers(3, 6)),
        "matmul_left_batched_column": left(["N", 6, 1], numbers(3, 6)),
        "matmul_left_vector": left([6], numbers(3, 6)),
        "matmul_left_by_vector": left([6, 1], numbers(6)),
        "matmul_add": model(VECTOR, matmul_add, w=numbers(6, 3), b=numbers(3)),
        "matmul_add_column": model(
            [6, 1],
            [node("MatMul", "w x", "m"), node("Add", "m b", "a"), node("Relu", "a", "y")],
            w=numbers(3, 6),
            b=numbers(3, 1),
        ),
        "matmul_add_that_enlarges": model([1, 6], matmul_add, w=numbers(6, 3), b=numbers(2, 3)),
        "matmul_used_twice": model(
            VECTOR,
            [
                node("MatMul", "x w", "m"),
                node("Add", "m b", "a"),
                node("Relu", "m", "r"),
                node("Add", "a r", "y", name="join"),
            ],
            w=numbers(6, 3),
            b=numbers(3),
        ),
        "matmul_of_transposed_weight": model(VECTOR, transposed, w=numbers(3, 6), b=numbers(3)),
    }


def arithmetic():
    """Constants on either side, broadcast or not, and sums of computed tensors."""
    left = lambda operator, constant: model(IMAGE, [node(operator, "c x", "y")], c=constant)
    channel = numbers(2, 1, 1)
    away_from_zero = numbers(5, 6) + numpy.float32(3)
    branches = [node("Relu", "x", "a"), node("Sigmoid", "x", "b"), node("Tanh", "x", "c")]
    return {
        "add_channels": single("Add", IMAGE, channel),
        "add_scalar_left": left("Add", numpy.float32(0.5)),
        "add_full": single("Add", IMAGE, numbers(1, 2, 5, 6)),
        "add_that_enlarges": single("Add", [1, 1, 3], numbers(4, 1)),
        "add_more_axes": single("Add", [3], numbers(2, 3)),
        "sub": single("Sub", IMAGE, channel),
        "sub_left": left("Sub", numbers(6)),
        "mul": single("Mul", IMAGE, numbers(5, 1)),
        "mul_left": left("Mul", numbers(1, 2, 1, 6)),
        "div": single("Div", IMAGE, away_from_zero),
        "neg": single("Neg", IMAGE),
        "add_computed": model(VECTOR, branches[:2] + [node("Add", "a b", "y")]),
        "add_computed_other_axes": model(
            [1, 6],
            [node("Squeeze", "x axes", "s"), node("Relu", "x", "r"), node("Add", "s r", "y")],
            axes=integers(0),
        ),
        "add_to_itself": model(VECTOR, [node("Relu", "x", "a"), node("Add", "a a", "y")]),
        "sub_computed": model(VECTOR, branches[:2] + [node("Sub", "a b", "y")]),
        "sum": model(VECTOR, branches + [node("Sum", "a b c", "y")]),
        "sum_of_one": model(VECTOR, branches[:1] + [node("Sum", "a", "y")]),
        "sum_with_constants": model(
            VECTOR, branches + [node("Sum", "a p b q c", "y")], p=numbers(6), q=numbers(1, seed=3)
        ),
        "constant_arithmetic": model(
            VECTOR,
            [
                node("Add", "p q", "s"),
                node("Div", "s p", "d"),
                node("Sub", "d q", "e"),
                node("Neg", "e", "f"),
                node("Mul", "f q", "g"),
                node("Add", "x g", "y", name="last"),
            ],
            p=numbers(6) + numpy.float32(2),
            q=numbers(1, 1),
        ),
    }


def convolutions():
    """Windows of every kind."""
    conv = lambda weight, bias=None, shape=IMAGE, **attributes: single(
        "Conv", shape, weight, *([] if bias is None else [bias]), **attributes
    )
    same = {"strides": [2, 3], "dilations": [1, 1]}
    conv_add = [node("Conv", "x w", "c"), node("Add", "c b", "y")]
    return {
        "conv": conv(numbers(3, 2, 3, 3), numbers(3), kernel_shape=[3, 3]),
        "conv_without_bias": conv(numbers(3, 2, 2, 3)),
        "conv_uneven": conv(numbers(3, 2, 2, 3), numbers(3), pads=[1, 0, 2, 1], strides=[2, 1]),
        "conv_dilated": conv(numbers(3, 2, 2, 3), numbers(3), pads=[0, 1, 1, 1], dilations=[3, 2]),
        "conv_groups": conv(numbers(4, 1, 2, 2), numbers(4), group=2),
        "conv_depthwise": conv(
            numbers(3, 1, 3, 3), numbers(3), shape=["N", 3, 4, 4], group=3, pads=[1, 1, 1, 1]
        ),
        "conv_same_upper": conv(numbers(2, 2, 2, 4), numbers(2), auto_pad="SAME_UPPER", **same),
        "conv_same_lower": conv(numbers(2, 2, 2, 4), numbers(2), auto_pad="SAME_LOWER", **same),
        "conv_valid": conv(numbers(2, 2, 2, 2), numbers(2), auto_pad="VALID", strides=[2, 2]),
        "conv_of_reshaped": model(
            ["N", 24],
            [node("Reshape", "x s", "r"), node("Conv", "r w", "y")],
            s=integers(-1, 2, 3, 4),
            w=numbers(2, 2, 2, 2),
        ),
        "conv_add": model(IMAGE, conv_add, w=numbers(3, 2, 3, 3), b=numbers(3, 1, 1)),
        "conv_add_uneven": model(IMAGE, conv_add, w=numbers(3, 2, 3, 3), b=numbers(3, 3, 4)),
    }


def pools():
    """Means and maxima, over windows and whole axes."""
    average = lambda shape=IMAGE, **attributes: single("AveragePool", shape, **attributes)
    maximum = lambda shape=IMAGE, **attributes: single("MaxPool", shape, **attributes)
    uneven = {"kernel_shape": [2, 3], "pads": [1, 2, 0, 1], "strides": [2, 1]}
    mean = lambda opset=13, shape=IMAGE, **attributes: single("ReduceMean", shape, opset=opset, **attributes)
    return {
        "average_pool": average(kernel_shape=[2, 2], strides=[2, 2]),
        "average_pool_uneven": average(**uneven),
        "average_pool_counting_padding": average(count_include_pad=1, **uneven),
        "average_pool_same": average(kernel_shape=[3, 3], strides=[2, 2], auto_pad="SAME_UPPER"),
        "average_pool_idle_ceil": average(kernel_shape=[3, 2], strides=[2, 2], ceil_mode=1),
        "average_pool_dilated": single("AveragePool", IMAGE, opset=19, kernel_shape=[2, 2], dilations=[2, 3]),
        "max_pool": maximum(kernel_shape=[2, 2], strides=[2, 2]),
        "max_pool_uneven": maximum(**uneven),
        "max_pool_dilated": maximum(kernel_shape=[2, 2], dilations=[3, 2], pads=[1, 0, 0, 1]),
        "max_pool_same_lower": maximum(kernel_shape=[2, 4], strides=[3, 3], auto_pad="SAME_LOWER"),
        "max_pool_idle_ceil": maximum(shape=["N", 2, 4, 6], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1),
        "global_average_pool": single("GlobalAveragePool", IMAGE),
        "global_max_pool": single("GlobalMaxPool", IMAGE),
        "global_max_pool_of_sequence": single("GlobalMaxPool", ["N", 3, 5]),
        "reduce_mean": mean(axes=[2, 3]),
        "reduce_mean_dropping_axes": mean(axes=[-1, -2], keepdims=0),
        "reduce_mean_of_channels": mean(axes=[1], keepdims=1),
        "reduce_mean_of_rows": mean(axes=[2], keepdims=0),
        "reduce_mean_of_all": mean(shape=[1, 2, 3]),
        "reduce_mean_axes_input": single("ReduceMean", IMAGE, integers(3, 2), opset=18, keepdims=0),
        "reduce_mean_of_nothing": single("ReduceMean", IMAGE, opset=18, noop_with_empty_axes=1),
    }


def activations():
    """Activation functions."""
    small, large = numpy.float32(0), numpy.float32(3.4028234663852886e38)
    return {
        "relu": single("Relu", IMAGE),
        "leaky_relu": single("LeakyRelu", IMAGE, alpha=0.25),
        "leaky_relu_default": single("LeakyRelu", VECTOR),
        "prelu": single("PRelu", IMAGE, numpy.array([0.25], dtype=numpy.float32)),
        "prelu_equal_slopes": single("PRelu", IMAGE, numpy.full((2, 1, 1), 0.5, dtype=numpy.float32)),
        "clip_as_relu": single("Clip", VECTOR, small),
        "clip_as_relu_largest": single("Clip", VECTOR, small, large),
        "clip_as_relu_attribute": single("Clip", VECTOR, opset=9, min=0.0),
        "clip_without_limits": single("Clip", VECTOR),
        "sigmoid": single("Sigmoid", VECTOR),
        "tanh": single("Tanh", VECTOR),
    }


def views():
    """Other shapes of the same elements, and operators that do nothing."""
    flatten = lambda axis: single("Flatten", [1, 2, 3, 4], axis=axis)
    reshape = lambda *target, **attributes: single(
        "Reshape", ["N", 2, 6], integers(*target), opset=14, **attributes
    )
    return {
        "flatten": single("Flatten", IMAGE),
        "flatten_0": flatten(0),
        "flatten_2": flatten(2),
        "flatten_last": flatten(-1),
        "flatten_end": flatten(4),
        "reshape": reshape(0, 3, -1),
        "reshape_fixed_batch": reshape(1, 4, 3),
        "reshape_leading": reshape(-1, 12),
        "reshape_allow_zero": reshape(1, 12, allowzero=1),
        "reshape_into_image": model(
            ["N", 12],
            [node("Reshape", "x s", "r"), node("MaxPool", "r", "y", kernel_shape=[2, 2])],
            s=integers(0, 2, 3, 2),
        ),
        "squeeze": single("Squeeze", [1, 3, 1, 2], integers(2)),
        "squeeze_attribute": single("Squeeze", [1, 3, 1, 2], opset=11, axes=[0, -2]),
        "squeeze_all": single("Squeeze", [1, 3, 1, 2]),
        "unsqueeze": single("Unsqueeze", [1, 3], integers(0, -1)),
        "unsqueeze_attribute": single("Unsqueeze", ["N", 3], opset=11, axes=[1, 3]),
        "identity": single("Identity", VECTOR),
        "dropout": single("Dropout", VECTOR),
        "dropout_attribute": single("Dropout", VECTOR, opset=10, ratio=0.5),
        "dropout_not_training": single("Dropout", VECTOR, numpy.float32(0.5), numpy.array(False)),
        "cast": single("Cast", VECTOR, to=TensorProto.FLOAT),
        "view_between_layer_and_relu": model(
            IMAGE,
            [
                node("Conv", "x w", "c"),
                node("Flatten", "c", "f"),
                node("Relu", "f", "r"),
                node("Add", "r b", "a"),
                node("Gemm", "a v", "y"),
            ],
            w=numbers(3, 2, 3, 3),
            b=numbers(36),
            v=numbers(36, 2),
        ),
    }


def parts():
    """Elements moved, copied, dropped and joined."""
    slice_of = lambda *constants: single("Slice", IMAGE, *constants)
    split = lambda outputs, used, *constants, opset=13, **attributes: model(
        ["N", 7, 2],
        [
            node("Split", " ".join(["x", *(f"c{i}" for i in range(len(constants)))]), outputs, **attributes),
            node("Relu", used, "y"),
        ],
        opset=opset,
        **{f"c{index}": value for index, value in enumerate(constants)},
    )
    concat = lambda axis: [
        node("Relu", "x", "r"),
        node("Sigmoid", "x", "s"),
        node("Concat", "r s x", "y", axis=axis),
    ]
    pads = integers(0, 0, 1, 2, 0, 1, 0, 3)
    most = 2**63 - 1
    return {
        "transpose": single("Transpose", IMAGE, perm=[0, 2, 3, 1]),
        "transpose_default": single("Transpose", [2, 3, 4]),
        "transpose_of_ones": single("Transpose", [1, 3, 1, 2], perm=[0, 2, 1, 3]),
        "transpose_moving_batch": single("Transpose", [1, 2, 3], perm=[1, 0, 2]),
        "transpose_twice": model(
            IMAGE,
            [
                node("Transpose", "x", "t", perm=[0, 3, 1, 2]),
                node("Transpose", "t", "y", perm=[0, 2, 1, 3], name="second"),
            ],
        ),
        "expand": single("Expand", [1, 3, 1], integers(2, 1, 4)),
        "slice": slice_of(integers(1, 0), integers(4, most), integers(2, 3), integers(1, 2)),
        "slice_backwards": slice_of(integers(-1, 4), integers(-most, 0), integers(3, 2), integers(-1, -2)),
        "slice_default_axes": single("Slice", [1, 4], integers(0, 1), integers(1, -1)),
        "slice_attributes": single("Slice", IMAGE, opset=9, starts=[1], ends=[-1], axes=[3]),
        "gather": single("Gather", IMAGE, integers(2, 0, -1, 2), axis=2),
        "gather_one": single("Gather", IMAGE, numpy.int64(1), axis=1),
        "gather_matrix": single("Gather", VECTOR, integers(5, 1, 0, 3).reshape(2, 2), axis=-1),
        "split": split("a b c", "b", integers(2, 4, 1), axis=1),
        "split_attribute": split("a b", "a", opset=11, axis=-2, split=[3, 4]),
        "split_evenly": split("a b", "b", axis=2),
        "split_unevenly": split("a b c", "c", opset=18, axis=1, num_outputs=3),
        "concat": model(IMAGE, concat(1)),
        "concat_last_axis": model(IMAGE, concat(-1)),
        "concat_along_batch": model([1, 3], concat(0)),
        "concat_without_batch_axis": model([2, 3], concat(0)),
        "concat_one_and_constants": model(
            [1, 2, 3], [node("Concat", "p x q", "y", axis=1)], p=numbers(1, 1, 3), q=numbers(1, 2, 3)
        ),
        "concat_two_and_constants": model(
            [1, 2, 3],
            [node("Relu", "x", "r"), node("Concat", "x p r q", "y", axis=2)],
            p=numbers(1, 2, 1),
            q=numbers(1, 2, 2),
        ),
        "pad": single("Pad", IMAGE, pads, numpy.float32(0.5)),
        "pad_zeros": single("Pad", IMAGE, pads),
        "pad_attribute": single("Pad", IMAGE, opset=10, pads=pads.tolist(), value=-1.0),
        "pad_axes": single("Pad", IMAGE, integers(1, 2, 0, 1), None, integers(3, 1), opset=18),
        "pad_that_crops": single("Pad", IMAGE, integers(0, 0, -1, 2, 0, 1, 0, -3), numpy.float32(2)),
        "pad_nothing": single("Pad", IMAGE, integers(*[0] * 8)),
    }


def normalisation():
    """Batch normalisation, folded and not."""
    statistics = lambda channels: {
        "scale": numbers(channels, seed=1),
        "shift": numbers(channels, seed=2),
        "mean": numbers(channels, seed=3),
        "variance": numpy.abs(numbers(channels, seed=4)) + numpy.float32(0.25),
    }
    norm = lambda x, y, **attributes: node(
        "BatchNormalization", f"{x} scale shift mean variance", y, **attributes
    )
    conv = node("Conv", "x w", "c")
    return {
        "batch_norm": model(IMAGE, [norm("x", "y")], **statistics(2)),
        "batch_norm_of_vector": model(VECTOR, [norm("x", "y", epsilon=0.125)], **statistics(6)),
        "batch_norm_after_conv": model(IMAGE, [conv, norm("c", "y")], w=numbers(3, 2, 2, 2), **statistics(3)),
        "batch_norm_before_conv": model(
            IMAGE,
            [norm("x", "n"), node("Conv", "n w", "y", pads=[1, 1, 1, 1])],
            w=numbers(3, 2, 3, 3),
            **statistics(2),
        ),
        "batch_norm_after_gemm": model(
            VECTOR,
            [node("Gemm", "x w b", "g"), norm("g", "y")],
            w=numbers(6, 4),
            b=numbers(4),
            **statistics(4),
        ),
        "batch_norm_after_matmul_add": model(
            VECTOR,
            [node("MatMul", "x w", "m"), node("Add", "m b", "a"), norm("a", "y")],
            w=numbers(6, 4),
            b=numbers(4),
            **statistics(4),
        ),
        "batch_norm_after_reshaped_gemm": model(
            VECTOR,
            [node("Gemm", "x w", "g"), node("Reshape", "g s", "r"), norm("r", "y")],
            w=numbers(6, 12),
            s=integers(-1, 2, 3, 2),
            **statistics(2),
        ),
        "batch_norm_of_conv_used_twice": model(
            IMAGE,
            [conv, norm("c", "n"), node("Add", "n c", "y")],
            w=numbers(3, 2, 2, 2),
            **statistics(3),
        ),
    }


def exported_chains():
    """What PyTorch writes for views and padding whose sizes are computed."""
    size = lambda axis, index, output: [
        node("Shape", "x", f"shape{axis}", name=f"shape{axis}"),
        node("Constant", "", f"index{axis}", value=tensor("i", numpy.int64(index)), name=f"index{axis}"),
        node("Gather", f"shape{axis} index{axis}", output, axis=0, name=f"gather{axis}"),
    ]
    unsqueeze = lambda value, output: node("Unsqueeze", f"{value} zero", output, name=output)
    zero = integers(0)
    view = size(0, 0, "n") + [
        unsqueeze("n", "n1"),
        node("Concat", "n1 rest", "target", axis=0),
        node("Reshape", "x target", "r"),
        node("Gemm", "r w", "y"),
    ]
    product = [
        *size(0, 0, "n"),
        *size(1, 1, "c"),
        *size(2, 2, "h"),
        node("Mul", "c h", "ch"),
        node("Cast", "ch", "float", to=TensorProto.FLOAT),
        node("Cast", "float", "long", to=TensorProto.INT64, name="cast_back"),
        *(unsqueeze(value, f"{value}1") for value in ("n", "long")),
        node("Concat", "n1 long1 rest", "target", axis=0),
        node("Reshape", "x target", "y"),
    ]
    sliced = [
        node("Shape", "x", "shape"),
        node("Slice", "shape zero one", "n"),
        node("Concat", "n rest", "target", axis=0),
        node("Reshape", "x target", "y"),
    ]
    shuffled = [
        node("Reshape", "x split", "a", name="split_channels"),
        node("Transpose", "a", "b", perm=[0, 2, 1, 3, 4]),
        node("Reshape", "b joined", "c", name="join_channels"),
        node("Conv", "c w", "y"),
    ]
    padding = [
        node("ConstantOfShape", "count", "zeros", value=tensor("v", integers(0))),
        node("Concat", "amounts zeros", "all", axis=0),
        node("Reshape", "all pairs", "matrix"),
        node("Slice", "matrix last first axis back", "reversed"),
        node("Transpose", "reversed", "columns", perm=[1, 0]),
        node("Reshape", "columns flat", "vector", name="flatten_pads"),
        node("Cast", "vector", "pads", to=TensorProto.INT64),
        node("Pad", "x pads value", "y"),
    ]
    return {
        "view_with_dynamic_batch": model(["N", 2, 3, 1], view, zero=zero, rest=integers(-1), w=numbers(6, 4)),
        "view_with_computed_size": model(
            ["N", 2, 3, 4], product, zero=zero, rest=integers(4), output_shape=["N", 6, 4]
        ),
        "view_with_sliced_shape": model(
            ["N", 2, 3], sliced, zero=zero, one=integers(1), rest=integers(-1), output_shape=["N", 6]
        ),
        "view_with_shape_attributes": model(
            ["N", 2, 3],
            [
                node("Shape", "x", "n", end=-2),
                node("Concat", "n rest", "t", axis=0),
                node("Reshape", "x t", "y"),
            ],
            opset=15,
            rest=integers(6),
        ),
        "channel_shuffle": model(
            ["N", 4, 2, 3],
            shuffled,
            split=integers(-1, 2, 2, 2, 3),
            joined=integers(-1, 4, 2, 3),
            w=numbers(1, 4, 2, 2),
        ),
        "pad_with_computed_amounts": model(
            IMAGE,
            padding,
            count=integers(4),
            amounts=integers(1, 0, 2, 1),
            pairs=integers(-1, 2),
            last=integers(-1),
            first=integers(-(2**63) + 1),
            axis=zero,
            back=integers(-1),
            flat=integers(-1),
            value=numpy.float32(0.25),
        ),
    }


def whole_models():
    """Small networks, and forms of the file itself."""
    statistics = {
        f"{kind}{block}": (numpy.abs(numbers(3, seed=seed)) + numpy.float32(0.5))
        for block in (1, 2)
        for seed, kind in enumerate(("scale", "shift", "mean", "variance"), start=5 * block)
    }
    norm = lambda block, x, y: node(
        "BatchNormalization",
        f"{x} scale{block} shift{block} mean{block} variance{block}",
        y,
        name=f"norm{block}",
    )
    residual = [
        node("Conv", "x w1 b1", "c1", pads=[1, 1, 1, 1], name="conv1"),
        norm(1, "c1", "n1"),
        node("Relu", "n1", "r1", name="relu1"),
        node("Conv", "r1 w2", "c2", pads=[1, 1, 1, 1], name="conv2"),
        norm(2, "c2", "n2"),
        node("Conv", "x w3", "c3", name="shortcut"),
        node("Add", "n2 c3", "a", name="residual"),
        node("Relu", "a", "r2", name="relu2"),
        node("GlobalAveragePool", "r2", "p"),
        node("Flatten", "p", "f"),
        node("Gemm", "f v d", "y", transB=1),
    ]
    mlp = [
        node("Flatten", "x", "f"),
        node("Gemm", "f w1 b1", "g1", transB=1, name="layers.0"),
        node("Relu", "g1", "r1"),
        node("Gemm", "r1 w2 b2", "y", transB=1, name="layers.2"),
    ]
    weights = {"w1": numbers(4, 6), "b1": numbers(4), "w2": numbers(3, 4), "b2": numbers(3)}
    declared = model(["N", 2, 3], mlp, **weights)
    for initializer in declared.graph.initializer:
        declared.graph.input.append(
            helper.make_tensor_value_info(initializer.name, initializer.data_type, initializer.dims)
        )
    unnamed = model(["N", 2, 3], mlp, **weights)
    for each in unnamed.graph.node:
        each.ClearField("name")
    typed = model(["N", 2, 3], mlp, **weights)
    for initializer in typed.graph.initializer:
        values = numpy.frombuffer(initializer.raw_data, dtype=numpy.float32)
        initializer.ClearField("raw_data")
        initializer.float_data.extend(values.tolist())
    dead = model(["N", 2, 3], [*mlp, node("ArgMax", "y", "class")], **weights)
    doubles = {name: value.astype(numpy.float64) / 3 for name, value in weights.items()}
    constants = [
        node("Constant", "", "w", value=tensor("w", numbers(6, 4)), name="w"),
        node("Constant", "", "b", value_floats=[0.5, -0.25, 1.0, 2.0], name="b"),
        node("Constant", "", "s", value_float=0.5, name="s"),
        node("Constant", "", "t", value_ints=[0, 2, 2], name="t"),
        node("Constant", "", "i", value_int=1, name="i"),
        node("Gemm", "x w b", "g"),
        node("Mul", "g s", "m"),
        node("Reshape", "m t", "r"),
        node("Gather", "r i", "y", axis=1),
    ]
    return {
        "residual_block": model(
            ["N", 2, 4, 4],
            residual,
            w1=numbers(3, 2, 3, 3),
            b1=numbers(3),
            w2=numbers(3, 3, 3, 3),
            w3=numbers(3, 2, 1, 1),
            v=numbers(4, 3),
            d=numbers(4),
            **statistics,
        ),
        "declared_initializers": declared,
        "unnamed_nodes": unnamed,
        "typed_data": typed,
        "dead_branch": dead,
        "double_precision": model(["N", 2, 3], mlp, element=TensorProto.DOUBLE, **doubles),
        "constant_nodes": model(VECTOR, constants),
        "output_is_input": model(VECTOR, [node("Identity", "x", "y")]),
    }
