//! Which neurons of a ReLU network matter, and which may go.
//!
//! A method gives every hidden unit, a neuron of a fully connected layer or a feature map of a convolution, an importance
//! score between 0 (its removal changes nothing) and 1; a threshold turns the scores into a [`NeuronMask`]; and
//! [`remove_units`] makes a smaller network of it that computes the same function as the masked one.
//!
//! | scores or masks | from |
//! |---|---|
//! | [`importance`] | a mixed-integer program over a few images: what all units together can do without |
//! | [`robustness`] | the same program against an attacker, and exact ablation |
//! | [`baselines::magnitude_scores`] | incoming weights |
//! | [`baselines::snip_scores`], [`baselines::taylor_scores`] | gradients of the loss on samples |
//! | [`baselines::random_mask`] | chance, fair or as published |
//! | [`NeuronMask::with_counts`] | the most important units, as a control |
//!
//! ```
//! use ndarray::array;
//! use nn_core::{Affine, NetworkBuilder, NodeId, Op};
//! use pruning::{NeuronMask, Silencing, Threshold, baselines, remove_units};
//!
//! // |x| with a third neuron that does hardly anything
//! let hidden = Affine { weight: array![[1.0], [-1.0], [0.01]], bias: array![0.0, 0.0, 0.0] };
//! let output = Affine { weight: array![[1.0, 1.0, 0.5]], bias: array![0.0] };
//! let mut builder = NetworkBuilder::<f64>::new([1]);
//! let hidden = builder.add("hidden", Op::Affine(hidden), &[NodeId::INPUT])?;
//! let relu = builder.add("relu", Op::Relu, &[hidden])?;
//! let output = builder.add("output", Op::Affine(output), &[relu])?;
//! let network = builder.finish(output);
//!
//! let scores = baselines::magnitude_scores(&network);
//! let mask = NeuronMask::from_scores(&scores, Threshold::Absolute(0.1))?;
//! assert_eq!(mask.layers()[0].kept(), [true, true, false]);
//!
//! let smaller = remove_units(&network, &mask, Silencing::WeightsAndBias)?;
//! assert_eq!(smaller.relu_count(), 2);
//! assert_eq!(smaller.forward(array![[-3.0], [2.0]].view()), array![[3.0], [2.0]]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod baselines;
mod cross_entropy;
mod image_choice;
pub mod importance;
mod layers;
mod mask;
mod removal;
pub mod robustness;
mod samples;
mod scores;
mod threshold;

pub use image_choice::{Preference, choose_images};
pub use layers::{HiddenLayer, hidden_layers};
pub use mask::{LayerMask, MaskError, NeuronMask, Silencing};
pub use removal::{RemovalError, remove_units};
pub use samples::{SampleError, Samples};
pub use scores::{LayerScores, ScoreError};
pub use threshold::{Order, Threshold, ThresholdError};
