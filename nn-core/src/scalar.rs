use std::fmt::{Debug, Display};

/// The number type of a network: `f32`, as files store it and as onnxruntime computes, or `f64`.
///
/// Sealed: the soundness arguments of the bounds speak of these two types only.
pub trait Scalar:
    ndarray::LinalgScalar
    + num_traits::Float
    + num_traits::NumAssign
    + Debug
    + Display
    + Default
    + Send
    + Sync
    + private::Sealed
{
    /// The nearest value of this type.
    fn from_f64(value: f64) -> Self;

    /// The same value; exact for both types.
    fn as_f64(self) -> f64;
}

impl Scalar for f32 {
    #[allow(clippy::cast_possible_truncation)]
    fn from_f64(value: f64) -> Self {
        value as f32
    }

    fn as_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Scalar for f64 {
    fn from_f64(value: f64) -> Self {
        value
    }

    fn as_f64(self) -> f64 {
        self
    }
}

mod private {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}
