//! One folder or file for each solver, behind its feature; [`crate::solver_by_name`] lists them.

#[cfg(feature = "cbc")]
pub(crate) mod cbc;
#[cfg(any(feature = "cbc", feature = "highs", feature = "lp", feature = "microlp", feature = "scip"))]
mod common;
#[cfg(any(feature = "cbc", feature = "lp", feature = "microlp", feature = "scip"))]
mod fresh;
#[cfg(feature = "highs")]
pub(crate) mod highs;
#[cfg(any(feature = "highs", feature = "scip"))]
mod lines;
#[cfg(feature = "lp")]
pub(crate) mod lp;
#[cfg(feature = "microlp")]
pub(crate) mod microlp;
#[cfg(any(feature = "cbc", feature = "highs", feature = "lp", feature = "microlp", feature = "scip"))]
mod numbers;
#[cfg(any(feature = "cbc", feature = "highs", feature = "lp", feature = "scip"))]
mod presets;
#[cfg(feature = "scip")]
pub(crate) mod scip;
