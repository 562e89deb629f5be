//! Complete verification by splitting the input box, for networks of few inputs.
//!
//! A part of the box is bounded by a forward pass with affine forms (DeepZ), which gives the ranges of all neurons, and a
//! backward pass (CROWN) from the functions that are asked for. What the linear bounds exclude is cut off; what is left is
//! halved where most of the uncertainty comes from, and points where bounds are least are tried. Small boxes have few neurons
//! of unknown sign, so that bounds become exact soon. Related: Wang et al., "Formal security analysis of neural networks
//! using symbolic intervals", 2018 (ReluVal); Bak, "nnenum: verification of ReLU neural networks with optimized abstraction
//! refinement", 2021.
//!
//! All bounds hold in real arithmetic: errors of rounding are bounded once, for the whole box (`chain.rs`), and subtracted
//! from every bound of every part.
//!
//! | part | file |
//! |---|---|
//! | the network as a chain of dense layers, and what rounding may do to its bounds | `chain.rs` |
//! | the question: layers, functions of the outputs, conditions on inputs | `problem.rs` |
//! | parts of the box | `part.rs` |
//! | what bounds say about a part, and what is left of it | `examine.rs` |
//! | ranges of neurons | `neurons.rs`, with the lines of `relax.rs` |
//! | bounds of the functions that are asked for | `functions.rs` |
//! | affine forms, forwards | `zonotope.rs` |
//! | linear bounds, backwards | `backward.rs` |
//! | two functions of a conjunction, of which never both are at most 0 | `pairs.rs` |
//! | cutting off what no counterexample can lie in | `narrow.rs` |
//! | inputs that may be counterexamples, and their values | `candidates.rs`, `points.rs` |
//! | the parts that wait | `waiting.rs` |
//! | the threads that work on them | `frontier.rs`, `search.rs`, each with a `workspace.rs` |
//! | matrix products of a few rows | `rows.rs` |

mod backward;
mod candidates;
mod chain;
mod examine;
mod frontier;
mod functions;
mod narrow;
mod neurons;
mod pairs;
mod part;
mod points;
mod problem;
mod relax;
mod rows;
mod search;
mod waiting;
mod workspace;
mod zonotope;

use solver_api::Budget;

use self::problem::Problem;
use self::search::InputSplitSearch;
use crate::{Engine, EngineError, Question, Search};

const NAME: &str = "input-split";

/// Splits the input box until bounds refute every part of it, or a counterexample turns up.
///
/// For chains of affine operators and (leaky) ReLUs with some ten inputs at most: parts become many with every further one.
///
/// ```
/// use milp_encode::property::{Conjunction, InputBox, InputSet, LinearFunction};
/// use ndarray::{ArrayView1, array};
/// use nn_core::{Affine, NetworkBuilder, NodeId, Op};
/// use solver_api::Budget;
/// use verify::{Engine, InputSplit, Judge, Question};
///
/// // f(x) = |x1| - x2, which shall stay above -0.6 for x1 in -1..2 and x2 in 0.25..0.5
/// let hidden = Affine { weight: array![[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]], bias: array![0.0, 0.0, 0.0] };
/// let output = Affine { weight: array![[1.0, 1.0, -1.0]], bias: array![0.0] };
/// let mut builder = NetworkBuilder::<f64>::new([2]);
/// let hidden = builder.add("hidden", Op::Affine(hidden), &[NodeId::INPUT])?;
/// let relu = builder.add("relu", Op::Relu, &[hidden])?;
/// let output = builder.add("output", Op::Affine(output), &[relu])?;
/// let network = builder.finish(output);
///
/// struct Nowhere;
/// impl Judge for Nowhere {
///     fn propose(&self, _: ArrayView1<'_, f64>) -> bool {
///         false
///     }
///     fn is_satisfied(&self) -> bool {
///         false
///     }
/// }
///
/// let input = InputSet::from(InputBox::new(array![-1.0, 0.25], array![2.0, 0.5])?);
/// let below = Conjunction(vec![LinearFunction { coefficients: array![1.0], constant: 0.6 }]);
/// let engine = InputSplit::default();
/// let question = Question { network: &network, input: &input, unsafe_outputs: &[below] };
/// let search = engine.open(question, &Budget::unlimited())?;
/// search.work(&Nowhere, &Budget::unlimited())?;
/// assert!(search.progress().proven);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct InputSplit {
    /// How much memory waiting parts may take, in bytes, before the search goes on with the deepest ones, which needs hardly
    /// any more.
    pub memory: usize,
}

impl Default for InputSplit {
    /// 256 megabytes.
    fn default() -> Self {
        Self { memory: 256 << 20 }
    }
}

impl Engine for InputSplit {
    fn name(&self) -> &'static str {
        NAME
    }

    fn open<'a>(
        &'a self,
        question: Question<'a>,
        _budget: &Budget,
    ) -> Result<Box<dyn Search + 'a>, EngineError> {
        let problem = Problem::new(question)?;
        let root = problem.root(question.input);
        let bytes = 16 * problem.input_count() + 8 * problem.conjunctions.len() + 320;
        Ok(Box::new(InputSplitSearch::new(problem, root, self.memory / bytes)))
    }
}
