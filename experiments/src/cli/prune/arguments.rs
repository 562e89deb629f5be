//! What a person types after `greymatter prune`.

use std::path::PathBuf;
use std::str::FromStr;

use anyhow::{Context, bail, ensure};
use clap::{Args, ValueEnum};
use pruning::Threshold;
use pruning::baselines::RandomPool;
use pruning::importance::ImportanceMode;

use crate::cli::arguments::{Epsilon, Number, SolverArguments};
use crate::cli::given::GivenFlags;
use crate::data::DatasetName;

/// Score hidden neurons, remove the least important ones and write the smaller network as ONNX
///
/// Scores of method elaraby come from a mixed-integer program over a few training images (ElAraby, Wolf and Carvalho, arXiv
/// 2002.07259); a feature map of a convolution is scored as one. Accuracy before and after is that on the test images.
#[derive(Args)]
#[command(after_help = "Examples:
  greymatter prune net.onnx --data mnist --out pruned.onnx
  greymatter prune net.onnx --data mnist --mode v1 --per-class 2 --scores scores.json --heat-map scores.svg --out pruned.onnx
  greymatter prune net.onnx --data mnist --from-scores scores.json --method random --seed 1 --out random.onnx
  greymatter prune net.onnx --data mnist --method taylor --remove total:40% --out taylor.onnx
  greymatter prune net.onnx --data mnist --epsilon 0.02 --relaxed --ablation --remove layer:30% --out robust.onnx

Masked fine-tuning, and the smaller network of its result:
  greymatter prune net.onnx --data mnist --out pruned.onnx --mask kept.npz
  greymatter train --data mnist --init net.onnx --mask kept.npz --epochs 1 --out tuned.onnx
  greymatter prune tuned.onnx --data mnist --from-mask kept.npz --out tuned-pruned.onnx

The same from the first weights (lottery ticket), for a network that was trained with --seed 1:
  greymatter train --data mnist --arch 784-300-100-10 --seed 1 --epochs 0 --out first.onnx
  greymatter train --data mnist --init first.onnx --mask kept.npz --seed 1 --out ticket.onnx

What goes: below:0.1 (scores below), below-mean (of the layer), layer:30% (of each layer), total:30% (of all units) or
counts:12,5 (so many of each layer), those with the least scores. Default: below:0.001 for mode v1, else below:0.1; methods
magnitude, snip and taylor have none. With method random and critical the rule counts how many of each layer go.

The program of a convolutional network on all images at once can take many minutes; with --by-class its parts take seconds.
Without --solver, HiGHS solves the program where it is part of the build, but for --mode sound with binary phases.")]
pub(in crate::cli) struct PruneArguments {
    #[command(flatten)]
    pub(super) given: GivenFlags,
    /// The network, an ONNX or .nnet file
    pub(super) network: PathBuf,
    /// Data set: digits (part of the program), mnist, fashion-mnist
    #[arg(long, value_name = "NAME")]
    pub(super) data: DatasetName,
    /// Folder that holds the data sets; default: $GREYMATTER_DATA, ../shared/data, the user's cache folder
    #[arg(long, value_name = "DIR")]
    pub(super) data_dir: Option<PathBuf>,
    /// How units are chosen
    #[arg(long, value_enum, default_value_t = PruneMethod::Elaraby)]
    pub(super) method: PruneMethod,
    /// Which units go: below:0.1, below-mean, layer:30%, total:30% or counts:12,5 (see below)
    #[arg(long, value_name = "RULE")]
    pub(super) remove: Option<RemovalRule>,
    /// The ONNX file to write: the smaller network
    #[arg(long, value_name = "FILE")]
    pub(super) out: PathBuf,
    /// Keep the biases of units that go, as the published code does: they emit max(bias, 0), which layers behind take over
    #[arg(long)]
    pub(super) keep_bias: bool,
    /// Print one JSON object
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten, next_help_heading = "Files")]
    pub(super) files: FileArguments,
    #[command(flatten, next_help_heading = "Images that scores come from")]
    pub(super) images: ImageArguments,
    #[command(flatten, next_help_heading = "The importance program")]
    pub(super) program: ProgramArguments,
    #[command(flatten, next_help_heading = "Robustness")]
    pub(super) attacker: AttackerArguments,
    #[command(flatten, next_help_heading = "Solver")]
    pub(super) solver: SolverArguments,
}

/// What is read and written beside the networks.
#[derive(Args)]
pub(super) struct FileArguments {
    /// Scores to write, .json or .csv
    #[arg(long, value_name = "FILE")]
    pub(super) scores: Option<PathBuf>,
    /// Take the scores of this .json file instead of computing them
    #[arg(long, value_name = "FILE")]
    pub(super) from_scores: Option<PathBuf>,
    /// Which weights stay, to write as .npz for `train --mask`
    #[arg(long, value_name = "FILE")]
    pub(super) mask: Option<PathBuf>,
    /// Take the units that have no weight in this .npz mask instead of scoring any
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from_scores", "scores", "heat_map", "method", "remove"])]
    pub(super) from_mask: Option<PathBuf>,
    /// The masked network to write as ONNX: of the same size, with the weights of units that go at 0
    #[arg(long, value_name = "FILE")]
    pub(super) masked: Option<PathBuf>,
    /// An SVG picture of all scores to write
    #[arg(long, value_name = "FILE")]
    pub(super) heat_map: Option<PathBuf>,
}

/// Which training images.
#[derive(Args)]
pub(super) struct ImageArguments {
    /// Images of each class, among those that the network classifies rightly; default: 1, for snip and taylor 10
    #[arg(long, value_name = "N")]
    pub(super) per_class: Option<usize>,
    /// Which of a class come first
    #[arg(long, value_enum, default_value_t = PreferenceName::Least)]
    pub(super) choose: PreferenceName,
}

/// How the importance program is written.
#[derive(Args)]
pub(super) struct ProgramArguments {
    /// Which program [default: head, with --epsilon sound]
    #[arg(long, value_enum)]
    pub(super) mode: Option<ModeName>,
    /// Let phases be anything between 0 and 1: a linear program
    #[arg(long)]
    pub(super) relaxed: bool,
    /// Weight of the cross-entropy beside the sparsity term
    #[arg(long, value_name = "WEIGHT", default_value = "5", allow_negative_numbers = true)]
    pub(super) lambda: Number,
    /// One program a class, scores averaged
    #[arg(long)]
    pub(super) by_class: bool,
    /// One program a layer, the last first, with later scores kept: for deep networks; --time-limit is for each layer
    #[arg(long, conflicts_with = "by_class")]
    pub(super) layer_by_layer: bool,
    /// Gap of objective and bound at which the cuts of the cross-entropy end
    #[arg(long, value_name = "GAP", default_value = "1e-5", allow_negative_numbers = true)]
    pub(super) gap: Number,
    /// Cost of a score that makes ties alike for all solvers; 0 leaves them to the solver
    #[arg(long, value_name = "COST", default_value = "1e-5", allow_negative_numbers = true)]
    pub(super) tie_break: Number,
    /// Among which units method random chooses
    #[arg(long, value_enum, default_value_t = PoolName::All)]
    pub(super) random_pool: PoolName,
}

/// Against whom units are scored.
#[derive(Args)]
pub(super) struct AttackerArguments {
    /// Score units against an attacker who may move each image by so much in l-infinity, within [0, 1]; --mode sound
    #[arg(long, value_name = "E")]
    pub(super) epsilon: Option<Epsilon>,
    /// How often the attacker's points are added at most
    #[arg(long, value_name = "N", default_value_t = 10, requires = "epsilon")]
    pub(super) rounds: usize,
    /// Gap of upper and lower bound at which that ends
    #[arg(long, value_name = "GAP", default_value = "0.01", requires = "epsilon")]
    pub(super) robust_gap: Number,
    /// Also remove each unit in turn and attack what is left exactly, before and after the pruning; says how far the ranking by
    /// margins lost agrees with the scores
    #[arg(long, requires = "epsilon", conflicts_with_all = ["from_mask", "from_scores"])]
    pub(super) ablation: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PruneMethod {
    /// Least scores of the importance program
    Elaraby,
    /// As many of each layer, at random
    Random,
    /// As many of each layer, those with the greatest scores: a control
    Critical,
    /// Least sums of absolute incoming weights
    Magnitude,
    /// Least sensitivity of the loss to incoming weights (Lee et al.)
    Snip,
    /// Least change of the loss to first order (Molchanov et al.)
    Taylor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ModeName {
    /// The public code of March 2020: fully connected layers, shifts that may be negative
    V1,
    /// The public code of January 2021: feature maps too, layers weighed by their size
    Head,
    /// Rows that hold whatever the scores are; with binary phases much slower
    Sound,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PreferenceName {
    /// The least confident ones
    Least,
    /// The most confident ones
    Most,
    /// Any, by --seed
    Random,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PoolName {
    /// All units of a layer, each once
    All,
    /// Those above their layer's mean score, drawn with replacement (published in 2020)
    AboveMean,
    /// Those with a score above 0, drawn with replacement (published in 2021)
    Positive,
}

/// Which units go.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RemovalRule {
    /// Those on one side of a threshold.
    Threshold(Threshold),
    /// So many of each layer.
    Counts(Vec<usize>),
}

impl PruneArguments {
    /// Which program is solved.
    pub(super) fn mode(&self) -> ModeName {
        let usual = if self.attacker.epsilon.is_some() { ModeName::Sound } else { ModeName::Head };
        self.program.mode.unwrap_or(usual)
    }
}

impl PruneMethod {
    /// The method's name on the command line.
    pub(super) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Whether its scores come from the importance program.
    pub(super) fn uses_program(self) -> bool {
        matches!(self, Self::Elaraby | Self::Random | Self::Critical)
    }
}

impl From<ModeName> for ImportanceMode {
    fn from(mode: ModeName) -> Self {
        match mode {
            ModeName::V1 => Self::V1,
            ModeName::Head => Self::Head,
            ModeName::Sound => Self::Sound,
        }
    }
}

impl From<PoolName> for RandomPool {
    fn from(pool: PoolName) -> Self {
        match pool {
            PoolName::All => Self::All,
            PoolName::AboveMean => Self::AboveMean,
            PoolName::Positive => Self::Positive,
        }
    }
}

impl FromStr for RemovalRule {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let number = |text: &str| text.parse::<f64>().with_context(|| format!("`{text}` is no number"));
        let share = |text: &str| {
            let percent = text.strip_suffix('%').context("expected a share such as 30%")?;
            let share = number(percent)? / 100.0;
            ensure!((0.0..=1.0).contains(&share), "a share lies between 0% and 100%");
            anyhow::Ok(share)
        };
        Ok(match text.split_once(':') {
            Some(("below", score)) => {
                let score = number(score)?;
                ensure!((0.0..=1.0).contains(&score), "scores lie between 0 and 1");
                Self::Threshold(Threshold::Absolute(score))
            }
            Some(("layer", text)) => Self::Threshold(Threshold::LayerShare(share(text)?)),
            Some(("total", text)) => Self::Threshold(Threshold::TotalShare(share(text)?)),
            Some(("counts", counts)) => {
                let count =
                    |text: &str| text.parse().with_context(|| format!("`{text}` is no number of units"));
                Self::Counts(counts.split(',').map(count).collect::<anyhow::Result<_>>()?)
            }
            None if text == "below-mean" => Self::Threshold(Threshold::LayerMean),
            _ => bail!("expected below:0.1, below-mean, layer:30%, total:30% or counts:12,5"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read() {
        let check = |text: &str, expected: RemovalRule| {
            assert_eq!(
                text.parse::<RemovalRule>().unwrap_or_else(|error| panic!("{text}: {error}")),
                expected
            );
        };
        check("below:0.1", RemovalRule::Threshold(Threshold::Absolute(0.1)));
        check("below-mean", RemovalRule::Threshold(Threshold::LayerMean));
        check("layer:30%", RemovalRule::Threshold(Threshold::LayerShare(0.3)));
        check("total:0.5%", RemovalRule::Threshold(Threshold::TotalShare(0.005)));
        check("counts:12,5", RemovalRule::Counts(vec![12, 5]));
        for wrong in
            ["", "0.1", "below", "below:x", "below:2", "layer:0.3", "total:130%", "counts:1,-2", "mean"]
        {
            assert!(wrong.parse::<RemovalRule>().is_err(), "{wrong}");
        }
    }
}
