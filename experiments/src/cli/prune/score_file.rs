//! Scores in files.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use nn_core::{Network, NodeId};
use pruning::{LayerScores, NeuronMask, hidden_layers};
use serde::{Deserialize, Serialize};

use crate::output_file::OutputFile;

/// The scores of a network, with where they come from.
#[derive(Serialize, Deserialize)]
pub(super) struct ScoreFile {
    pub(super) network: String,
    pub(super) network_sha256: String,
    pub(super) method: String,
    pub(super) layers: Vec<LayerEntry>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct LayerEntry {
    /// The name of the node that computes the pre-activations.
    layer: String,
    scores: Vec<f64>,
    /// Whether each unit stays; not read.
    #[serde(default)]
    kept: Vec<bool>,
}

impl ScoreFile {
    pub(super) fn new(
        (name, sha256): (String, String),
        method: String,
        network: &Network<f64>,
        scores: &[LayerScores],
        mask: &NeuronMask,
    ) -> Self {
        let entry = |(scores, mask): (&LayerScores, &pruning::LayerMask)| LayerEntry {
            layer: network.node(scores.layer()).name().to_owned(),
            scores: scores.scores().to_vec(),
            kept: mask.kept().to_vec(),
        };
        let layers = scores.iter().zip(mask.layers()).map(entry).collect();
        Self { network: name, network_sha256: sha256, method, layers }
    }

    /// Reads scores of a network with the layers given; they may come from another network of the same shape.
    pub(super) fn read(path: &Path, network: &Network<f64>) -> anyhow::Result<(Self, Vec<LayerScores>)> {
        let place = || path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", place()))?;
        let file: Self = serde_json::from_str(&text).with_context(place)?;
        let hidden = hidden_layers(network);
        let mut scores: Vec<(NodeId, LayerScores)> = Vec::with_capacity(file.layers.len());
        for entry in &file.layers {
            let layer = hidden.iter().find(|hidden| network.node(hidden.layer).name() == entry.layer);
            let Some(layer) = layer else {
                let names: Vec<&str> =
                    hidden.iter().map(|hidden| network.node(hidden.layer).name()).collect();
                bail!(
                    "{}: the network has no hidden layer `{}`; it has {}",
                    place(),
                    entry.layer,
                    names.join(", ")
                );
            };
            let (found, units) = (entry.scores.len(), layer.units);
            ensure!(
                found == units,
                "{}: layer `{}` has {found} scores, but the network's has {units} units",
                place(),
                entry.layer
            );
            ensure!(
                scores.iter().all(|(other, _)| *other != layer.layer),
                "{}: layer `{}` stands there twice",
                place(),
                entry.layer
            );
            scores.push((
                layer.layer,
                LayerScores::new(layer.layer, entry.scores.clone()).with_context(place)?,
            ));
        }
        scores.sort_by_key(|(layer, _)| *layer);
        Ok((file, scores.into_iter().map(|(_, scores)| scores).collect()))
    }

    /// Writes JSON, or a line a unit where the ending is `.csv`.
    pub(super) fn write(&self, file: OutputFile, path: &Path) -> anyhow::Result<()> {
        let is_csv = path.extension().is_some_and(|ending| ending == "csv");
        let written = file.write(|writer| {
            if is_csv {
                writeln!(writer, "layer,unit,score,kept")?;
                for entry in &self.layers {
                    for (unit, (score, kept)) in entry.scores.iter().zip(&entry.kept).enumerate() {
                        writeln!(writer, "{},{unit},{score},{}", quoted(&entry.layer), u8::from(*kept))?;
                    }
                }
                return Ok(());
            }
            serde_json::to_writer_pretty(&mut *writer, self)?;
            Ok(writeln!(writer)?)
        });
        written.with_context(|| format!("cannot write {}", path.display()))
    }
}

/// A field of a CSV file; names of nodes are free text.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_commas_are_quoted() {
        assert_eq!(quoted("/fc1/Gemm"), "/fc1/Gemm");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
