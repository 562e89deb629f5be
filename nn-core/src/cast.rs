use crate::{Affine, ConstantOp, Conv2d, Network, Op, Rearrange, Scalar, Source};

impl<T: Scalar> Network<T> {
    /// The same network over another number type: exact from `f32` to `f64`, to the nearest number from `f64` to `f32`.
    ///
    /// Parameters stay finite and divisors stay away from zero: a value beyond the range of `f32` becomes the largest
    /// finite one, a divisor too small for it the smallest normal one.
    pub fn cast<U: Scalar>(&self) -> Network<U> {
        self.map_ops(cast_op)
    }
}

fn cast_op<T: Scalar, U: Scalar>(op: &Op<T>) -> Op<U> {
    match op {
        Op::Input => Op::Input,
        Op::Affine(affine) => {
            Op::Affine(Affine { weight: affine.weight.mapv(nearest), bias: affine.bias.mapv(nearest) })
        }
        Op::Conv2d(conv) => Op::Conv2d(Conv2d {
            weight: conv.weight.mapv(nearest),
            bias: conv.bias.mapv(nearest),
            window: conv.window.clone(),
            groups: conv.groups,
        }),
        Op::AveragePool(pool) => Op::AveragePool(pool.clone()),
        Op::MaxPool(pool) => Op::MaxPool(pool.clone()),
        Op::Relu => Op::Relu,
        Op::LeakyRelu { slope } => Op::LeakyRelu { slope: nearest(*slope) },
        Op::Sigmoid => Op::Sigmoid,
        Op::Tanh => Op::Tanh,
        Op::Constant { kind: ConstantOp::Div, value } => {
            Op::Constant { kind: ConstantOp::Div, value: value.mapv(nearest_divisor) }
        }
        Op::Constant { kind, value } => Op::Constant { kind: *kind, value: value.mapv(nearest) },
        Op::Reshape => Op::Reshape,
        Op::Rearrange(rearrange) => Op::Rearrange(Rearrange {
            sources: rearrange.sources.iter().map(cast_source).collect(),
            shape: rearrange.shape.clone(),
        }),
        Op::Concat { axis } => Op::Concat { axis: *axis },
        Op::Add => Op::Add,
    }
}

fn cast_source<T: Scalar, U: Scalar>(source: &Source<T>) -> Source<U> {
    match source {
        Source::Element(index) => Source::Element(*index),
        Source::Constant(value) => Source::Constant(nearest(*value)),
    }
}

fn nearest<T: Scalar, U: Scalar>(value: T) -> U {
    U::from_f64(value.as_f64()).max(U::min_value()).min(U::max_value())
}

fn nearest_divisor<T: Scalar, U: Scalar>(value: T) -> U {
    let near = nearest::<T, U>(value);
    if near.is_zero() { U::min_positive_value().copysign(U::from_f64(value.as_f64())) } else { near }
}
