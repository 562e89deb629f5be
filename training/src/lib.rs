//! Reproducible training of ReLU networks.
//!
//! Training looks for parameters `theta` of a network `f` with a small mean cross-entropy on labelled examples
//! `(x_i, y_i)`:
//!
//! ```text
//! minimise over theta   1/n * sum_i  ( log sum_k exp f(x_i)[k]  -  f(x_i)[y_i] )
//! ```
//!
//! or, where it is to withstand an attacker, a mean loss over the worst inputs near them. [`train`] follows the gradient
//! of small batches in an order that the seed decides. The same seed, data and machine give the same bits, whatever else
//! the machine does, and also where the training was cut off and went on from a [`Checkpoint`]: nothing here depends on
//! threads, on the clock, or on random numbers drawn before.
//!
//! - [`Architecture`] makes a fresh network from a text such as `784-50-20-10` or `conv16k4s2-100-10`.
//! - [`TrainingConfig`] says how long, in which steps, with which [`Optimizer`] and [`Schedule`], and which network of the
//!   training is its result.
//! - [`Objective`] is how a batch becomes a gradient:
//!
//!   | objective | loss of an example |
//!   |---|---|
//!   | [`CleanCrossEntropy`] | cross-entropy at the input |
//!   | [`Adversarial`] | cross-entropy at what FGSM or PGD find in the ball |
//!   | [`Trades`] | cross-entropy at the input, and how far an attack moves the prediction |
//!   | [`IntervalBound`] | cross-entropy of what interval arithmetic cannot rule out in the ball |
//!
//!   [`Penalized`] adds penalties to any of them: [`ReluStability`], which leaves fewer neurons open, and [`L1`]. A [`Ramp`]
//!   lets a ball grow in the course of the training.
//! - [`WeightMasks`] hold weights at exactly 0.
//! - [`split`] sets validation examples aside; [`evaluate`] and [`judge`] say how good a network is.
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use ndarray::Array2;
//! use training::{Architecture, CleanCrossEntropy, Examples, Initialization, Problem, TrainingConfig, train};
//!
//! // Is the point above the diagonal of the unit square?
//! let inputs = Array2::from_shape_fn((100, 2), |(i, axis)| if axis == 0 { i % 10 } else { i / 10 } as f32 / 9.0);
//! let labels: Vec<u8> = inputs.rows().into_iter().map(|point| u8::from(point[1] > point[0])).collect();
//! let examples = Examples { inputs: inputs.view(), labels: &labels };
//!
//! let architecture: Architecture = "2-8-2".parse()?;
//! let network = architecture.build([2], Initialization::KaimingUniform, 7)?;
//! let config = TrainingConfig { epochs: 100, batch_size: 10, ..TrainingConfig::default() };
//! let problem = Problem { training: examples, validation: None, objective: &CleanCrossEntropy, masks: None };
//! let trained = train(network, &problem, &config, &mut |_| ControlFlow::Continue(()))?;
//!
//! assert!(training::evaluate(&trained.network, examples)?.accuracy() > 0.95);
//! # Ok::<(), training::TrainingError>(())
//! ```

mod architecture;
mod batches;
mod checkpoint;
mod config;
mod cross_entropy;
mod divergence;
mod error;
mod evaluation;
mod examples;
mod initialization;
mod interval;
mod masks;
mod moment;
mod objective;
mod objectives;
mod optimizer;
mod penalties;
mod progress;
mod ramp;
mod random;
mod schedule;
mod split;
mod state;
mod training_loop;

pub use architecture::Architecture;
pub use checkpoint::Checkpoint;
pub use config::{Selection, TrainingConfig};
pub use cross_entropy::{CrossEntropy, cross_entropy};
pub use error::TrainingError;
pub use evaluation::{ClassCount, Evaluation, evaluate};
pub use examples::Examples;
pub use initialization::Initialization;
pub use masks::WeightMasks;
pub use moment::Moment;
pub use objective::{BatchGradient, BatchLoss, Objective, Penalized, Penalty};
pub use objectives::{Adversarial, CleanCrossEntropy, IntervalBound, Trades};
pub use optimizer::{Adam, Momentum, Optimizer, OptimizerState, RmsProp, Sgd};
pub use penalties::{L1, ReluStability};
pub use progress::{Ending, EpochRecord, Progress, Validation};
pub use ramp::Ramp;
pub use schedule::Schedule;
pub use split::{Split, ValidationSize, split};
pub use state::TrainingState;
pub use training_loop::{Problem, Trained, judge, resume, train};
