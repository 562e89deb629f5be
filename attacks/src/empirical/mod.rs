//! Attacks that search and prove nothing: fast, in batches, in three norms.
//!
//! Each climbs a loss from some start inside the ball and keeps the input with the least margin. What is returned lies
//! in the ball *and* the data's range exactly, after the last rounding to `f32` ([`Region`]), and its margin was
//! replayed in f64 and f32.

mod answer;
mod batch;
mod fgsm;
mod losses;
mod pgd;
mod projection;
mod random_start;
mod region;
mod search;
mod stepper;
mod threat;

use milp_encode::Replayer;
use solver_api::Budget;

use crate::AttackError;

pub use answer::EmpiricalAnswer;
pub use batch::AttackBatch;
pub use fgsm::Fgsm;
pub use losses::{AttackLoss, CrossEntropyLoss, DlrLoss, LossKind, MarginLoss};
pub use pgd::{Pgd, Start};
pub use region::Region;
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
