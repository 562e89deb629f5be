//! Which units matter for robustness, and not only for the images as they are.
//!
//! The program of [`crate::importance`] with every input of a box in it would let the solver choose the input, too, and it
//! would choose the kindest. The question with an attacker is
//!
//! ```text
//! minimise over s   lambda * mean_k max over z in box k of loss_k(s, z)  +  sparsity(s)
//! ```
//!
//! and [`robust_importance`] solves it by constraint generation: scores for a finite set of points of each box, then an exact
//! attack on the networks that these scores shift, whose worst points join the set, until the stated gap.
//!
//! [`ablate`] asks differently, and exactly: how large is the least margin over the box, on average, in the network without
//! one unit? [`kendall_tau`] and [`top_overlap`] say how far two such rankings agree.

mod ablation;
mod agreement;
mod generation;
mod worst_loss;

pub use ablation::{Ablation, ExactRobustness, UnitAblation, ablate};
pub use agreement::{kendall_tau, top_overlap};
pub use generation::{GenerationRound, RobustConfig, RobustError, RobustImportance, robust_importance};
pub use worst_loss::{WorstLoss, worst_loss};
