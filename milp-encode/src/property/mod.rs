//! Input sets and conditions on outputs.
//!
//! A [`Property`] says what must not happen: an [`InputBox`], and alternatives of linear conditions on the outputs. A
//! question for a minimum needs an [`InputSet`], which is a box and linear constraints where there are any, and
//! [`LinearFunction`]s.

mod input_box;
mod input_set;
mod norm;
mod output;

pub use input_box::{DataRange, InputBox, InputBoxError};
pub use input_set::{InputSet, InputSetError, LinearConstraint};
pub use norm::Norm;
pub use output::{Conjunction, LinearFunction, Property};
