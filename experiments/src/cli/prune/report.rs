//! What a pruning prints.

use nn_core::Network;
use pruning::{LayerScores, NeuronMask, hidden_layers};
use serde::Serialize;
use training::Examples;

use super::robust::{AblationRow, RobustRow, print_ablations};
use super::scoring::ProgramRow;
use crate::cli::output;

/// A network, its mask, and what became of it.
#[derive(Serialize)]
pub(super) struct PruneRow {
    pub(super) network: String,
    pub(super) data: String,
    /// `mask` where one was taken from a file.
    pub(super) method: String,
    pub(super) pruned: String,
    pub(super) before: Measured,
    pub(super) after: Measured,
    /// Units of the layers that the mask speaks of, and those of them that went.
    pub(super) units: usize,
    pub(super) removed: usize,
    pub(super) layers: Vec<LayerRow>,
    /// The greatest difference of an output between the masked and the smaller network on all test images, in f64.
    pub(super) largest_difference: f64,
    /// The training images that the scores come from.
    pub(super) images: Vec<usize>,
    pub(super) programs: Vec<ProgramRow>,
    /// Null without an attacker.
    pub(super) robust: Option<RobustRow>,
    /// Before and after, where they were asked for.
    pub(super) ablations: Vec<AblationRow>,
    /// Wall time of scoring.
    pub(super) scoring_seconds: f64,
    pub(super) interrupted: bool,
}

/// How large a network is and how good on the test images.
#[derive(Serialize)]
pub(super) struct Measured {
    accuracy: f64,
    loss: f64,
    hidden_units: usize,
    parameters: usize,
}

/// One layer of the mask.
#[derive(Serialize)]
pub(super) struct LayerRow {
    layer: String,
    operator: &'static str,
    units: usize,
    removed: usize,
    /// Of the scores; null without any.
    least: Option<f64>,
    mean: Option<f64>,
    greatest: Option<f64>,
}

impl Measured {
    pub(super) fn new(network: &Network<f32>, examples: Examples<'_>) -> anyhow::Result<Self> {
        let evaluation = training::evaluate(network, examples)?;
        Ok(Self {
            accuracy: evaluation.accuracy(),
            loss: evaluation.loss,
            hidden_units: hidden_layers(network).iter().map(|hidden| hidden.units).sum(),
            parameters: network.parameter_count(),
        })
    }
}

/// One row for each layer of the mask.
pub(super) fn layer_rows(network: &Network<f64>, scores: &[LayerScores], mask: &NeuronMask) -> Vec<LayerRow> {
    let row = |mask: &pruning::LayerMask| {
        let scores = scores.iter().find(|scores| scores.layer() == mask.layer()).map(LayerScores::scores);
        let node = network.node(mask.layer());
        LayerRow {
            layer: node.name().to_owned(),
            operator: node.op().name(),
            units: mask.kept().len(),
            removed: mask.removed_count(),
            least: scores.map(|scores| scores.iter().copied().fold(f64::INFINITY, f64::min)),
            mean: scores.map(|scores| scores.iter().sum::<f64>() / scores.len() as f64),
            greatest: scores.map(|scores| scores.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        }
    };
    mask.layers().iter().map(row).collect()
}

impl PruneRow {
    pub(super) fn print(&self) -> anyhow::Result<()> {
        let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
        let rows = self.layers.iter().map(|row| {
            let counts = [row.units, row.removed].map(|count| count.to_string());
            let scores = [row.least, row.mean, row.greatest].map(number);
            [row.layer.clone(), row.operator.to_owned()].into_iter().chain(counts).chain(scores).collect()
        });
        let header = ["layer", "operator", "units", "removed", "least score", "mean", "greatest"];
        output::line(output::table(&header, 2, rows))?;
        for program in &self.programs {
            output::line(program.described())?;
        }
        if let Some(robust) = &self.robust {
            robust.print()?;
        }
        if !self.ablations.is_empty() {
            print_ablations(&self.ablations)?;
        }
        let rows = [("before", &self.before), ("after", &self.after)].map(|(name, measured)| {
            vec![
                name.to_owned(),
                format!("{:.2} %", 100.0 * measured.accuracy),
                format!("{:.4}", measured.loss),
                measured.hidden_units.to_string(),
                measured.parameters.to_string(),
            ]
        });
        output::line(output::table(&["", "accuracy", "loss", "hidden units", "parameters"], 1, rows))?;
        let share = 100.0 * self.removed as f64 / self.units.max(1) as f64;
        output::line(format_args!(
            "{}: {} of {} units removed ({share:.1} %); outputs differ from the masked network's by at most {:.1e}",
            self.pruned, self.removed, self.units, self.largest_difference
        ))
    }
}

impl ProgramRow {
    fn described(&self) -> String {
        let class = self.class.map_or_else(String::new, |class| format!("class {class}: "));
        let layer = self.layer.as_ref().map_or_else(String::new, |layer| format!("{layer}: "));
        let bound = self.lower_bound.map_or_else(|| "none".to_owned(), |bound| format!("{bound:.6}"));
        let proof = if self.is_proven { "proven" } else { "not proven" };
        let replayed = if (self.cross_entropy - self.replayed_cross_entropy).abs() > 1e-3 {
            format!(" (of the network {:.4})", self.replayed_cross_entropy)
        } else {
            String::new()
        };
        format!(
            "{class}{layer}objective {:.6} (with the tie-break {:.6}, bound {bound}, {proof}), cross-entropy {:.4}{replayed}; {} solves, {} cuts, {:.2} s",
            self.objective, self.minimised, self.cross_entropy, self.rounds, self.cuts, self.solver_seconds
        )
    }
}
