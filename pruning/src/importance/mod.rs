//! Importance scores from a mixed-integer program.
//!
//! ElAraby, Wolf and Carvalho, "Identifying Critical Neurons in ANN Architectures using Mixed Integer Programming",
//! arXiv 2002.07259, ask which neurons a network could do without on a few images, all at once. Every hidden unit `j` of
//! layer `i` has a score `s_ij` between 0 and 1 that all images share, and pulls its pre-activation `p` down,
//!
//! ```text
//! minimise    lambda * mean_k ( log sum_c exp o_kc  -  o_k,label )  +  sparsity(s)
//! subject to  z = max(p - (1 - s) U, 0)   for every hidden neuron, with p at most U
//!             o_k the outputs of image k
//! ```
//!
//! so that a score of 1 changes nothing and one of 0 silences the unit. `sparsity` is the greatest sum, over all layers but
//! one, of `sum_j (s_ij - 2)` divided by the layer's size. Written as rows, a layer at a time left out, it is linear. The
//! cross-entropy is not: it needs a solver for exponential cones, or tangents. This crate takes tangents, so that every solver
//! will do, and states how far they are from the truth ([`Importance::lower_bound`]).
//!
//! | | [`ImportanceMode::V1`] | [`ImportanceMode::Head`] | [`ImportanceMode::Sound`] |
//! |---|---|---|---|
//! | `U` of a neuron with the range `l..u` | `u`, also where negative | `max(u, 0)` | `max(u, 0)` |
//! | range | of the network as it is | of the network as it is | whatever the scores are |
//! | `p - (1 - s) U` is at least | `l` | `l` | `l - U` |
//! | scores | neurons | neurons, feature maps | neurons, feature maps |
//! | a layer's sum is divided by | all units | units, times kernel elements | units |
//! | published box around an image | 1e-5 | 1e-5 | none needed |
//!
//! # Where this differs from the published code
//!
//! - In the two published modes the rows hold more than they say: a score of one unit may not switch another one on, nor move
//!   it above its range. This is kept, since the scores follow from it; [`ImportanceMode::Sound`] is without it.
//! - Equation (10) of the paper shows the shift in one row of two. The code has it in both, and so have we.
//! - Neurons whose phase the rows leave no choice have no binary; no solution is lost or added by that.
//! - The code gives convolutions that no ReLU follows scores, too. Here batch norms are part of the layer before them, so
//!   that there are none.
//! - Big-Ms of maxima hold for all scores, while the code's hold while nothing is silenced. The paper's networks have none.
//! - [`ImportanceConfig::tie_break`] is ours.
//!
#![cfg_attr(feature = "highs", doc = "```")]
#![cfg_attr(not(feature = "highs"), doc = "```text")]
//! use ndarray::array;
//! use nn_core::{Affine, NetworkBuilder, NodeId, Op};
//! use pruning::importance::{ImportanceConfig, ImportanceModel, ScoredImage};
//! use pruning::{NeuronMask, Samples, Threshold};
//! use solver_api::{Budget, Options, solver_by_name};
//!
//! // Which input is greater? The third neuron is never on where inputs lie in [0, 1].
//! let hidden = Affine { weight: array![[3.0, 0.0], [0.0, 3.0], [1.0, 1.0]], bias: array![0.0, 0.0, -2.5] };
//! let output = Affine { weight: array![[2.0, -2.0, 9.0], [-2.0, 2.0, 9.0]], bias: array![0.0, 0.0] };
//! let mut builder = NetworkBuilder::<f64>::new([2]);
//! let hidden = builder.add("hidden", Op::Affine(hidden), &[NodeId::INPUT])?;
//! let relu = builder.add("relu", Op::Relu, &[hidden])?;
//! let output = builder.add("output", Op::Affine(output), &[relu])?;
//! let network = builder.finish(output);
//!
//! let images = array![[0.9, 0.2], [0.3, 0.8]];
//! let images = ScoredImage::exactly(Samples { inputs: images.view(), labels: &[0, 1] })?;
//! let program = ImportanceModel::new(&network, &images, &ImportanceConfig::default())?;
//! let solver = solver_by_name("highs")?;
//! let found = program.solve(solver.as_ref(), &Options::default(), &Budget::unlimited(), &mut |_| ())?;
//! assert!(found.is_proven);
//!
//! let mask = NeuronMask::from_scores(&found.scores, Threshold::Absolute(1e-3))?;
//! assert_eq!(mask.layers()[0].kept(), [true, true, false]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod back_to_front;
mod builder;
mod by_class;
mod config;
mod error;
mod image;
mod linear_parts;
mod max_pool;
mod model;
mod objective;
mod ranges;
mod relu;
mod search;
mod shifted;

pub use by_class::{ClassImportance, mean_scores, score_by_class};
pub use config::{ImportanceConfig, ImportanceMode, Phases};
pub use error::ImportanceError;
pub use image::ScoredImage;
pub use model::ImportanceModel;
pub use search::{Importance, Round};
