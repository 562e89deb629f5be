//! Scores against an attacker, and how they agree with exact ablation.

use milp_encode::property::DataRange;
use nn_core::Network;
use pruning::importance::{ImportanceConfig, ScoredImage};
use pruning::robustness::{
    Ablation, RobustConfig, RobustImportance, ablate, kendall_tau, robust_importance, top_overlap,
};
use pruning::{LayerScores, NeuronMask, Samples, hidden_layers};
use serde::Serialize;
use solver_api::{Budget, Cancellation, Options, Solver};
use verify::BranchAndBound;

use super::arguments::AttackerArguments;
use crate::cli::{output, progress};

/// What constraint generation came to.
#[derive(Serialize)]
pub(super) struct RobustRow {
    epsilon: f64,
    /// The scores' objective at the worst points that were found.
    value: f64,
    lower_bound: Option<f64>,
    upper_bound: Option<f64>,
    is_closed: bool,
    rounds: usize,
    /// Of all images together.
    points: usize,
}

/// How far scores and exact ablation agree on a network.
#[derive(Serialize)]
pub(super) struct AblationRow {
    /// `before` or `after` the pruning.
    network: &'static str,
    epsilon: f64,
    images: usize,
    /// Images whose margin is proven positive in the whole box.
    certified: usize,
    /// Of the network with all units.
    mean_margin: f64,
    /// False where Ctrl-C came first; there is no agreement then.
    is_complete: bool,
    /// Of all units, then layer by layer; none where kept biases left a layer of another kind behind.
    agreement: Vec<AgreementRow>,
}

#[derive(Serialize)]
struct AgreementRow {
    /// `all`, or the layer's name.
    layer: String,
    units: usize,
    /// Kendall's tau-b of scores and margins lost; null where one of them orders nothing.
    kendall: Option<f64>,
    /// A quarter of the units, rounded up.
    top: usize,
    /// The share of the top units by score that are among those by margins lost.
    top_overlap: Option<f64>,
}

/// The images with the boxes that the attacker may choose from.
pub(super) fn boxes(samples: Samples<'_>, epsilon: f64) -> anyhow::Result<Vec<ScoredImage>> {
    let image = |index| {
        let (image, label) = samples.sample(index);
        Ok(ScoredImage::around(image, label, epsilon, Some(DataRange::UNIT))?)
    };
    (0..samples.len()).map(image).collect()
}

/// Scores by constraint generation, with branch and bound of our own as the attacker.
pub(super) fn scores(
    (network, images): (&Network<f64>, &[ScoredImage]),
    importance: ImportanceConfig,
    attacker: &AttackerArguments,
    (solver, options): (&dyn Solver, &Options),
    budget: &Budget,
) -> anyhow::Result<RobustImportance> {
    let config = RobustConfig { importance, gap: attacker.robust_gap.0, rounds: attacker.rounds };
    let line = progress::line();
    let oracle = BranchAndBound::default();
    let found =
        robust_importance(network, images, &config, (solver, options), &oracle, budget, &mut |round| {
            line.set_message(format!(
                "round {}: between {:.6} and {:.6}, {} points",
                round.round, round.lower_bound, round.upper_bound, round.points
            ));
        })?;
    line.finish_and_clear();
    Ok(found)
}

impl RobustRow {
    pub(super) fn new(epsilon: f64, found: &RobustImportance) -> Self {
        let finite = |value: f64| value.is_finite().then_some(value);
        Self {
            epsilon,
            value: found.value,
            lower_bound: finite(found.lower_bound),
            upper_bound: finite(found.upper_bound),
            is_closed: found.is_closed,
            rounds: found.rounds,
            points: found.images.iter().map(|image| image.points().nrows()).sum(),
        }
    }

    pub(super) fn print(&self) -> anyhow::Result<()> {
        let number =
            |value: Option<f64>| value.map_or_else(|| "none".to_owned(), |value| format!("{value:.6}"));
        output::line(format_args!(
            "against an attacker at epsilon {}: objective between {} and {} ({:.6} at the worst points found); {} rounds, {} points{}",
            self.epsilon,
            number(self.lower_bound),
            number(self.upper_bound),
            self.value,
            self.rounds,
            self.points,
            if self.is_closed { "" } else { "; the gap is open" }
        ))
    }
}

/// Ablates a network's units, and compares what they cost with their scores, layer by layer in order.
pub(super) fn ablation(
    name: &'static str,
    (network, images): (&Network<f64>, &[ScoredImage]),
    epsilon: f64,
    scores: &[Vec<f64>],
    cancellation: &Cancellation,
) -> anyhow::Result<AblationRow> {
    let hidden = hidden_layers(network);
    let units = hidden.iter().map(|hidden| hidden.units).sum::<usize>();
    let bar = progress::bar(units as u64, "units ablated");
    let budget = Budget::unlimited().with_cancellation(cancellation.clone());
    let oracle = BranchAndBound::default();
    let ablation = ablate(network, images, &oracle, &budget, &mut |_| bar.inc(1))?;
    bar.finish_and_clear();
    let fits = hidden.iter().map(|hidden| hidden.units).eq(scores.iter().map(Vec::len));
    let agreement =
        if ablation.is_complete && fits { agreements(network, &ablation, scores) } else { Vec::new() };
    Ok(AblationRow {
        network: name,
        epsilon,
        images: images.len(),
        certified: ablation.whole.certified,
        mean_margin: ablation.whole.mean_margin,
        is_complete: ablation.is_complete,
        agreement,
    })
}

fn agreements(network: &Network<f64>, ablation: &Ablation, scores: &[Vec<f64>]) -> Vec<AgreementRow> {
    let row = |layer: String, scores: &[f64], lost: &[f64]| {
        let top = scores.len().div_ceil(4);
        AgreementRow {
            layer,
            units: scores.len(),
            kendall: kendall_tau(scores, lost),
            top,
            top_overlap: top_overlap(scores, lost, top),
        }
    };
    let lost = ablation.importance();
    let mut rows = vec![row("all".to_owned(), &scores.concat(), &lost)];
    let mut first = 0;
    for (hidden, scores) in hidden_layers(network).into_iter().zip(scores) {
        let own = &lost[first..first + scores.len()];
        rows.push(row(network.node(hidden.layer).name().to_owned(), scores, own));
        first += scores.len();
    }
    rows
}

/// The scores of all units of a network, layer by layer as [`hidden_layers`] has them; `None` where a layer has none.
pub(super) fn all_scores(network: &Network<f64>, scores: &[LayerScores]) -> Option<Vec<Vec<f64>>> {
    let of_layer = |hidden: pruning::HiddenLayer| {
        scores.iter().find(|scores| scores.layer() == hidden.layer).map(|scores| scores.scores().to_vec())
    };
    hidden_layers(network).into_iter().map(of_layer).collect()
}

/// The scores of the units that stay; of a layer that would be empty, that of its first unit, which stays silenced.
pub(super) fn kept_scores(scores: &[Vec<f64>], mask: &NeuronMask) -> Vec<Vec<f64>> {
    let of_layer = |(scores, mask): (&Vec<f64>, &pruning::LayerMask)| -> Vec<f64> {
        let kept = scores.iter().zip(mask.kept()).filter(|(_, kept)| **kept).map(|(score, _)| *score);
        let kept: Vec<f64> = kept.collect();
        if kept.is_empty() { scores[..1].to_vec() } else { kept }
    };
    scores.iter().zip(mask.layers()).map(of_layer).collect()
}

/// The tables of all ablations.
pub(super) fn print_ablations(ablations: &[AblationRow]) -> anyhow::Result<()> {
    let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
    let rows = ablations.iter().flat_map(|ablation| {
        ablation.agreement.iter().map(move |row| {
            vec![
                ablation.network.to_owned(),
                row.layer.clone(),
                row.units.to_string(),
                number(row.kendall),
                row.top.to_string(),
                number(row.top_overlap),
            ]
        })
    });
    output::line(output::table(
        &["scores and exact ablation", "layer", "units", "Kendall's tau", "top", "overlap"],
        2,
        rows,
    ))?;
    for ablation in ablations {
        output::line(format_args!(
            "{} pruning: {} of {} images certified at epsilon {}, mean margin {:.4}",
            ablation.network, ablation.certified, ablation.images, ablation.epsilon, ablation.mean_margin
        ))?;
    }
    Ok(())
}
