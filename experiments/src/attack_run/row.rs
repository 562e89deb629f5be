use attacks::Verdict;
use milp_encode::Witness;
use ndarray::ArrayView1;
use serde::{Deserialize, Serialize};

use super::RunSettings;

/// The result of one attack, as it is printed and stored.
///
/// Keys may be added in later versions, never renamed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AttackRow {
    /// Position in the data set's split.
    pub(crate) image: usize,
    pub(crate) label: usize,
    /// The class that the network gives the unchanged image.
    pub(crate) predicted: usize,
    /// The class aimed at; null for any other than the label.
    pub(crate) target: Option<usize>,
    /// Radius in input units; where distortion is minimised, the greatest that matters, or null.
    pub(crate) epsilon: Option<f64>,
    pub(crate) verdict: VerdictName,
    /// The least margin found, label's output minus target's; null where distortion is minimised.
    pub(crate) objective: Option<f64>,
    /// A proven lower bound of the margin.
    pub(crate) dual_bound: Option<f64>,
    /// Distance of the witness from the image, in the row's norm.
    pub(crate) distortion: Option<f64>,
    /// No adversarial example is nearer than this; null where margins are minimised.
    pub(crate) distortion_bound: Option<f64>,
    /// Neurons and inputs of maxima that bounds leave open, and with them binaries of the model in formulations that have
    /// some; where distortion is minimised, the binaries of the largest model that was searched. Null where nothing is
    /// solved.
    pub(crate) binaries: Option<usize>,
    pub(crate) nodes: Option<u64>,
    /// Gradients, or queries of an attack without them; null where a solver answers.
    pub(crate) iterations: Option<usize>,
    /// Wall time of the search; of images that are searched side by side, each one's share.
    pub(crate) seconds: f64,
    /// Whether there is a witness: an adversarial example replayed in f64 and f32.
    pub(crate) adversarial: bool,
    /// The witness's margin computed in f64.
    pub(crate) witness_margin: Option<f64>,
    /// The witness's margin computed in f32.
    pub(crate) witness_margin_f32: Option<f64>,
    /// The margin of the unchanged image.
    pub(crate) clean_margin: f64,
    /// Wall time of bounds and model, once for all targets of the image.
    pub(crate) prepare_seconds: f64,
    /// The loss of every iterate of a search, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) loss_trace: Option<Vec<f32>>,
    #[serde(flatten)]
    pub(crate) settings: RunSettings,
    pub(crate) solver_version: Option<String>,
    /// The engine's own words.
    pub(crate) status: String,
}

/// What an attack established.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum VerdictName {
    /// The least margin is known with proof.
    Optimal,
    /// There is a witness.
    Falsified,
    /// There is none.
    Certified,
    /// Neither is known.
    Unknown,
}

impl From<Verdict> for VerdictName {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Optimal => VerdictName::Optimal,
            Verdict::Falsified => VerdictName::Falsified,
            Verdict::Certified => VerdictName::Certified,
            Verdict::Unknown => VerdictName::Unknown,
        }
    }
}

impl VerdictName {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            VerdictName::Optimal => "optimal",
            VerdictName::Falsified => "falsified",
            VerdictName::Certified => "certified",
            VerdictName::Unknown => "unknown",
        }
    }
}

/// An adversarial example, stored beside its row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct WitnessRow {
    pub(crate) image: usize,
    pub(crate) target: Option<usize>,
    pub(crate) epsilon: Option<f64>,
    /// The input's values in row-major order.
    pub(crate) input: Vec<f32>,
    /// The network's output on it, computed in f64.
    pub(crate) output: Vec<f64>,
}

impl WitnessRow {
    pub(super) fn new(row: &AttackRow, witness: &Witness) -> Self {
        Self {
            image: row.image,
            target: row.target,
            epsilon: row.epsilon,
            input: witness.input.to_vec(),
            output: witness.output.to_vec(),
        }
    }
}

/// The classes that a row's target stands for.
pub(super) fn target_classes(
    count: usize,
    label: usize,
    target: Option<usize>,
) -> impl Iterator<Item = usize> {
    (0..count).filter(move |class| target.map_or(*class != label, |target| target == *class))
}

/// The least margin over a row's target classes.
pub(super) fn least_margin(output: ArrayView1<'_, f64>, label: usize, target: Option<usize>) -> f64 {
    let margins = target_classes(output.len(), label, target).map(|class| output[label] - output[class]);
    margins.fold(f64::INFINITY, f64::min)
}
