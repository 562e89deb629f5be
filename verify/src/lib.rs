//! Verdicts on properties of ReLU networks, in the words of the verification competition VNN-COMP.
//!
//! A property names a set of inputs and outputs that must not occur. `sat` means that a counterexample was found and
//! replayed, `unsat` that none exists; everything else is no answer.
//!
//! ```
//! use verify::{Counterexample, Verdict};
//!
//! let counterexample = Counterexample { input: vec![0.5, 0.25], output: vec![-1.0] };
//! assert_eq!(Verdict::Sat.to_string(), "sat");
//! assert_eq!(counterexample.to_string(), "((X_0 0.5)\n (X_1 0.25)\n (Y_0 -1))");
//! ```

mod verdict;

pub use verdict::{Counterexample, Verdict};
