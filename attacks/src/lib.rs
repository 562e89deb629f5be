//! Adversarial attacks on ReLU networks.
//!
//! An attack asks whether some input near an image makes a network prefer another class, and how far the label's
//! output can be pushed below the target's:
//!
//! ```text
//! minimise y[label] - y[target]   over   |x - image| <= epsilon (element-wise), x in the data's range
//! ```
//!
//! [`ExactAttack`] finds that minimum with proof, through any [`MarginOracle`](milp_encode::MarginOracle). A value of
//! at most 0 is an adversarial example (a tie counts), and it is reported as one only after its input, rounded to `f32`
//! inside the box, was run through the network in f64 and in f32.
//!
//! [`MinimalDistortion`] finds the nearest adversarial example, in l-infinity or l1.
//!
//! The attacks of [`empirical`] ([`Fgsm`](empirical::Fgsm), [`Pgd`](empirical::Pgd), [`Apgd`](empirical::Apgd),
//! [`DeepFool`](empirical::DeepFool), [`Square`](empirical::Square)) prove nothing, but search whole batches in
//! l-infinity, l2 or l1, without a solver. No margin of theirs lies below the exact minimum:
//!
//! ```
//! use attacks::empirical::{AttackBatch, EmpiricalAttack, Pgd, ThreatModel};
//! use attacks::{ExactAttack, Target, Verdict};
//! use milp_encode::property::{DataRange, Norm};
//! use milp_encode::{Alternatives, Formulation, MarginGoal, MilpOracle, Replayer, SolverStart, bounds::BoundChain};
//! use ndarray::array;
//! use nn_core::{Affine, NetworkBuilder, NodeId, Op};
//! use solver_api::{Budget, Options, solver_by_name};
//!
//! // Two classes that answer x0 and x1: the margin of class 0 is x0 - x1.
//! let mut builder = NetworkBuilder::<f64>::new([2]);
//! let identity = Affine { weight: array![[1.0, 0.0], [0.0, 1.0]], bias: array![0.0, 0.0] };
//! let output = builder.add("identity", Op::Affine(identity), &[NodeId::INPUT])?;
//! let network = builder.finish(output);
//!
//! let solver = solver_by_name("highs")?;
//! let oracle = MilpOracle {
//!     solver: solver.as_ref(),
//!     options: Options::default(),
//!     bounds: BoundChain::crown(),
//!     formulation: Formulation::BigM,
//!     alternatives: Alternatives::InTurn,
//!     start: SolverStart::None,
//! };
//! let exact = ExactAttack::new(&network, &oracle);
//! let mut image = exact.open(array![0.75, 0.25].view(), 0, 0.125, Some(DataRange::UNIT))?;
//! let answer = image.attack(Target::Class(1), MarginGoal::Minimum, &Budget::unlimited())?;
//! assert_eq!(answer.verdict, Verdict::Optimal);
//! assert!((answer.objective.unwrap() - 0.25).abs() < 1e-6);
//! assert!(answer.witness.is_none(), "no adversarial example within 0.125");
//!
//! let inputs = array![[0.75_f32, 0.25], [0.5, 0.375]];
//! let targets = [Target::Any; 2];
//! let batch = AttackBatch { inputs: inputs.view(), labels: &[0, 0], targets: &targets, streams: &[0, 1] };
//! let threat = ThreatModel { norm: Norm::LInf, epsilon: 0.125, range: Some(DataRange::UNIT) };
//! let found = Pgd::default().run(&Replayer::new(&network), &batch, &threat, 7, &Budget::unlimited())?;
//! assert!((found[0].margin - 0.25).abs() < 1e-6 && !found[0].is_adversarial());
//! assert!(found[1].is_adversarial(), "x0 falls and x1 rises by 0.125");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod empirical;
mod error;
mod exact;
mod minimal;
mod target;
mod transfer;

pub use error::AttackError;
pub use exact::{AttackAnswer, ExactAttack, ImageAttack, Verdict};
pub use minimal::{DISTORTION_TOLERANCE, DistortionAnswer, DistortionQuestion, MinimalDistortion};
pub use target::{Target, Targets};
pub use transfer::{Reaction, TransferCounts, TriedAttack, count_transfer, react};
