//! One folder or file for each solver, behind its feature; [`crate::solver_by_name`] lists them.

#[cfg(feature = "highs")]
pub(crate) mod highs;
