use std::path::PathBuf;

use clap::Args;
use milp_encode::bounds::{NetworkBounds, compute_bounds};
use milp_encode::property::{DataRange, InputBox};
use nn_core::{Network, NodeId, Op};
use serde::Serialize;

use super::arguments::{DataArguments, Epsilon, example};
use super::{Completion, output};
use crate::network_file;
use crate::settings::BoundsName;

/// Show how wide the proven ranges of every layer's neurons are, and how many ReLUs they leave open
#[derive(Args)]
#[command(after_help = "Example:\n  greymatter bounds net.onnx --data mnist --image 0 --epsilon 0.05")]
pub(super) struct BoundsArguments {
    /// The network, an ONNX or .nnet file
    network: PathBuf,
    #[command(flatten)]
    data: DataArguments,
    /// The image, by its position in the data set
    #[arg(long, value_name = "INDEX")]
    image: usize,
    /// Radius of the l-infinity ball in input units
    #[arg(long, value_name = "E")]
    epsilon: Epsilon,
    /// Do not cut the input box to the data's range [0, 1]
    #[arg(long)]
    no_clip: bool,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct LayerBounds {
    method: BoundsName,
    layer: String,
    operator: &'static str,
    neurons: usize,
    mean_width: f64,
    max_width: f64,
    active: usize,
    inactive: usize,
    unstable: usize,
}

pub(super) fn run(arguments: &BoundsArguments) -> anyhow::Result<Completion> {
    let network = network_file::read(&arguments.network)?.network;
    let dataset = arguments.data.load()?;
    network_file::check_fits(&network, &dataset)?;
    let (image, _) = example(&dataset, arguments.image)?;
    let range = (!arguments.no_clip).then_some(DataRange::UNIT);
    let input = InputBox::around(image.mapv(f64::from).view(), arguments.epsilon.0, range)?;
    let mut layers = Vec::new();
    for method in [BoundsName::Interval, BoundsName::Crown] {
        let bounds = compute_bounds(&network, &input, &method.chain())?;
        layers.extend(network.node_ids().filter_map(|id| layer_bounds(&network, &bounds, id, method)));
    }
    if arguments.json {
        layers.iter().try_for_each(output::json)?;
    } else {
        print(&layers)?;
    }
    Ok(Completion::Done)
}

/// The pre-activations of a layer of ReLUs, or the network's outputs.
fn layer_bounds(
    network: &Network<f64>,
    bounds: &NetworkBounds,
    id: NodeId,
    method: BoundsName,
) -> Option<LayerBounds> {
    let node = network.node(id);
    let relu = matches!(node.op(), Op::Relu | Op::LeakyRelu { .. });
    if !relu && id != network.output() {
        return None;
    }
    let ranges = bounds.node(if relu { node.inputs()[0] } else { id });
    let widths = &ranges.upper() - &ranges.lower();
    let phases = bounds.phase_counts(network, id);
    Some(LayerBounds {
        method,
        layer: node.name().to_owned(),
        operator: node.op().name(),
        neurons: widths.len(),
        mean_width: widths.mean().unwrap_or(0.0),
        max_width: widths.iter().copied().fold(0.0, f64::max),
        active: phases.active,
        inactive: phases.inactive,
        unstable: phases.unstable,
    })
}

fn print(layers: &[LayerBounds]) -> anyhow::Result<()> {
    let rows = layers.iter().map(|layer| {
        vec![
            format!("{:?}", layer.method).to_lowercase(),
            layer.layer.clone(),
            layer.operator.to_owned(),
            layer.neurons.to_string(),
            format!("{:.4}", layer.mean_width),
            format!("{:.4}", layer.max_width),
            layer.active.to_string(),
            layer.inactive.to_string(),
            layer.unstable.to_string(),
        ]
    });
    let header = [
        "method",
        "layer",
        "operator",
        "neurons",
        "mean width",
        "max width",
        "active",
        "inactive",
        "unstable",
    ];
    output::line(output::table(&header, 3, rows))
}
