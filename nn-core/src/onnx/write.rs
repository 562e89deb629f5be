//! From a network to the bytes of a model.

use std::io::{self, Write};

use prost::Message;

use super::graph_writer::GraphWriter;
use super::proto::{ModelProto, OperatorSetIdProto};
use super::write_operators::write_operator;
use crate::{Network, Op};

/// Protobuf's limit; readers refuse larger messages.
const MAX_BYTES: usize = i32::MAX as usize;

/// Writes a network as an ONNX model, for samples in batches of any size.
///
/// The model is of operator set 13 (19 if an average pool is dilated, which earlier ones cannot express). Its input and
/// output have a symbolic first axis `N` before the axes of a sample. Nodes are called as in the network; a name that
/// occurs twice gets a number. What no single ONNX operator expresses becomes several: a rearrangement is a flatten, a
/// padding for its constants, a gather and a reshape.
///
/// [`crate::read_onnx`] gives back a network with the same parameters and, in `f32`, the same outputs bit for bit.
///
/// ```
/// use ndarray::array;
/// use nn_core::{Affine, NetworkBuilder, NodeId, Op, read_onnx, write_onnx};
///
/// let mut builder = NetworkBuilder::<f32>::new([2]);
/// let layer = Affine { weight: array![[0.5, -1.0]], bias: array![0.25] };
/// let layer = builder.add("layer", Op::Affine(layer), &[NodeId::INPUT])?;
/// let network = builder.finish(layer);
///
/// let mut bytes = Vec::new();
/// write_onnx(&network, &mut bytes)?;
/// assert_eq!(read_onnx(&bytes)?.cast::<f32>(), network);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Where the writer fails, or the model would exceed protobuf's limit of 2 GiB.
pub fn write_onnx(network: &Network<f32>, mut writer: impl Write) -> io::Result<()> {
    let model = model(network);
    let size = model.encoded_len();
    if size > MAX_BYTES {
        let reason = format!("an ONNX file cannot hold this network: {size} bytes of at most {MAX_BYTES}");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    }
    writer.write_all(&model.encode_to_vec())
}

fn model(network: &Network<f32>) -> ModelProto {
    let mut graph = GraphWriter::new(network);
    for id in network.node_ids().skip(1) {
        write_operator(&mut graph, id);
    }
    let (ir_version, opset) =
        if network.nodes().iter().any(|node| is_dilated_average(node.op())) { (9, 19) } else { (8, 13) };
    ModelProto {
        ir_version: Some(ir_version),
        producer_name: Some("greymatter".to_owned()),
        graph: Some(graph.finish()),
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: Some(opset) }],
    }
}

fn is_dilated_average(op: &Op<f32>) -> bool {
    matches!(op, Op::AveragePool(pool) if pool.window.dilation != [1; 2])
}
