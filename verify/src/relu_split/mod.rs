//! Branch and bound on the signs of neurons, bounded by optimised linear relaxations of many parts at once.
//!
//! Made for networks that are wide, or convolutional, where linear programs are too large to be solved thousands of times.
//! A part of the box is told apart by the signs of some neurons, and bounded by alpha-beta-CROWN: backward substitution with
//! slopes (alpha) below open neurons and multipliers (beta) of the signs that are assumed, both climbing the bound's
//! gradient from where the part's parent ended.
//!
//! | part | file |
//! |---|---|
//! | maxima as ReLUs | `maxima.rs` |
//! | what stands for neurons and splits | `lines.rs` |
//! | bounds and derivatives of many functions at once | `relaxed.rs` |
//! | the climb | `climb.rs` |
//! | which neuron is split next, and what splits have gained | `branching.rs`, `gains.rs` |
//! | open parts, shared by threads | `frontier.rs` |
//! | bounds of parts, and their proofs | `bounding.rs` |
//! | the loop | `search.rs` |
//! | beginning again with tighter ranges | `stages.rs` |
//! | the same for ranges of neurons, by several threads | `refine.rs`, `help.rs` |
//!
//! All of it computes in `f32` and proves nothing. A part is closed by `../proof.rs`, which takes the climb's last
//! multipliers as a hint and computes from the network's own weights, rounded outward.

mod bounding;
mod branching;
mod climb;
mod frontier;
mod gains;
mod help;
mod lines;
mod maxima;
mod refine;
mod relaxed;
mod search;
mod stages;

use std::sync::{Mutex, PoisonError};

use milp_encode::bounds::{BoundChain, LiveNetwork, NetworkBounds, Place, crown_lower_bounds};
use milp_encode::property::{Conjunction, LinearFunction};
use ndarray::{Array1, ArrayView1, Axis};
use nn_core::{Network, Op};
use solver_api::Budget;

use crate::engine::{Engine, EngineError, Judge, Question, Search};
use bounding::Bounding;
use branching::LookAhead;
use climb::{Hints, Pace};
use frontier::Frontier;
use maxima::without_maxima;
use search::ReluSearch;
use stages::StagedSearch;

pub use refine::BranchedBounds;

/// Branch and bound on the signs of neurons with alpha-beta-CROWN bounds, for networks of affine operators, (leaky) ReLUs
/// and maxima, which become ReLUs.
///
/// A search that does not end soon goes on while one of its threads proves tighter ranges of neurons, by searches of their
/// own ([`BranchedBounds`]); then it begins again with these. Each time they take more splits.
///
/// Sources: Wang et al., "Beta-CROWN: efficient bound propagation with per-neuron split constraints", 2021; De Palma et al.,
/// "Improved branch and bound for neural network verification via Lagrangian decomposition", 2021; Tjeng, Xiao and Tedrake,
/// "Evaluating robustness of neural networks with mixed integer programming", 2019, for bounds by exact methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReluSplit {
    /// How many parts one thread splits together.
    pub parts_together: usize,
    /// From how many bytes of open parts on the search goes for those that are nearest to their end.
    pub most_bytes: usize,
    /// After how many parts ranges are proven tighter for the first time; later four times as many each time.
    pub first_parts: u64,
    /// With how many splits a function that is; later four times as many each time.
    pub first_splits: usize,
}

/// The engine's name.
const NAME: &str = "relu-split";

/// How the first part climbs, and how all others do.
const ROOT_PACE: Pace =
    Pace { iterations: 100, slope_rate: 0.25, multiplier_rate: 0.2, decay: 0.97, hints: Hints::AboveGoal };
const PACE: Pace =
    Pace { iterations: 25, slope_rate: 0.1, multiplier_rate: 0.5, decay: 0.97, hints: Hints::AboveGoal };

const LOOK_AHEAD: LookAhead = LookAhead { neurons: 4, first_doublings: 5 };

impl Default for ReluSplit {
    /// 64 parts together, 4 GB of open parts, tighter ranges after 500 parts with 8 splits.
    fn default() -> Self {
        Self { parts_together: 64, most_bytes: 4 << 30, first_parts: 500, first_splits: 8 }
    }
}

impl Engine for ReluSplit {
    fn name(&self) -> &'static str {
        NAME
    }

    fn open<'a>(
        &'a self,
        question: Question<'a>,
        budget: &Budget,
    ) -> Result<Box<dyn Search + 'a>, EngineError> {
        let network = without_maxima(question.network, question.input.sides(), budget)?;
        refuse_unsupported(&network)?;
        Ok(Box::new(StagedSearch::new(*self, network, question, budget)?))
    }
}

impl ReluSplit {
    /// A search over the box of a question with ranges that some chain proves.
    fn begin(
        &self,
        question: Question<'_>,
        chain: &BoundChain<'_>,
        budget: &Budget,
    ) -> Result<ReluSearch, EngineError> {
        let Question { network, input, unsafe_outputs } = question;
        let bounds = chain.compute(network, input.sides(), budget)?;
        let live = LiveNetwork::of_node(Place { network, bounds: &bounds, node: network.output() });
        let functions = unsafe_outputs.iter().map(|conjunction| nearest(network, &bounds, conjunction));
        let functions =
            functions.collect::<Option<Vec<LinearFunction>>>().ok_or_else(|| EngineError::Unsupported {
                engine: NAME,
                reason: "some outputs are unsafe whatever they are".to_owned(),
            })?;
        let search = ReluSearch {
            bounding: Bounding::new(&live, functions, LOOK_AHEAD),
            pace: PACE,
            frontier: Frontier::default(),
            parts_together: self.parts_together,
            most_bytes: self.most_bytes,
            noted: Notes::default(),
        };
        let bounded = search.bound(&search.bounding.whole(), &ROOT_PACE, &search.noted, budget);
        search.frontier.begin(bounded.open, bounded.stuck);
        Ok(search)
    }
}

/// The function of a conjunction whose bound is greatest: where one is above 0, they do not hold together. None where there
/// is none.
fn nearest(
    network: &Network<f64>,
    bounds: &NetworkBounds,
    conjunction: &Conjunction,
) -> Option<LinearFunction> {
    if let [only] = conjunction.0.as_slice() {
        return Some(only.clone());
    }
    let bound = |function: &LinearFunction| {
        let row = function.coefficients.view().insert_axis(Axis(0));
        crown_lower_bounds(network, bounds, network.output(), row)[0] + function.constant
    };
    conjunction.0.iter().max_by(|a, b| bound(a).total_cmp(&bound(b))).cloned()
}

/// A judge that only takes notes.
#[derive(Default)]
struct Notes(Mutex<Vec<Array1<f64>>>);

impl Notes {
    fn take(&self) -> Vec<Array1<f64>> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Judge for Notes {
    fn propose(&self, input: ArrayView1<'_, f64>) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(input.to_owned());
        false
    }

    fn is_satisfied(&self) -> bool {
        false
    }
}

fn refuse_unsupported(network: &Network<f64>) -> Result<(), EngineError> {
    let supported =
        |op: &Op<f64>| op.is_affine() || matches!(op, Op::Input | Op::Relu | Op::LeakyRelu { .. });
    match network.nodes().iter().find(|node| !supported(node.op())) {
        None => Ok(()),
        Some(node) => Err(EngineError::Unsupported {
            engine: NAME,
            reason: format!("node `{}` is {}", node.name(), node.op().name()),
        }),
    }
}
