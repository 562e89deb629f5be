//! Each operator of a network in terms of ONNX's.

use std::collections::HashMap;

use super::graph_writer::{GraphWriter, float, int, ints, to_i64};
use super::proto::AttributeProto;
use crate::{Affine, ConstantOp, Conv2d, NodeId, Op, Pool, Rearrange, Source, Window};

/// Adds what computes one node of the network; the last node has its name.
pub(super) fn write_operator(graph: &mut GraphWriter<'_>, id: NodeId) {
    let network = graph.network;
    let node = network.node(id);
    let name = graph.value(id);
    let inputs: Vec<String> = node.inputs().iter().map(|input| graph.value(*input)).collect();
    let shape = node.shape().dimensions();
    match node.op() {
        Op::Input => {}
        Op::Affine(affine) => write_affine(graph, &name, node.inputs()[0], affine),
        Op::Conv2d(conv) => write_conv(graph, &name, inputs, conv),
        Op::AveragePool(pool) => write_average_pool(graph, &name, inputs, pool),
        Op::MaxPool(pool) => graph.node("MaxPool", inputs, &name, window(&pool.window)),
        Op::Relu => graph.node("Relu", inputs, &name, Vec::new()),
        Op::LeakyRelu { slope } => graph.node("LeakyRelu", inputs, &name, vec![float("alpha", *slope)]),
        Op::Sigmoid => graph.node("Sigmoid", inputs, &name, Vec::new()),
        Op::Tanh => graph.node("Tanh", inputs, &name, Vec::new()),
        Op::Constant { kind, value } => {
            let constant = graph.floats(&format!("{name}.constant"), shape, value.iter().copied());
            let mut operands = [inputs, vec![constant]].concat();
            let operator = match kind {
                ConstantOp::Add => "Add",
                ConstantOp::Sub | ConstantOp::SubFrom => "Sub",
                ConstantOp::Mul => "Mul",
                ConstantOp::Div => "Div",
            };
            if *kind == ConstantOp::SubFrom {
                operands.reverse();
            }
            graph.node(operator, operands, &name, Vec::new());
        }
        Op::Reshape => write_reshape(graph, &name, inputs, shape),
        Op::Rearrange(rearrange) => write_rearrange(graph, &name, node.inputs()[0], rearrange),
        Op::Concat { axis } => graph.node("Concat", inputs, &name, vec![int("axis", to_i64(axis + 1))]),
        Op::Add => {
            let operator = if inputs.len() == 2 { "Add" } else { "Sum" };
            graph.node(operator, inputs, &name, Vec::new());
        }
    }
}

fn write_affine(graph: &mut GraphWriter<'_>, name: &str, input: NodeId, affine: &Affine<f32>) {
    let input = graph.flattened(input);
    let weight =
        graph.floats(&format!("{name}.weight"), affine.weight.shape(), affine.weight.iter().copied());
    let bias = graph.floats(&format!("{name}.bias"), affine.bias.shape(), affine.bias.iter().copied());
    graph.node("Gemm", vec![input, weight, bias], name, vec![int("transB", 1)]);
}

fn write_conv(graph: &mut GraphWriter<'_>, name: &str, mut inputs: Vec<String>, conv: &Conv2d<f32>) {
    inputs.push(graph.floats(&format!("{name}.weight"), conv.weight.shape(), conv.weight.iter().copied()));
    inputs.push(graph.floats(&format!("{name}.bias"), conv.bias.shape(), conv.bias.iter().copied()));
    let mut attributes = window(&conv.window);
    attributes.push(int("group", to_i64(conv.groups)));
    graph.node("Conv", inputs, name, attributes);
}

fn write_average_pool(graph: &mut GraphWriter<'_>, name: &str, inputs: Vec<String>, pool: &Pool) {
    let mut attributes = window(&pool.window);
    // Operator set 13 does not know the attribute.
    attributes.retain(|attribute| attribute.name() != "dilations" || pool.window.dilation != [1; 2]);
    attributes.push(int("count_include_pad", i64::from(pool.count_padding)));
    graph.node("AveragePool", inputs, name, attributes);
}

fn window(window: &Window) -> Vec<AttributeProto> {
    vec![
        ints("kernel_shape", &window.kernel),
        ints("strides", &window.stride),
        ints("pads", &window.padding),
        ints("dilations", &window.dilation),
    ]
}

fn write_reshape(graph: &mut GraphWriter<'_>, name: &str, mut inputs: Vec<String>, shape: &[usize]) {
    let keeps_batch = std::iter::once(0);
    let target: Vec<i64> = keeps_batch.chain(shape.iter().copied().map(to_i64)).collect();
    inputs.push(graph.integers(&format!("{name}.shape"), &target));
    graph.node("Reshape", inputs, name, Vec::new());
}

/// On the flattened input: the constants as further columns, then a gather of columns.
fn write_rearrange(graph: &mut GraphWriter<'_>, name: &str, input: NodeId, rearrange: &Rearrange<f32>) {
    let width = graph.network.node(input).element_count();
    let mut constants = Vec::new();
    let mut column_of = HashMap::new();
    let column = |source: &Source<f32>| match source {
        Source::Element(index) => *index,
        Source::Constant(value) => *column_of.entry(value.to_bits()).or_insert_with(|| {
            constants.push(*value);
            width + constants.len() - 1
        }),
    };
    let columns: Vec<i64> = rearrange.sources.iter().map(column).map(to_i64).collect();
    let flat = graph.flattened(input);
    let extended = match constants.as_slice() {
        [] => flat,
        [constant] => write_padding(graph, name, flat, *constant),
        several => write_further_columns(graph, name, flat, several),
    };
    let shape = rearrange.shape.dimensions();
    let columns = graph.integers(&format!("{name}.columns"), &columns);
    let axis = vec![int("axis", 1)];
    if shape.len() == 1 {
        graph.node("Gather", vec![extended, columns], name, axis);
    } else {
        let gathered = graph.unused_name(&format!("{name}/gather"));
        graph.node("Gather", vec![extended, columns], &gathered, axis);
        write_reshape(graph, name, vec![gathered], shape);
    }
}

/// One column of a constant after the others.
fn write_padding(graph: &mut GraphWriter<'_>, name: &str, flat: String, constant: f32) -> String {
    let pads = graph.integers(&format!("{name}.pads"), &[0, 0, 0, 1]);
    let value = graph.floats(&format!("{name}.value"), &[], std::iter::once(constant));
    let padded = graph.unused_name(&format!("{name}/pad"));
    graph.node("Pad", vec![flat, pads, value], &padded, Vec::new());
    padded
}

/// Columns of several constants after the others: a row that is repeated for every sample of the batch.
fn write_further_columns(graph: &mut GraphWriter<'_>, name: &str, flat: String, constants: &[f32]) -> String {
    let [shape, batch, row_shape, rows, joined] = ["shape", "batch", "row_shape", "rows", "concat"]
        .map(|part| graph.unused_name(&format!("{name}/{part}")));
    let first = graph.integers(&format!("{name}.first"), &[0]);
    let count = graph.integers(&format!("{name}.count"), &[to_i64(constants.len())]);
    let row = graph.floats(&format!("{name}.row"), &[1, constants.len()], constants.iter().copied());
    graph.node("Shape", vec![flat.clone()], &shape, Vec::new());
    graph.node("Gather", vec![shape, first], &batch, vec![int("axis", 0)]);
    graph.node("Concat", vec![batch, count], &row_shape, vec![int("axis", 0)]);
    graph.node("Expand", vec![row, row_shape], &rows, Vec::new());
    graph.node("Concat", vec![flat, rows], &joined, vec![int("axis", 1)]);
    joined
}
