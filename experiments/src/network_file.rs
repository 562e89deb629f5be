//! Networks in files.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use nn_core::{Network, NnetUnits};

use crate::checksum;

/// A network with what identifies its file.
pub(crate) struct NetworkFile {
    pub(crate) network: Network<f64>,
    /// SHA-256 of the file's bytes, in hexadecimal.
    pub(crate) sha256: String,
    /// Size of the file in bytes.
    pub(crate) size: usize,
}

/// Reads an ONNX or `.nnet` file; its ending says which.
pub(crate) fn read(path: &Path) -> anyhow::Result<NetworkFile> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let place = || path.display().to_string();
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let network = match ending {
        "onnx" => nn_core::read_onnx(&bytes).with_context(place)?,
        "nnet" => nn_core::read_nnet(&bytes, NnetUnits::Physical).with_context(place)?,
        _ => bail!("{}: unknown ending; networks are read from .onnx and .nnet files", place()),
    };
    Ok(NetworkFile { network, sha256: checksum::sha256(&bytes), size: bytes.len() })
}

/// Fails early where a network does not take images of a data set.
pub(crate) fn check_fits<T: nn_core::Scalar>(
    network: &Network<T>,
    dataset: &crate::data::Dataset,
) -> anyhow::Result<()> {
    let (inputs, pixels) = (network.input_count(), dataset.shape().element_count());
    if inputs != pixels {
        let (input, image) = (network.input_shape(), dataset.shape());
        bail!(
            "the network takes {inputs} inputs {input}, but images of {} have {pixels} values {image}",
            dataset.name()
        );
    }
    let (outputs, classes) = (network.output_count(), dataset.classes());
    if outputs != classes {
        bail!("the network has {outputs} outputs, but {} has {classes} classes", dataset.name());
    }
    Ok(())
}
