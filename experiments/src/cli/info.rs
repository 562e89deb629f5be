use std::path::PathBuf;

use clap::Args;

use super::{Completion, info_network, info_property};
use crate::property_file;

/// Show a network's layers, shapes, parameters and ReLUs, or a property's input sets and output conditions
#[derive(Args)]
#[command(after_help = "Examples:
  greymatter info net.onnx
  greymatter info prop.vnnlib --json")]
pub(super) struct InfoArguments {
    /// The network, an ONNX or .nnet file, or the property, a .vnnlib or .vnnlib.gz file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
}

pub(super) fn run(arguments: &InfoArguments) -> anyhow::Result<Completion> {
    if property_file::is_property(&arguments.file) {
        info_property::show(arguments)?;
    } else {
        info_network::show(arguments)?;
    }
    Ok(Completion::Done)
}
