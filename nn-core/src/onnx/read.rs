//! From the bytes of a model to a network: what is needed, in which order, and what is input and output.

use std::collections::{HashMap, HashSet};

use prost::Message;

use super::context::NodeContext;
use super::draft::{Computed, Draft, Value};
use super::proto::{DataType, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto};
use super::shapes::computed_count;
use super::{OnnxError, operators, tensor};
use crate::{Network, NodeId};

/// The oldest operator set whose element-wise operators broadcast as they do today.
pub(super) const OLDEST_OPSET: i64 = 7;

/// Reads a network from the bytes of an ONNX file.
///
/// Weights are the file's values exactly, held as `f64`; `network.cast::<f32>()` is what onnxruntime computes. The
/// batch axis disappears: the shape of a sample is the file's shape without a leading axis of size 1 or of symbolic
/// size. Nodes keep the file's names, and what the output does not depend on is left out.
///
/// | ONNX operators | become |
/// |---|---|
/// | `Gemm`; `MatMul` with a constant on either side, and an `Add` of a constant after it | [`crate::Op::Affine`] |
/// | `Conv` with two spatial axes, and an `Add` of a constant per channel after it where it states no bias | [`crate::Op::Conv2d`] |
/// | `BatchNormalization` | part of the layer before it if nothing else reads that, else constant operations |
/// | `Relu`, `Clip` from 0 without a maximum; `LeakyRelu`, `PRelu` with one slope; `Sigmoid`; `Tanh` | the same |
/// | `AveragePool`, `GlobalAveragePool`, `ReduceMean`; `MaxPool`, `GlobalMaxPool` | [`crate::Op::AveragePool`], [`crate::Op::MaxPool`] |
/// | `Add`, `Sub`, `Mul`, `Div`, `Neg` with constants; `Add`, `Sub`, `Sum` of computed tensors | [`crate::Op::Constant`], [`crate::Op::Add`] |
/// | `Flatten`, `Reshape`, `Squeeze`, `Unsqueeze` | nothing, or a reshape where an operator needs the other shape |
/// | `Transpose`, `Slice`, `Gather`, `Split`, `Pad`, `Expand`; `Concat` | [`crate::Op::Rearrange`], one for several in a row; [`crate::Op::Concat`] |
/// | `Identity`, `Dropout`, `Cast` to floating point | nothing |
/// | `Constant`, `ConstantOfShape`, `Shape`, and arithmetic on constants | values that are known at once, with a batch of one |
///
/// # Errors
/// [`OnnxError`], naming the node or tensor, where the bytes are no model, the model has not exactly one input and one
/// output, an operator is unknown or used in a way that no [`crate::Op`] expresses, or a weight is not finite.
pub fn read_onnx(bytes: &[u8]) -> Result<Network<f64>, OnnxError> {
    let model = ModelProto::decode(bytes)?;
    let graph = model.graph.as_ref().ok_or_else(|| model_error("the file holds no ONNX graph"))?;
    check_opset(&model)?;
    let stored: HashMap<&str, &TensorProto> =
        graph.initializer.iter().map(|tensor| (tensor.name(), tensor)).collect();
    let input = only_input(graph, &stored)?;
    let output = only_output(graph)?;
    let input_shape = sample_shape(input)?;

    let nodes = needed_nodes(graph, output);
    let uses = uses(&nodes, output);
    let mut draft = Draft::new(&input_shape);
    let mut values = HashMap::new();
    let input_value = Computed::new(NodeId::INPUT, input_shape);
    values.insert(input.name(), Value::Computed(input_value));
    for node in nodes {
        import(node, &stored, &uses, &mut draft, &mut values)?;
    }
    match values.get(output) {
        Some(Value::Computed(computed)) => draft.finish(computed),
        _ => {
            Err(model_error(format!("the output `{output}` does not depend on the input `{}`", input.name())))
        }
    }
}

/// The names of a model's one input and one output, as its file has them.
///
/// # Errors
/// [`OnnxError`] where the bytes are no model, or it has not exactly one of each.
pub fn read_onnx_names(bytes: &[u8]) -> Result<OnnxNames, OnnxError> {
    let model = ModelProto::decode(bytes)?;
    let graph = model.graph.as_ref().ok_or_else(|| model_error("the file holds no ONNX graph"))?;
    let stored = graph.initializer.iter().map(|tensor| (tensor.name(), tensor)).collect();
    let input = only_input(graph, &stored)?.name().to_owned();
    Ok(OnnxNames { input, output: only_output(graph)?.to_owned() })
}

/// What an ONNX file calls its input and its output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnnxNames {
    /// The input's name.
    pub input: String,
    /// The output's name.
    pub output: String,
}

fn model_error(reason: impl Into<String>) -> OnnxError {
    OnnxError::Model { reason: reason.into() }
}

fn check_opset(model: &ModelProto) -> Result<(), OnnxError> {
    let is_onnx = |domain: &str| domain.is_empty() || domain == "ai.onnx";
    match model.opset_import.iter().find(|opset| is_onnx(opset.domain())) {
        None => Err(model_error("the model states no operator set (opset_import) of ONNX's own domain")),
        Some(opset) if opset.version() < OLDEST_OPSET => Err(model_error(format!(
            "the model uses operator set {}; export it with {OLDEST_OPSET} or newer",
            opset.version()
        ))),
        Some(_) => Ok(()),
    }
}

/// The one input that is not merely the declaration of a stored tensor.
fn only_input<'a>(
    graph: &'a GraphProto,
    stored: &HashMap<&str, &TensorProto>,
) -> Result<&'a ValueInfoProto, OnnxError> {
    let inputs: Vec<_> = graph.input.iter().filter(|input| !stored.contains_key(input.name())).collect();
    match inputs.as_slice() {
        [input] => Ok(input),
        [] => Err(model_error("the model has no input")),
        several => Err(model_error(format!(
            "the model has {} inputs ({}), but a network has one",
            several.len(),
            names(several)
        ))),
    }
}

fn only_output(graph: &GraphProto) -> Result<&str, OnnxError> {
    match graph.output.iter().collect::<Vec<_>>().as_slice() {
        [output] => Ok(output.name()),
        [] => Err(model_error("the model has no output")),
        several => Err(model_error(format!(
            "the model has {} outputs ({}), but a network has one; export only the logits",
            several.len(),
            names(several)
        ))),
    }
}

fn names(values: &[&ValueInfoProto]) -> String {
    values.iter().map(|value| format!("`{}`", value.name())).collect::<Vec<_>>().join(", ")
}

/// The input's shape with a batch of one.
fn sample_shape(input: &ValueInfoProto) -> Result<Vec<usize>, OnnxError> {
    let fail = |reason: String| model_error(format!("input `{}`: {reason}", input.name()));
    let tensor = input.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
    let tensor = tensor.ok_or_else(|| fail("it is not a tensor".into()))?;
    if !matches!(tensor.elem_type(), DataType::Float | DataType::Double) {
        return Err(fail(format!("its elements are {:?}, but must be float or double", tensor.elem_type())));
    }
    let shape = tensor.shape.as_ref().ok_or_else(|| fail("it states no shape".into()))?;
    let size = |axis: usize| match shape.dim[axis].dim_value {
        Some(size) if size > 0 => {
            usize::try_from(size).map_err(|_| fail(format!("axis {axis} has size {size}")))
        }
        _ if axis == 0 => Ok(1), // the batch: symbolic, or 0 or -1 in the files of some exporters
        _ => Err(fail(format!("axis {axis} has no fixed size; only the first, the batch, may be symbolic"))),
    };
    let shape = (0..shape.dim.len()).map(size).collect::<Result<Vec<_>, _>>()?;
    computed_count(&shape).map_err(fail)?;
    Ok(shape)
}

/// The nodes that the output depends on, in the file's order: others need not be understood.
fn needed_nodes<'a>(graph: &'a GraphProto, output: &'a str) -> Vec<&'a NodeProto> {
    let mut needed = HashSet::from([output]);
    let mut nodes = Vec::new();
    for node in graph.node.iter().rev() {
        if node.output.iter().any(|name| needed.contains(name.as_str())) {
            needed.extend(node.input.iter().map(String::as_str));
            nodes.push(node);
        }
    }
    nodes.reverse();
    nodes
}

/// How often each value is read.
fn uses<'a>(nodes: &[&'a NodeProto], output: &'a str) -> HashMap<&'a str, usize> {
    let mut uses = HashMap::from([(output, 1)]);
    for name in nodes.iter().flat_map(|node| &node.input) {
        *uses.entry(name.as_str()).or_insert(0) += 1;
    }
    uses
}

/// Adds what one node computes to the draft and to the values by name.
fn import<'a>(
    proto: &'a NodeProto,
    stored: &HashMap<&str, &TensorProto>,
    uses: &HashMap<&str, usize>,
    draft: &mut Draft,
    values: &mut HashMap<&'a str, Value>,
) -> Result<(), OnnxError> {
    for name in proto.input.iter().map(String::as_str) {
        if let (Some(tensor), false) = (stored.get(name), values.contains_key(name)) {
            values.insert(name, Value::Constant(tensor::decode(name, tensor)?));
        }
    }
    let outputs = proto.output.iter().map(String::as_str);
    let first_output = outputs.clone().find(|name| !name.is_empty()).unwrap_or_default();
    let name = draft.unused_name(&[proto.name(), first_output]);
    let mut node = NodeContext { proto, name, inputs: Vec::new() };
    for name in proto.input.iter().map(String::as_str) {
        let value = values.get(name);
        if value.is_none() && !name.is_empty() {
            return Err(node.fail(format!("its input `{name}` is no output that was computed before it")));
        }
        node.inputs.push(value);
    }
    let results = operators::import(&node, draft)?;
    for (name, mut value) in outputs.zip(results) {
        if let Value::Computed(computed) = &mut value {
            computed.single_use &= uses.get(name) == Some(&1);
        }
        if !name.is_empty() && values.insert(name, value).is_some() {
            return Err(model_error(format!("two nodes or tensors are called `{name}`")));
        }
    }
    Ok(())
}
