use nn_core::{Affine, Conv2d, Network, Node, Op};
use serde::Serialize;

use super::info::InfoArguments;
use super::output;
use crate::network_file;

#[derive(Serialize)]
struct NetworkSummary {
    network: String,
    sha256: String,
    bytes: usize,
    input: Vec<usize>,
    output: Vec<usize>,
    parameters: usize,
    relus: usize,
    layers: Vec<LayerSummary>,
}

#[derive(Serialize)]
struct LayerSummary {
    index: usize,
    name: String,
    operator: &'static str,
    inputs: Vec<usize>,
    shape: Vec<usize>,
    parameters: usize,
    relus: usize,
}

pub(super) fn show(arguments: &InfoArguments) -> anyhow::Result<()> {
    let file = network_file::read(&arguments.file)?;
    let network = &file.network;
    let summary = NetworkSummary {
        network: arguments.file.display().to_string(),
        sha256: file.sha256,
        bytes: file.size,
        input: network.input_shape().dimensions().to_vec(),
        output: network.output_shape().dimensions().to_vec(),
        parameters: network.parameter_count(),
        relus: network.relu_count(),
        layers: layers(network),
    };
    if arguments.json { output::json(&summary) } else { print(&summary, network) }
}

fn layers(network: &Network<f64>) -> Vec<LayerSummary> {
    let layer = |(index, node): (usize, &Node<f64>)| LayerSummary {
        index,
        name: node.name().to_owned(),
        operator: node.op().name(),
        inputs: node.inputs().iter().map(|input| input.index()).collect(),
        shape: node.shape().dimensions().to_vec(),
        parameters: match node.op() {
            Op::Affine(Affine { weight, bias }) => weight.len() + bias.len(),
            Op::Conv2d(Conv2d { weight, bias, .. }) => weight.len() + bias.len(),
            _ => 0,
        },
        relus: match node.op() {
            Op::Relu | Op::LeakyRelu { .. } => node.element_count(),
            _ => 0,
        },
    };
    network.nodes().iter().enumerate().map(layer).collect()
}

fn print(summary: &NetworkSummary, network: &Network<f64>) -> anyhow::Result<()> {
    let count = |value: usize| if value == 0 { String::new() } else { value.to_string() };
    let rows = network.nodes().iter().zip(&summary.layers).map(|(node, layer)| {
        let inputs: Vec<String> = layer.inputs.iter().map(ToString::to_string).collect();
        vec![
            layer.index.to_string(),
            layer.name.clone(),
            layer.operator.to_owned(),
            inputs.join(" "),
            node.shape().to_string(),
            count(layer.parameters),
            count(layer.relus),
        ]
    });
    let header = ["#", "name", "operator", "from", "shape", "parameters", "ReLUs"];
    output::line(output::table(&header, 5, rows))?;
    output::line(format_args!(
        "{}: input {}, output {}, {} parameters, {} ReLUs",
        summary.network,
        network.input_shape(),
        network.output_shape(),
        summary.parameters,
        summary.relus
    ))
}
