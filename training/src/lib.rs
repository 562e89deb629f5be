//! Reproducible training of ReLU networks.
//!
//! Training looks for parameters `theta` of a network `f` with a small mean cross-entropy on labelled examples
//! `(x_i, y_i)`:
//!
//! ```text
//! minimise over theta   1/n * sum_i  ( log sum_k exp f(x_i)[k]  -  f(x_i)[y_i] )
//! ```
//!
//! [`train`] follows the gradient of small batches in an order that the seed decides. The same seed, data and machine
//! give the same bits, whatever else the machine does: nothing here depends on threads or on the clock.
//!
//! - [`Architecture`] makes a fresh network of fully connected layers from a text such as `784-50-20-10`.
//! - [`TrainingConfig`] says how long, in which steps and with which [`Optimizer`] and [`Schedule`].
//! - [`Objective`] is how a batch becomes a gradient; [`CleanCrossEntropy`] is the ordinary one.
//! - [`evaluate`] judges a network: loss and accuracy, also per class.
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use ndarray::Array2;
//! use training::{Architecture, CleanCrossEntropy, Examples, Initialization, TrainingConfig, train};
//!
//! // Is the point above the diagonal of the unit square?
//! let inputs = Array2::from_shape_fn((100, 2), |(i, axis)| if axis == 0 { i % 10 } else { i / 10 } as f32 / 9.0);
//! let labels: Vec<u8> = inputs.rows().into_iter().map(|point| u8::from(point[1] > point[0])).collect();
//! let examples = Examples { inputs: inputs.view(), labels: &labels };
//!
//! let architecture: Architecture = "2-8-2".parse()?;
//! let network = architecture.build([2], Initialization::KaimingUniform, 7)?;
//! let config = TrainingConfig { epochs: 100, batch_size: 10, ..TrainingConfig::default() };
//! let trained = train(network, examples, None, &config, &mut CleanCrossEntropy, &mut |_| ControlFlow::Continue(()))?;
//!
//! assert!(training::evaluate(&trained.network, examples)?.accuracy() > 0.95);
//! # Ok::<(), training::TrainingError>(())
//! ```

mod architecture;
mod batches;
mod config;
mod cross_entropy;
mod error;
mod evaluation;
mod examples;
mod initialization;
mod objective;
mod optimizer;
mod progress;
mod random;
mod schedule;
mod training_loop;

pub use architecture::Architecture;
pub use config::TrainingConfig;
pub use cross_entropy::{CrossEntropy, cross_entropy};
pub use error::TrainingError;
pub use evaluation::{ClassCount, Evaluation, evaluate};
pub use examples::Examples;
pub use initialization::Initialization;
pub use objective::{BatchGradient, CleanCrossEntropy, Objective};
pub use optimizer::{Adam, Momentum, Optimizer, OptimizerState, RmsProp, Sgd};
pub use progress::{Ending, EpochRecord, Progress};
pub use schedule::Schedule;
pub use training_loop::{Trained, train};
