//! Properties of ReLU networks, verdicts on them in the words of the verification competition VNN-COMP, and engines that need
//! no solver.
//!
//! # Properties
//!
//! A property says which inputs and outputs must not occur together. [`read_vnnlib`] reads it from a VNN-LIB file, of
//! version 1.0 (Demarchi et al., "Supporting standardization of neural networks verification with VNN-LIB and CoCoNet",
//! 2023) or 2.0 (the VNN-LIB standard, 2025). A counterexample is an input `x` with
//!
//! ```text
//! x in R_k  and  f(x) in C_k1 or C_k2 or ...      for some region k
//! ```
//!
//! where each [`UnsafeRegion`] `R_k` is a box, with linear constraints where there are any, and each `C` a conjunction of
//! linear inequalities. `sat` means that a counterexample was found and replayed, `unsat` that none exists; everything else
//! is no answer.
//!
//! ```
//! use ndarray::array;
//! use verify::{Counterexample, Verdict, read_vnnlib};
//!
//! let property = read_vnnlib(
//!     b"(declare-const X_0 Real)
//!       (declare-const Y_0 Real)
//!       (declare-const Y_1 Real)
//!       (assert (or (and (>= X_0 -1) (<= X_0 -0.5)) (and (>= X_0 0.5) (<= X_0 1))))
//!       (assert (<= Y_1 Y_0)) ; Y_1 shall be the greater one",
//! )?;
//! let regions = property.regions();
//! assert_eq!(regions.len(), 2);
//! assert_eq!(regions[1].input.sides().lower(), array![0.5]);
//! assert_eq!(regions[1].unsafe_outputs[0].0[0].coefficients, array![-1.0, 1.0]);
//!
//! assert!(property.is_satisfied_by(array![0.75].view(), array![2.0, 2.0].view()));
//! assert!(!property.is_satisfied_by(array![0.0].view(), array![2.0, 2.0].view()), "0 is in neither region");
//!
//! let counterexample = Counterexample { input: vec![0.75], output: vec![2.0, 2.0] };
//! assert_eq!(Verdict::Sat.to_string(), "sat");
//! assert_eq!(counterexample.to_string(), "((X_0 0.75)\n (Y_0 2)\n (Y_1 2))");
//! # Ok::<(), verify::VnnlibError>(())
//! ```
//!
//! # Verdicts
//!
//! [`verify()`] decides a property with any engines: what is cheap first, then each input set by the engine that suits it.
//! [`BranchAndBound`], or any other engine for minima, becomes one by [`MarginEngine`].
//!
//! ```
//! use ndarray::array;
//! use nn_core::{Affine, NetworkBuilder, NodeId, Op};
//! use solver_api::Budget;
//! use verify::{Alone, BranchAndBound, MarginEngine, Verdict, VerifyOptions, read_vnnlib, verify};
//!
//! // f(x) = |x| - 0.5, with |x| = relu(x) + relu(-x)
//! let hidden = Affine { weight: array![[1.0], [-1.0]], bias: array![0.0, 0.0] };
//! let output = Affine { weight: array![[1.0, 1.0]], bias: array![-0.5] };
//! let mut builder = NetworkBuilder::<f64>::new([1]);
//! let hidden = builder.add("hidden", Op::Affine(hidden), &[NodeId::INPUT])?;
//! let relu = builder.add("relu", Op::Relu, &[hidden])?;
//! let output = builder.add("output", Op::Affine(output), &[relu])?;
//! let network = builder.finish(output);
//!
//! let engine = MarginEngine { oracle: BranchAndBound::default(), name: "lp-bab", positive_above: 0.0 };
//! let options = VerifyOptions { engines: &[&engine], crew: &Alone, seed: 0 };
//! for (bound, expected) in [("-0.25", Verdict::Sat), ("-0.75", Verdict::Unsat)] {
//!     let property = read_vnnlib(
//!         format!(
//!             "(declare-const X_0 Real) (declare-const Y_0 Real)
//!              (assert (>= X_0 -1)) (assert (<= X_0 2)) (assert (<= Y_0 {bound}))"
//!         )
//!         .as_bytes(),
//!     )?;
//!     let report = verify(&network, &property, &options, &Budget::unlimited())?;
//!     assert_eq!(report.verdict, expected);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is read
//!
//! | | 1.0 | 2.0 |
//! |---|---|---|
//! | variables | `(declare-const X_0 Real)`, `(declare-fun Y_0 () Real)` | `(declare-network f (declare-input X float32 [1,5]) (declare-output Y real [3]))` |
//! | an element | `X_0` | `X[0,4]`, or `Y` where the shape is `[]` |
//! | numbers | `1`, `-0.5`, `2.5e-3` | the same |
//! | arithmetic | `+`, `-`, `*`, linear in the variables | the same |
//! | comparisons | `<=`, `>=`, `<`, `>`, `=`, `==`, `!=`, `distinct`, of inputs or of outputs | the same |
//! | logic | `and`, `or`, nested to any depth; all assertions hold | the same |
//!
//! Refused by name: products of variables, divisions, `not` and other logic, comparisons of inputs with outputs, several
//! networks, several inputs or outputs, hidden nodes, element types other than `real`, `float32` and `float64`. Each input
//! needs a lower and an upper bound in every alternative.
//!
//! # What numbers mean
//!
//! A decimal such as 0.1 is no `f64`. All readers of the format take the nearest one, and those who check counterexamples
//! compute with it, so [`Specification::is_satisfied_by`] does, too, without any rounding of its own. Regions are rounded
//! outward from the decimals, by one `f64` at most, and hold both meanings: what is proven over them is proven for either.
//! They are closed, and so hold boundaries that strict inequalities leave out; a point on such a boundary satisfies no
//! property.
//!
//! # Minima
//!
//! [`BranchAndBound`] proves the least value of linear functions of the outputs over a box. It is a
//! [`MarginOracle`](milp_encode::MarginOracle), as mixed-integer solvers behind [`MilpOracle`](milp_encode::MilpOracle)
//! are, and takes their place in attacks:
//!
//! ```
//! use attacks::{ExactAttack, Target, Verdict};
//! use milp_encode::MarginGoal;
//! use ndarray::array;
//! use nn_core::{Affine, NetworkBuilder, NodeId, Op};
//! use solver_api::Budget;
//! use verify::BranchAndBound;
//!
//! let hidden = Affine { weight: array![[1.0, 1.0], [1.0, -1.0]], bias: array![0.0, 0.0] };
//! let output = Affine { weight: array![[1.0, 0.0], [0.0, 1.0]], bias: array![0.0, 0.0] };
//! let mut builder = NetworkBuilder::<f64>::new([2]);
//! let hidden = builder.add("hidden", Op::Affine(hidden), &[NodeId::INPUT])?;
//! let relu = builder.add("relu", Op::Relu, &[hidden])?;
//! let output = builder.add("output", Op::Affine(output), &[relu])?;
//! let network = builder.finish(output);
//!
//! let engine = BranchAndBound::default();
//! let attack = ExactAttack::new(&network, &engine);
//! let mut image = attack.open(array![0.5, 0.25].view(), 0, 0.125, None)?;
//! let answer = image.attack(Target::Class(1), MarginGoal::Minimum, &Budget::unlimited())?;
//! assert_eq!(answer.verdict, Verdict::Optimal);
//! // relu(x1 + x2) - relu(x1 - x2) is 2 x2 here, and x2 is at least 0.125.
//! assert!((answer.objective.expect("optimal") - 0.25).abs() < 1e-9);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bab;
mod engine;
mod input_split;
mod neurons;
mod proof;
mod relu_split;
mod verdict;
mod verifier;
mod vnnlib;

pub use bab::BranchAndBound;
pub use engine::{Engine, EngineError, Judge, Progress, Question, Search};
pub use input_split::InputSplit;
pub use relu_split::{BranchedBounds, ReluSplit};
pub use verdict::{Counterexample, Verdict};
pub use verifier::{
    Alone, Crew, MarginEngine, Margins, NearMiss, RegionReport, Report, VerifyError, VerifyOptions,
    WitnessJudge, verify,
};
pub use vnnlib::{
    ElementType, Specification, Tensor, UnsafeRegion, VnnlibError, VnnlibProblem, VnnlibVersion, read_vnnlib,
};
