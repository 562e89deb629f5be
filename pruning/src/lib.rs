//! Which neurons of a ReLU network matter, and which may go.
//!
//! A method gives every hidden neuron an importance score between 0 (its removal changes nothing) and 1; a threshold
//! turns the scores into a [`NeuronMask`]. The scores of ElAraby, Wolf and Carvalho come from a mixed-integer program
//! over a few images ("Identifying Critical Neurons in ANN Architectures using Mixed Integer Programming",
//! arXiv 2002.07259).
//!
//! ```
//! use pruning::{LayerScores, NeuronMask};
//! use nn_core::NodeId;
//!
//! let scores = LayerScores::new(NodeId::INPUT, vec![0.9, 0.0, 0.4])?;
//! let mask = NeuronMask::keep_from_threshold(&[scores], 0.1);
//! assert_eq!(mask.layers()[0].kept(), [true, false, true]);
//! assert_eq!(mask.removed_count(), 1);
//! # Ok::<(), pruning::ScoreError>(())
//! ```

mod mask;
mod scores;

pub use mask::{LayerMask, NeuronMask};
pub use scores::{LayerScores, ScoreError};
