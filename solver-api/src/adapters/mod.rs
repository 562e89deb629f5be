//! One folder or file for each solver, behind its feature; [`crate::solver_by_name`] lists them.

#[cfg(any(feature = "highs", feature = "lp", feature = "microlp"))]
mod common;
#[cfg(any(feature = "lp", feature = "microlp"))]
mod fresh;
#[cfg(feature = "highs")]
pub(crate) mod highs;
#[cfg(feature = "microlp")]
pub(crate) mod microlp;
