//! Input sets and conditions on outputs.
//!
//! A [`Property`] says what must not happen: an [`InputBox`], and alternatives of linear conditions on the outputs. A
//! question for a minimum needs an [`InputBox`] and one [`LinearFunction`].

mod input_box;
mod output;

pub use input_box::{DataRange, InputBox, InputBoxError};
pub use output::{Conjunction, LinearFunction, Property};
