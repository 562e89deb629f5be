use std::fmt;

/// The shape of one sample's tensor, without a batch axis; elements lie in row-major order.
///
/// An image is `[channels, height, width]`, a vector `[features]`, a scalar `[]`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shape(Vec<usize>);

impl Shape {
    /// A shape from its dimensions, outermost first.
    pub fn new(dimensions: impl Into<Vec<usize>>) -> Self {
        Self(dimensions.into())
    }

    /// The dimensions, outermost first.
    pub fn dimensions(&self) -> &[usize] {
        &self.0
    }

    /// How many elements a tensor of this shape has; 1 for a scalar, `usize::MAX` where the number is larger.
    pub fn element_count(&self) -> usize {
        self.0.iter().fold(1, |count, size| count.saturating_mul(*size))
    }

    /// The three dimensions of an image `[channels, height, width]`, if this is one.
    pub fn as_image(&self) -> Option<[usize; 3]> {
        self.0.as_slice().try_into().ok()
    }
}

impl From<&[usize]> for Shape {
    fn from(dimensions: &[usize]) -> Self {
        Self(dimensions.to_vec())
    }
}

impl<const N: usize> From<[usize; N]> for Shape {
    fn from(dimensions: [usize; N]) -> Self {
        Self(dimensions.to_vec())
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[")?;
        for (axis, dimension) in self.0.iter().enumerate() {
            let separator = if axis == 0 { "" } else { ", " };
            write!(f, "{separator}{dimension}")?;
        }
        write!(f, "]")
    }
}
