use milp_encode::property::{InputSet, LinearFunction};
use milp_encode::{MarginError, MarginGoal, MarginOracle};
use ndarray::{Array1, ArrayView1};
use nn_core::Network;
use solver_api::Budget;

use crate::cross_entropy::log_sum_exp;
use crate::importance::ScoredImage;

/// What is known of the greatest cross-entropy over an image's region.
#[derive(Clone, Debug, PartialEq)]
pub struct WorstLoss {
    /// The point with the greatest loss that is known.
    pub point: Array1<f64>,
    /// Its loss, in nats.
    pub loss: f64,
    /// The greatest loss is no greater; infinite where the budget ended first.
    pub at_most: f64,
}

/// The worst point of an image's region, as far as exact attacks find it.
///
/// With `m_c` the least margin against class `c` over the region, every point has a cross-entropy of at most
/// `log(1 + sum_c exp(-m_c))`. That is reached where one point has all of them; the loss of the best point found is a lower
/// bound.
///
/// # Errors
/// [`MarginError`] where the engine cannot express the network, or fails.
pub fn worst_loss(
    network: &Network<f64>,
    image: &ScoredImage,
    oracle: &dyn MarginOracle,
    budget: &Budget,
) -> Result<WorstLoss, MarginError> {
    let (label, classes) = (image.label(), network.output_count());
    let loss = |point: ArrayView1<'_, f64>| {
        let logits = network.forward_one(point);
        log_sum_exp(logits.view()).0 - logits[label]
    };
    let first = image.points().row(0).to_owned();
    let mut worst = WorstLoss { loss: loss(first.view()), point: first, at_most: f64::INFINITY };
    let input = InputSet::from(image.region().clone());
    let mut session = oracle.open(network, &input)?;
    let mut differences = vec![0.0];
    for class in (0..classes).filter(|class| *class != label) {
        let margin = LinearFunction::margin(classes, label, class);
        let answer = session.minimise(&margin, MarginGoal::Minimum, budget)?;
        differences.push(-answer.lower_bound);
        if let Some(incumbent) = answer.incumbent {
            let loss = loss(incumbent.input.view());
            if loss > worst.loss {
                (worst.point, worst.loss) = (incumbent.input, loss);
            }
        }
    }
    worst.at_most = if differences.contains(&f64::INFINITY) {
        f64::INFINITY
    } else {
        log_sum_exp(Array1::from(differences).view()).0.max(worst.loss)
    };
    Ok(worst)
}
