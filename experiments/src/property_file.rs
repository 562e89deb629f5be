//! Properties in VNN-LIB files.

use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, ensure};
use flate2::read::MultiGzDecoder;
use nn_core::Network;
use verify::Specification;

use crate::checksum;

/// Against files that unpack without end; the largest property known here has 21 MB.
const MOST_BYTES: u64 = 1 << 30;

/// A property with what identifies its file.
pub(crate) struct PropertyFile {
    pub(crate) property: Specification,
    /// SHA-256 of the file's bytes, in hexadecimal.
    pub(crate) sha256: String,
    /// Size of the file in bytes.
    pub(crate) size: usize,
}

/// Whether a file is a property by its name, `.vnnlib` or `.vnnlib.gz`.
pub(crate) fn is_property(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    name.strip_suffix(".gz").unwrap_or(&name).ends_with(".vnnlib")
}

/// Reads a property; whether it is gzipped shows in its first two bytes.
pub(crate) fn read(path: &Path) -> anyhow::Result<PropertyFile> {
    let place = || path.display().to_string();
    ensure!(
        is_property(path),
        "{}: unknown ending; properties are read from .vnnlib and .vnnlib.gz files",
        place()
    );
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let property = if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut text = Vec::new();
        MultiGzDecoder::new(bytes.as_slice()).take(MOST_BYTES).read_to_end(&mut text).with_context(place)?;
        verify::read_vnnlib(&text)
    } else {
        verify::read_vnnlib(&bytes)
    };
    Ok(PropertyFile {
        property: property.with_context(place)?,
        sha256: checksum::sha256(&bytes),
        size: bytes.len(),
    })
}

/// Fails early where a property does not speak of a network's inputs and outputs.
pub(crate) fn check_fits(property: &Specification, network: &Network<f64>) -> anyhow::Result<()> {
    let (input, output) = (network.input_shape(), network.output_shape());
    let (inputs, outputs) = (property.input_count(), property.output_count());
    ensure!(
        inputs == network.input_count(),
        "the network takes {} inputs {input}, but the property declares {inputs}",
        network.input_count()
    );
    ensure!(
        outputs == network.output_count(),
        "the network has {} outputs {output}, but the property declares {outputs}",
        network.output_count()
    );
    Ok(())
}
