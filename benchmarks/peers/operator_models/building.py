"""Building ONNX models in a few lines."""

import numpy
import onnx
import onnx.shape_inference
from onnx import TensorProto, helper, numpy_helper

# The oldest version of the file format that holds every operator set used here.
IR_VERSION = 10


def numbers(*shape, seed=7):
    """Reproducible float32 weights in [-1, 1], multiples of 1/64."""
    generator = numpy.random.RandomState(seed + sum(shape))
    return (generator.randint(-64, 65, size=shape) / 64).astype(numpy.float32)


def integers(*values):
    """A vector of int64."""
    return numpy.array(values, dtype=numpy.int64)


def node(operator, inputs, outputs, **attributes):
    """A node; inputs and outputs are names separated by spaces, `_` for one that is left out."""
    names = lambda text: ["" if name == "_" else name for name in text.split()]
    domain = attributes.pop("domain", None)
    name = attributes.pop("name", operator.lower())
    return helper.make_node(operator, names(inputs), names(outputs), name=name, domain=domain, **attributes)


def model(
    input_shape, nodes, opset=13, output="y", output_shape=None, element=TensorProto.FLOAT, **constants
):
    """A model with input `x` and one output, whose shape is inferred if none is given; `constants` are initialisers."""
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", element, input_shape)],
        [helper.make_tensor_value_info(output, element, output_shape)],
        [numpy_helper.from_array(numpy.asarray(value), name) for name, value in constants.items()],
    )
    made = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=IR_VERSION,
        producer_name="greymatter-tests",
    )
    return made if output_shape else with_output_shape(made)


def with_output_shape(made):
    """The model with the output's shape declared, where ONNX can infer it."""
    try:
        inferred = onnx.shape_inference.infer_shapes(made, data_prop=True)
        made.graph.output[0].CopyFrom(inferred.graph.output[0])
    except onnx.shape_inference.InferenceError:
        pass  # a model that is to be refused
    return made


def single(operator, input_shape, *constants, opset=13, **attributes):
    """A model of one node: its first input is `x`, the others are constants, `None` for one that is left out."""
    named = {f"c{index}": value for index, value in enumerate(constants) if value is not None}
    inputs = ["x"] + [f"c{index}" if value is not None else "_" for index, value in enumerate(constants)]
    return model(input_shape, [node(operator, " ".join(inputs), "y", **attributes)], opset=opset, **named)


def tensor(name, value):
    """A tensor for an attribute."""
    return numpy_helper.from_array(numpy.asarray(value), name)
