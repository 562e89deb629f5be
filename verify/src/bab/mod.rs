//! Branch and bound of our own, on linear programs.
//!
//! Minima of output functions over a box, exactly, without any other solver. Parts of the box are told apart by the signs
//! of neurons; a part is bounded from below by the triangle relaxation of the neurons whose sign is still open, and from
//! above by running the network.
//!
//! | part | file |
//! |---|---|
//! | the neurons whose signs bounds leave open | `../neurons.rs` |
//! | their pre-activations as functions of the input and of earlier ones | `forms.rs` |
//! | the relaxation as a linear program, its points and multipliers | `relaxation.rs` |
//! | the simplex made for such programs | `simplex/` |
//! | inequalities that the triangle lacks, once, at the root | `cuts.rs` |
//! | bounds that hold in real arithmetic, from the network and multipliers | `../proof.rs` |
//! | the tree, and its open nodes | `search.rs`, `frontier.rs` |
//! | what to branch on; better inputs | `choose.rs`, `branching.rs` |
//! | questions, cheap answers first | `session.rs` |
//!
//! No answer rests on the simplex. A part of the box is closed by a bound that `proof.rs` computes from the network's own
//! weights, whatever the simplex claims; a value is what the network computes. Where the two do not meet, the answer says
//! so.

mod best;
mod branching;
mod choose;
mod cuts;
mod forms;
mod frontier;
mod relaxation;
mod search;
mod session;
mod simplex;

pub(crate) use cuts::Cut;

use milp_encode::bounds::{BoundChain, compute_bounds};
use milp_encode::property::InputSet;
use milp_encode::{MarginError, MarginOracle, MarginSession};
use nn_core::Network;

/// Minima by branch and bound on linear programs, for networks of affine operators and (leaky) ReLUs.
///
/// Made for networks with some hundred open neurons at most: each linear program keeps an explicit inverse with two rows
/// a neuron. Larger ones take their time, within the budget.
///
/// ```
/// use milp_encode::property::{InputBox, LinearFunction};
/// use milp_encode::{MarginGoal, MarginOracle, Proof};
/// use ndarray::array;
/// use nn_core::{Affine, NetworkBuilder, NodeId, Op};
/// use solver_api::Budget;
/// use verify::BranchAndBound;
///
/// // f(x) = |x1| - x2 as one output, with |t| = relu(t) + relu(-t)
/// let hidden = Affine { weight: array![[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]], bias: array![0.0, 0.0, 0.0] };
/// let output = Affine { weight: array![[1.0, 1.0, -1.0]], bias: array![0.0] };
/// let mut builder = NetworkBuilder::<f64>::new([2]);
/// let hidden = builder.add("hidden", Op::Affine(hidden), &[NodeId::INPUT])?;
/// let relu = builder.add("relu", Op::Relu, &[hidden])?;
/// let output = builder.add("output", Op::Affine(output), &[relu])?;
/// let network = builder.finish(output);
///
/// let engine = BranchAndBound::default();
/// let input = InputBox::new(array![-1.0, 0.25], array![2.0, 0.5])?;
/// let mut session = engine.open(&network, &input.into())?;
/// let minimised = LinearFunction { coefficients: array![1.0], constant: 0.0 };
/// let answer = session.minimise(&minimised, MarginGoal::Minimum, &Budget::unlimited())?;
/// assert_eq!(answer.proof, Proof::Minimum);
/// let incumbent = answer.incumbent.expect("a box holds an input");
/// assert!((incumbent.value + 0.5).abs() < 1e-6 && answer.lower_bound <= -0.5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct BranchAndBound<'b> {
    /// How the ranges of neurons are proven that decide which of them are open.
    pub bounds: BoundChain<'b>,
    /// How many open nodes a search may hold before it goes on with the deepest ones, which needs hardly any more. A node
    /// takes about 20 bytes an open neuron.
    pub most_open_nodes: usize,
}

impl Default for BranchAndBound<'_> {
    /// CROWN bounds, and 200 000 open nodes.
    fn default() -> Self {
        Self { bounds: BoundChain::crown(), most_open_nodes: 200_000 }
    }
}

impl MarginOracle for BranchAndBound<'_> {
    fn name(&self) -> &str {
        session::NAME
    }

    fn open<'a>(
        &'a self,
        network: &'a Network<f64>,
        input: &InputSet,
    ) -> Result<Box<dyn MarginSession + 'a>, MarginError> {
        session::refuse_unsupported(network, input)?;
        let bounds = compute_bounds(network, input.sides(), &self.bounds)?;
        Ok(Box::new(session::BabSession::new(self, network, input.sides().clone(), bounds)))
    }
}
