use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use milp_encode::bounds::{NetworkBounds, compute_bounds};
use milp_encode::property::{DataRange, InputBox};
use nn_core::{Network, NodeId, Op};
use serde::Serialize;

use super::arguments::{DataArguments, Epsilon, Seconds, example};
use super::{Completion, output};
use crate::bound_methods::{BoundMethods, BoundSolvers};
use crate::bounds_map;
use crate::network_file;
use crate::output_file::OutputFile;

/// Show how wide the proven ranges of every layer's neurons are, and how many ReLUs they leave open
///
/// One block of rows for interval arithmetic and one after each further method, which works on what the methods before it
/// left open.
#[derive(Args)]
#[command(after_help = "Examples:
  greymatter bounds net.onnx --data mnist --image 0 --epsilon 0.05
  greymatter bounds net.onnx --data mnist --image 0 --epsilon 0.05 --bounds crown --heat-map bounds.svg")]
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
    /// Methods to tighten interval arithmetic with, one after the other
    #[arg(long, value_name = "METHODS", default_value = "crown")]
    bounds: BoundMethods,
    /// Seconds for all methods behind the first together; no limit by default
    #[arg(long, value_name = "SECONDS")]
    bounds_time_limit: Option<Seconds>,
    /// Do not cut the input box to the data's range [0, 1]
    #[arg(long)]
    no_clip: bool,
    /// An SVG picture to write: a cell for every neuron under the last method, by phase and width
    #[arg(long, value_name = "FILE")]
    heat_map: Option<PathBuf>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct LayerBounds {
    /// The last method of the chain.
    method: String,
    layer: String,
    operator: &'static str,
    neurons: usize,
    mean_width: f64,
    max_width: f64,
    active: usize,
    inactive: usize,
    unstable: usize,
    /// Wall time of the whole chain up to this method, for all layers.
    seconds: f64,
}

pub(super) fn run(arguments: &BoundsArguments) -> anyhow::Result<Completion> {
    let network = network_file::read(&arguments.network)?.network;
    let dataset = arguments.data.load()?;
    network_file::check_fits(&network, &dataset)?;
    let (image, _) = example(&dataset, arguments.image)?;
    let range = (!arguments.no_clip).then_some(DataRange::UNIT);
    let input = InputBox::around(image.mapv(f64::from).view(), arguments.epsilon.0, range)?;
    let map_file = arguments.heat_map.as_deref().map(OutputFile::create).transpose()?;
    let solvers = BoundSolvers::find(&arguments.bounds, None)?;
    let limit = arguments.bounds_time_limit.map(|limit| limit.0);
    let mut layers = Vec::new();
    let mut last = None;
    for (method, methods) in arguments.bounds.growing() {
        let started = Instant::now();
        let bounds = compute_bounds(&network, &input, &methods.chain(&solvers, limit))?;
        let seconds = started.elapsed().as_secs_f64();
        let of = |id| layer_bounds(&network, &bounds, id, (&method, seconds));
        layers.extend(network.node_ids().filter_map(of));
        last = Some(bounds);
    }
    if arguments.json {
        layers.iter().try_for_each(output::json)?;
    } else {
        print(&layers)?;
    }
    if let (Some(file), Some(path), Some(bounds)) = (map_file, &arguments.heat_map, &last) {
        let title = format!(
            "{}, image {} of {}, epsilon {}, {}",
            arguments.network.file_name().unwrap_or_default().display(),
            arguments.image,
            dataset.name(),
            arguments.epsilon.0,
            arguments.bounds
        );
        let svg = bounds_map::heat_map(&title, &network, bounds)?;
        let written = file.write(|writer| Ok(writer.write_all(svg.as_bytes())?));
        written.with_context(|| format!("cannot write {}", path.display()))?;
        output::note(format_args!("the heat map is in {}", path.display()));
    }
    Ok(Completion::Done)
}

/// The pre-activations of a layer of ReLUs, or the network's outputs.
fn layer_bounds(
    network: &Network<f64>,
    bounds: &NetworkBounds,
    id: NodeId,
    (method, seconds): (&str, f64),
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
        method: method.to_owned(),
        layer: node.name().to_owned(),
        operator: node.op().name(),
        neurons: widths.len(),
        mean_width: widths.mean().unwrap_or(0.0),
        max_width: widths.iter().copied().fold(0.0, f64::max),
        active: phases.active,
        inactive: phases.inactive,
        unstable: phases.unstable,
        seconds,
    })
}

fn print(layers: &[LayerBounds]) -> anyhow::Result<()> {
    let rows = layers.iter().map(|layer| {
        vec![
            layer.method.clone(),
            layer.layer.clone(),
            layer.operator.to_owned(),
            layer.neurons.to_string(),
            format!("{:.4}", layer.mean_width),
            format!("{:.4}", layer.max_width),
            layer.active.to_string(),
            layer.inactive.to_string(),
            layer.unstable.to_string(),
            format!("{:.3}", layer.seconds),
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
        "seconds",
    ];
    output::line(output::table(&header, 3, rows))
}
