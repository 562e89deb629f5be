//! Networks and properties as mixed-integer programs.
//!
//! A network `f` of affine maps, ReLUs and maxima is piecewise linear. Whether some input of a box makes it prefer
//! another class, and by how much, is the question
//!
//! ```text
//! minimise  c · f(x)   over   lower <= x <= upper
//! ```
//!
//! with, for an adversarial example, `c · f(x)` the label's output less the target's. Each ReLU `z = max(a, 0)` chooses
//! between two affine maps. With proven bounds `l <= a <= u` on its input and a binary `v` for the choice, it is the set
//! of all `(a, z, v)` with
//!
//! ```text
//! z >= a,   z >= 0,   z <= u v,   z <= a - l (1 - v),   v in {0, 1}
//! ```
//!
//! (Fischetti and Jo, "Deep neural networks and mixed integer linear optimization", 2018; Kolter and Madry, "Adversarial
//! robustness", chapter 3, 2018; with bounds for each neuron, as Tjeng, Xiao and Tedrake, "Evaluating robustness of neural
//! networks with mixed integer programming", 2019). All else is linear, so any mixed-integer solver answers the question
//! exactly. `l` and `u` are the big-Ms: the tighter they are, the less a solver has to search, and a neuron whose sign they
//! settle needs no binary at all.
//!
//! # The way of a question
//!
//! | step | with |
//! |---|---|
//! | the inputs and what must not happen to the outputs | [`property`] |
//! | proven ranges of all neurons, rounded outward | [`bounds`] |
//! | a model whose points are the network's inputs and outputs | [`encode()`], [`Encoding`] |
//! | its optimum | any [`solver_api::Solver`] |
//! | the input that a solution stands for | [`Encoding::decode_input`] |
//! | what the network really computes there, in f64 and f32 | [`Replayer`], [`Witness`] |
//!
#![cfg_attr(feature = "highs", doc = "```")]
#![cfg_attr(not(feature = "highs"), doc = "```text")]
//! use milp_encode::bounds::{BoundChain, compute_bounds};
//! use milp_encode::property::{InputBox, LinearFunction};
//! use milp_encode::{Formulation, Replayer, encode};
//! use ndarray::array;
//! use nn_core::{Affine, NetworkBuilder, NodeId, Op};
//! use solver_api::{Limits, Options, solver_by_name};
//!
//! // f(x) = |x1| - x2 as one output, with |t| = relu(t) + relu(-t)
//! let hidden = Affine { weight: array![[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]], bias: array![0.0, 0.0, 0.0] };
//! let output = Affine { weight: array![[1.0, 1.0, -1.0]], bias: array![0.0] };
//! let mut builder = NetworkBuilder::<f64>::new([2]);
//! let hidden = builder.add("hidden", Op::Affine(hidden), &[NodeId::INPUT])?;
//! let relu = builder.add("relu", Op::Relu, &[hidden])?;
//! let output = builder.add("output", Op::Affine(output), &[relu])?;
//! let network = builder.finish(output);
//! let input = InputBox::new(array![-1.0, 0.25], array![1.0, 0.5])?;
//!
//! let bounds = compute_bounds(&network, &input, &BoundChain::crown())?;
//! let mut encoding = encode(&network, &input, &bounds, Formulation::BigM)?;
//! assert_eq!(encoding.model().integer_count(), 2, "x2 has a known sign");
//!
//! let minimised = LinearFunction { coefficients: array![1.0], constant: 0.0 };
//! encoding.set_objective(&minimised)?;
//! let solver = solver_by_name("highs")?;
//! let outcome = solver.open(encoding.model(), &Options::default())?.solve(&Limits::default())?;
//!
//! let solution = outcome.incumbent.expect("a box holds a point");
//! let point = encoding.decode_input(&solution.values);
//! let witness = Replayer::new(&network).replay(&input, point.view()).expect("the box holds f32 values");
//! assert_eq!(witness.input, array![0.0, 0.5]);
//! assert_eq!(witness.values(&minimised), (-0.5, -0.5));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`MilpOracle`] goes this way and refuses what does not fit together. It implements [`MarginOracle`], the seam between
//! those who ask for minima (attacks, pruning, verification) and the engines that find them.
//!
//! # Formulations
//!
//! [`Formulation::by_name`] finds them by the names that the command line and results use. All but the paper's eliminate
//! neurons of known sign, have the input box as bounds of columns, and split the pre-activation of any other neuron into
//! halves, `a = h - p` with `0 <= h <= u` and `0 <= p <= -l`: `h` is `z` and `p` is `z - a`. They differ in how they say
//! that one of the halves is 0, and in how strong their linear relaxations are:
//!
//! | name | a neuron of unknown sign | columns, rows, dense rows | relaxation |
//! |---|---|---|---|
//! | `big-m` | `h <= u v`, `p <= -l (1 - v)` | 3, 3, 1 | big-M |
//! | `big-m-paper` | the four rows above, for every neuron; two rows for each side of the box | 2, 4, 2 | big-M |
//! | `triangle` | `h / u + p / -l <= 1` | 2, 2, 1 | is one: not exact |
//! | `indicator` | `v = 0` implies `h <= 0`, `v = 1` implies `p <= 0` | 3, 1, 1 | none of the choice |
//! | `sos1` | `{h, p}` is a special ordered set of type 1 | 2, 1, 1 | none of the choice |
//! | `partition:P` | shares of `P` sums of terms | `2 P + 1`, `5 P + 2`, `P` that share the terms | big-M for one part, the hull for one a term |
//! | `sharp` | `big-m` and [`SharpCuts`], separated in the search or, by [`strengthen`], before it | 3, 3 and more, 1 and more | the neuron's convex hull |
//!
//! A leaky ReLU has the value `h - slope p`. Average pooling, convolutions, sums and moved elements are linear and need no
//! columns; max pooling has a binary for every input that may be the maximum.
//!
//! # What holds
//!
//! - Bounds hold in real arithmetic for the parameters that the network stores: each rounding of their computation is
//!   accounted for. Those of [`bounds::Milp`] are the exception: they are as good as the solver.
//! - Encodings leave out no point of the network, up to the rounding of coefficients; what they hold beyond it is within
//!   the solver's tolerances. Terms of a weighted sum that together add at most 1e-9 of what its greatest term can be are
//!   left out, since solvers are misled by them, and the row is widened by all that they could add; the paper's
//!   formulation keeps them.
//! - A witness lies in its box to the last bit. A minimum counts as found only where a solver's bound and the
//!   network's own value agree.
//! - A proof by a solver is as good as the solver, which computes in floating point: where weights or ranges span
//!   more than about nine orders of magnitude, solvers err, and not all of their errors can be refused here.

pub mod bounds;
pub mod descent;
mod encode;
mod oracle;
pub mod property;
mod replay;
mod window;

pub use encode::{
    EncodeError, Encoding, Expression, Formulation, RootCuts, SharpCuts, UnknownFormulation, encode,
    encode_node, strengthen,
};
pub use oracle::{
    AGREEMENT_TOLERANCE, Alternatives, CLEARLY_POSITIVE, Incumbent, MarginAnswer, MarginError, MarginGoal,
    MarginOracle, MarginSession, MilpOracle, Proof, SolverStart, relaxed_maxima, relaxed_minima,
};
pub use replay::{Replayer, Witness};
pub use window::{pool_windows, undominated};
