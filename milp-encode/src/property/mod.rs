//! Input sets and conditions on outputs.

mod input_box;
mod output;

pub use input_box::{DataRange, InputBox, InputBoxError};
pub use output::{Conjunction, LinearFunction, Property};
