use ndarray::{Array1, Array2, Array4, ArrayD};

/// What a node computes from its inputs, per sample.
///
/// Reshaping operators of network files (flatten, squeeze, …) become [`Op::Reshape`]; those that move or copy
/// elements (transpose, slice, gather, pad) become [`Op::Rearrange`]; batch norm becomes constant operations or is
/// folded into the layer before it; dropout and identity vanish.
#[derive(Clone, Debug, PartialEq)]
pub enum Op<T> {
    /// The network's input; node 0 and no other.
    Input,
    /// `y = W x + b` on the flattened input.
    Affine(Affine<T>),
    /// Two-dimensional cross-correlation on an image.
    Conv2d(Conv2d<T>),
    /// Mean over windows of an image, per channel.
    AveragePool(Pool),
    /// Maximum over windows of an image, per channel.
    MaxPool(Pool),
    /// `max(x, 0)`.
    Relu,
    /// `x` where `x >= 0`, else `slope * x`, with `0 <= slope <= 1`.
    LeakyRelu {
        /// The factor for negative values.
        slope: T,
    },
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// An element-wise operation with a constant of the input's shape.
    Constant {
        /// Which operation.
        kind: ConstantOp,
        /// The constant, already broadcast to the input's shape.
        value: ArrayD<T>,
    },
    /// The same elements under another shape (the node's).
    Reshape,
    /// Every output element is one input element or a constant: transpose, slice, gather, pad.
    Rearrange(Rearrange<T>),
    /// Joins tensors along an axis.
    Concat {
        /// The axis, counted without a batch axis.
        axis: usize,
    },
    /// The sum of two or more tensors of one shape: residual connections.
    Add,
}

/// `y = weight · x + bias`, source: the definition of a fully connected layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Affine<T> {
    /// Outputs × inputs.
    pub weight: Array2<T>,
    /// One value an output.
    pub bias: Array1<T>,
}

/// A two-dimensional convolution, as ONNX `Conv` and PyTorch's `Conv2d` define it (cross-correlation).
#[derive(Clone, Debug, PartialEq)]
pub struct Conv2d<T> {
    /// Output channels × (input channels / groups) × kernel height × kernel width.
    pub weight: Array4<T>,
    /// One value an output channel.
    pub bias: Array1<T>,
    /// Where the kernel is laid; its kernel size equals the weight's last two dimensions.
    pub window: Window,
    /// In how many groups the channels are split; 1 for an ordinary convolution.
    pub groups: usize,
}

/// A pooling layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Where the windows lie.
    pub window: Window,
    /// Whether padded positions count in an average's denominator; without meaning for a maximum, which never takes a
    /// padded position.
    pub count_padding: bool,
}

/// A sliding window over the last two axes of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Height and width.
    pub kernel: [usize; 2],
    /// Steps down and to the right.
    pub stride: [usize; 2],
    /// Rows or columns of padding: top, left, bottom, right.
    pub padding: [usize; 4],
    /// Distance of neighbouring kernel elements; 1 for a dense kernel.
    pub dilation: [usize; 2],
}

/// An element-wise operation of the input `x` with a constant `c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstantOp {
    /// `x + c`.
    Add,
    /// `x - c`.
    Sub,
    /// `c - x`.
    SubFrom,
    /// `x * c`.
    Mul,
    /// `x / c`; no element of `c` is zero.
    Div,
}

/// An index map: output element `i` is `sources[i]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rearrange<T> {
    /// One source for every output element, in row-major order.
    pub sources: Vec<Source<T>>,
    /// The output's shape.
    pub shape: crate::Shape,
}

/// Where an element of a [`Rearrange`] comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Source<T> {
    /// The input element at this flat index.
    Element(usize),
    /// A constant, such as the value of padding.
    Constant(T),
}

impl<T> Op<T> {
    /// The operator's name in this crate's messages and listings.
    pub fn name(&self) -> &'static str {
        match self {
            Op::Input => "Input",
            Op::Affine(_) => "Affine",
            Op::Conv2d(_) => "Conv2d",
            Op::AveragePool(_) => "AveragePool",
            Op::MaxPool(_) => "MaxPool",
            Op::Relu => "Relu",
            Op::LeakyRelu { .. } => "LeakyRelu",
            Op::Sigmoid => "Sigmoid",
            Op::Tanh => "Tanh",
            Op::Constant { kind, .. } => match kind {
                ConstantOp::Add => "AddConstant",
                ConstantOp::Sub => "SubConstant",
                ConstantOp::SubFrom => "SubFromConstant",
                ConstantOp::Mul => "MulConstant",
                ConstantOp::Div => "DivConstant",
            },
            Op::Reshape => "Reshape",
            Op::Rearrange(_) => "Rearrange",
            Op::Concat { .. } => "Concat",
            Op::Add => "Add",
        }
    }

    /// Whether the output is an affine function of the inputs.
    pub fn is_affine(&self) -> bool {
        match self {
            Op::Affine(_)
            | Op::Conv2d(_)
            | Op::AveragePool(_)
            | Op::Constant { .. }
            | Op::Reshape
            | Op::Rearrange(_)
            | Op::Concat { .. }
            | Op::Add => true,
            Op::Input | Op::MaxPool(_) | Op::Relu | Op::LeakyRelu { .. } | Op::Sigmoid | Op::Tanh => false,
        }
    }
}

impl Window {
    /// A dense window without padding that moves by `stride` in both directions.
    pub fn new(kernel: [usize; 2], stride: usize) -> Self {
        Self { kernel, stride: [stride; 2], padding: [0; 4], dilation: [1; 2] }
    }

    /// How many positions the window takes on an image: rows, then columns. `None` where it does not fit once.
    pub fn positions(&self, height: usize, width: usize) -> Option<[usize; 2]> {
        let along = |axis: usize, size: usize| {
            let padded = size.checked_add(self.padding[axis])?.checked_add(self.padding[axis + 2])?;
            let reach = self.dilation[axis].checked_mul(self.kernel[axis].checked_sub(1)?)?;
            let last_start = padded.checked_sub(reach.checked_add(1)?)?;
            Some(last_start.checked_div(self.stride[axis])? + 1)
        };
        Some([along(0, height)?, along(1, width)?])
    }
}
