//! Attacks that search and prove nothing: fast, in batches, in three norms.
//!
//! | attack | looks for | with | norms |
//! |---|---|---|---|
//! | [`Fgsm`] | a low margin | one gradient | all |
//! | [`Pgd`] | the least margin | gradient steps of one length, restarts, momentum | all |
//! | [`Apgd`] | the least margin | gradient steps that find their lengths | all |
//! | [`DeepFool`] | the nearest adversarial example | gradients of all classes | all |
//! | [`Square`] | the least margin | outputs alone | l-infinity, l2 |
//!
//! What is returned lies in the ball *and* the data's range exactly, after the last rounding to `f32` ([`Region`]), and its
//! margins were replayed in f64 and f32. Attacks compute in f32, in blocks of rows; [`Pgd::perturb`] is the way without
//! replays for adversarial training.

mod answer;
mod apgd;
mod batch;
mod deepfool;
mod fgsm;
mod losses;
mod pgd;
mod projection;
mod random_start;
mod region;
mod search;
mod square;
mod steepest;
mod stepper;
mod threat;

use milp_encode::Replayer;
use solver_api::Budget;

use crate::AttackError;

pub use answer::EmpiricalAnswer;
pub use apgd::Apgd;
pub use batch::AttackBatch;
pub use deepfool::DeepFool;
pub use fgsm::Fgsm;
pub use losses::{AttackLoss, CrossEntropyLoss, DlrLoss, LossKind, MarginLoss};
pub use pgd::{Pgd, Start};
pub use projection::Perturbation;
pub use region::Region;
pub use square::Square;
pub use threat::ThreatModel;

/// How many rows of a batch are attacked at a time: enough for fast matrix products, few enough for the caches.
const BLOCK: usize = 128;

/// A method that searches for adversarial examples and proves nothing.
///
/// Random numbers belong to the seed and to each row's stream. An answer therefore does not depend on the other rows of
/// the batch, up to the order of sums in matrix products (see [`nn_core::Network::forward`]).
pub trait EmpiricalAttack: Sync {
    /// The name in results.
    fn name(&self) -> &'static str;

    /// Attacks every row of a batch; one answer a row, in order.
    ///
    /// The unchanged input (or the point of the data's range nearest to it) counts as an attempt: no answer is worse. On a
    /// spent budget the answers are the best inputs so far.
    ///
    /// # Errors
    /// [`AttackError`] where the batch does not fit the network, a number is not finite, or ball and range have no `f32`
    /// point in common.
    fn run(
        &self,
        networks: &Replayer<'_>,
        batch: &AttackBatch<'_>,
        threat: &ThreatModel,
        seed: u64,
        budget: &Budget,
    ) -> Result<Vec<EmpiricalAnswer>, AttackError>;
}

/// Checks a batch against the network and attacks it block by block.
fn run_in_blocks(
    networks: &Replayer<'_>,
    batch: &AttackBatch<'_>,
    mut attack: impl FnMut(&AttackBatch<'_>) -> Result<Vec<EmpiricalAnswer>, AttackError>,
) -> Result<Vec<EmpiricalAnswer>, AttackError> {
    batch.check(networks.single())?;
    let mut answers = Vec::with_capacity(batch.inputs.nrows());
    for block in batch.blocks(BLOCK) {
        answers.extend(attack(&block)?);
    }
    Ok(answers)
}
