use milp_encode::property::{InputSet, LinearFunction};
use milp_encode::{MarginError, MarginGoal, MarginOracle, Proof};
use nn_core::Network;
use solver_api::Budget;

use crate::importance::ScoredImage;
use crate::{LayerMask, NeuronMask, Silencing, hidden_layers};

/// How robust a network is on some images, by exact attacks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExactRobustness {
    /// The mean over the images of the least margin over the region, against any other class: the least value that was found,
    /// or the lower bound where none was.
    pub mean_margin: f64,
    /// On how many images the margin is proven positive.
    pub certified: usize,
    /// On how many images the least margin is not proven.
    pub unproven: usize,
}

/// A network's robustness, and that without each of its hidden units.
#[derive(Clone, Debug, PartialEq)]
pub struct Ablation {
    /// Of the network as it is.
    pub whole: ExactRobustness,
    /// One for each unit, layer by layer; fewer where the budget ended.
    pub units: Vec<UnitAblation>,
    /// Whether all units were tried.
    pub is_complete: bool,
}

/// What is left of a network's robustness without one unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UnitAblation {
    /// The layer's position among [`hidden_layers`].
    pub layer: usize,
    /// The unit.
    pub unit: usize,
    /// The network's robustness without it.
    pub robustness: ExactRobustness,
}

impl Ablation {
    /// How important each unit is: how much of the mean margin goes with it. Negative where the network is more robust
    /// without.
    pub fn importance(&self) -> Vec<f64> {
        self.units.iter().map(|unit| self.whole.mean_margin - unit.robustness.mean_margin).collect()
    }
}

/// Removes each hidden unit in turn and attacks what is left exactly, over the regions of all images.
///
/// # Errors
/// [`MarginError`] where the engine cannot express the network, or fails.
pub fn ablate(
    network: &Network<f64>,
    images: &[ScoredImage],
    oracle: &dyn MarginOracle,
    budget: &Budget,
    on_unit: &mut dyn FnMut(usize),
) -> Result<Ablation, MarginError> {
    let whole = robustness(network, images, oracle, budget)?;
    let mut units = Vec::new();
    for (layer, hidden) in hidden_layers(network).into_iter().enumerate() {
        for unit in 0..hidden.units {
            if budget.is_exhausted() {
                return Ok(Ablation { whole, units, is_complete: false });
            }
            let kept = (0..hidden.units).map(|other| other != unit).collect();
            let mask = NeuronMask::new(vec![LayerMask::new(hidden.layer, kept)]);
            let mut without = network.clone();
            mask.silence(&mut without, Silencing::WeightsAndBias).expect("the mask is of this network");
            let robustness = robustness(&without, images, oracle, budget)?;
            units.push(UnitAblation { layer, unit, robustness });
            on_unit(units.len());
        }
    }
    Ok(Ablation { whole, units, is_complete: true })
}

fn robustness(
    network: &Network<f64>,
    images: &[ScoredImage],
    oracle: &dyn MarginOracle,
    budget: &Budget,
) -> Result<ExactRobustness, MarginError> {
    let classes = network.output_count();
    let (mut sum, mut certified, mut unproven) = (0.0, 0, 0);
    for image in images {
        let label = image.label();
        let others = (0..classes).filter(|class| *class != label);
        let margins: Vec<LinearFunction> =
            others.map(|class| LinearFunction::margin(classes, label, class)).collect();
        let mut session = oracle.open(network, &InputSet::from(image.region().clone()))?;
        let answer = session.minimise_least(&margins, MarginGoal::Minimum, budget)?;
        sum += answer.incumbent.map_or(answer.lower_bound, |incumbent| incumbent.value);
        certified += usize::from(answer.lower_bound > 0.0);
        unproven += usize::from(answer.proof != Proof::Minimum);
    }
    Ok(ExactRobustness { mean_margin: sum / images.len() as f64, certified, unproven })
}
