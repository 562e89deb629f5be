//! Random operators, each alone in a network, and values for their inputs.

use ndarray::{Array2, ArrayD, Dimension, IxDyn, ShapeBuilder};
use nn_core::{
    Affine, ConstantOp, Conv2d, Network, NetworkBuilder, NodeId, Op, Pool, Rearrange, Scalar, Shape, Source,
    Window,
};
use proptest::prelude::*;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A network whose output is the operator under test.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) network: Network<f64>,
    /// For the values of its inputs.
    seed: u64,
    pub(crate) batch: usize,
}

impl Case {
    pub(crate) fn node(&self) -> NodeId {
        self.network.output()
    }

    pub(crate) fn input_shapes(&self) -> Vec<Shape> {
        let inputs = self.network.node(self.node()).inputs().iter();
        inputs.map(|input| self.network.node(*input).shape().clone()).collect()
    }

    /// One batch for every input of the operator.
    pub(crate) fn inputs(&self) -> Vec<Array2<f64>> {
        let rng = &mut rng(self.seed);
        self.input_shapes().iter().map(|shape| uniform(rng, [self.batch, shape.element_count()])).collect()
    }

    /// A batch for the network.
    pub(crate) fn network_input(&self) -> Array2<f64> {
        spread(&mut rng(self.seed), [self.batch, self.network.input_count()])
    }

    /// A batch of the shape of the output.
    pub(crate) fn cotangent(&self) -> Array2<f64> {
        uniform(&mut rng(!self.seed), [self.batch, self.network.output_count()])
    }
}

pub(crate) fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Values between -1 and 1.
pub(crate) fn uniform<D: Dimension>(
    rng: &mut impl Rng,
    shape: impl ShapeBuilder<Dim = D>,
) -> ndarray::Array<f64, D> {
    ndarray::Array::from_shape_simple_fn(shape, || rng.random_range(-1.0..1.0))
}

/// Values between -1 and 1 that are clearly apart from one another and from zero, so that no kink lies between a
/// point and its neighbours.
pub(crate) fn spread(rng: &mut impl Rng, shape: [usize; 2]) -> Array2<f64> {
    let count = shape[0] * shape[1];
    let mut ranks: Vec<usize> = (0..count).collect();
    ranks.shuffle(rng);
    let values = ranks.into_iter().map(|rank| 2.0 * (rank as f64 + 0.25) / count as f64 - 1.0).collect();
    Array2::from_shape_vec(shape, values).expect("as many ranks as values")
}

pub(crate) fn to_f32(values: &Array2<f64>) -> Array2<f32> {
    values.mapv(f32::from_f64)
}

/// Any operator.
pub(crate) fn any() -> impl Strategy<Value = Case> {
    prop_oneof![any_affine(), activation(), max_pool()]
}

/// Any operator that is an affine function of its inputs.
pub(crate) fn any_affine() -> impl Strategy<Value = Case> {
    prop_oneof![affine(), conv2d(), average_pool(), constant(), rearrange(), reshape(), concat(), add()]
}

pub(crate) fn affine() -> impl Strategy<Value = Case> {
    (shape(), 1..6_usize, memory_order(), samples()).prop_map(|(shape, outputs, column_major, samples)| {
        let build = |rng: &mut ChaCha8Rng| {
            let weight = uniform(rng, (outputs, shape.element_count()).set_f(column_major));
            Op::Affine(Affine { weight, bias: uniform(rng, outputs) })
        };
        single(&shape, samples, build).expect("the weight fits the shape")
    })
}

pub(crate) fn conv2d() -> impl Strategy<Value = Case> {
    let channels = (1..4_usize, 1..4_usize, 1..4_usize);
    let parts = (channels, window(), image_size(), memory_order(), samples());
    parts.prop_filter_map("a window does not fit", |(channels, window, size, column_major, samples)| {
        let (groups, inputs, outputs) = channels;
        let build = |rng: &mut ChaCha8Rng| {
            let [height, width] = window.kernel;
            let weight = uniform(rng, (groups * outputs, inputs, height, width).set_f(column_major));
            Op::Conv2d(Conv2d { weight, bias: uniform(rng, groups * outputs), window, groups })
        };
        single(&[groups * inputs, size[0], size[1]].into(), samples, build)
    })
}

pub(crate) fn average_pool() -> impl Strategy<Value = Case> {
    pool(Op::AveragePool)
}

pub(crate) fn max_pool() -> impl Strategy<Value = Case> {
    pool(Op::MaxPool)
}

fn pool(op: fn(Pool) -> Op<f64>) -> impl Strategy<Value = Case> {
    let parts = (1..4_usize, window(), image_size(), prop::bool::ANY, samples());
    parts.prop_filter_map("a window does not fit", move |(channels, window, size, count_padding, samples)| {
        let pool = op(Pool { window, count_padding });
        single(&[channels, size[0], size[1]].into(), samples, |_| pool)
    })
}

pub(crate) fn activation() -> impl Strategy<Value = Case> {
    let slope = prop_oneof![Just(0.0), Just(1.0), 0.0..1.0];
    let leaky = slope.prop_map(|slope| Op::LeakyRelu { slope });
    let op = prop_oneof![Just(Op::Relu), leaky, Just(Op::Sigmoid), Just(Op::Tanh)];
    let any_shape_fits = |(shape, op, samples)| single(&shape, samples, |_| op).expect("any shape fits");
    (shape(), op, samples()).prop_map(any_shape_fits)
}

pub(crate) fn constant() -> impl Strategy<Value = Case> {
    use ConstantOp::{Add, Div, Mul, Sub, SubFrom};
    let kind = prop::sample::select(vec![Add, Sub, SubFrom, Mul, Div]);
    (shape(), kind, memory_order(), samples()).prop_map(|(shape, kind, column_major, samples)| {
        let build = |rng: &mut ChaCha8Rng| {
            let value: ArrayD<f64> = uniform(rng, IxDyn(shape.dimensions()).set_f(column_major));
            Op::Constant { kind, value: value.mapv(|c| c + 0.1_f64.copysign(c)) }
        };
        single(&shape, samples, build).expect("the constant has the input's shape and no zero")
    })
}

pub(crate) fn rearrange() -> impl Strategy<Value = Case> {
    (shape(), shape(), samples()).prop_map(|(from, to, samples)| {
        let build = |rng: &mut ChaCha8Rng| {
            let source = |_| match rng.random_range(0..4) {
                0 => Source::Constant(rng.random_range(-1.0..1.0)),
                _ => Source::Element(rng.random_range(0..from.element_count())),
            };
            let sources = (0..to.element_count()).map(source).collect();
            Op::Rearrange(Rearrange { sources, shape: to })
        };
        single(&from, samples, build).expect("sources lie inside the input")
    })
}

pub(crate) fn reshape() -> impl Strategy<Value = Case> {
    (shape(), samples()).prop_map(|(shape, (seed, batch))| {
        let count = shape.element_count();
        let mut builder = NetworkBuilder::new(shape);
        let flat = builder.reshape("flat", NodeId::INPUT, [count]).expect("as many elements");
        Case { network: builder.finish(flat), seed, batch }
    })
}

pub(crate) fn concat() -> impl Strategy<Value = Case> {
    let sizes = prop::collection::vec(1..4_usize, 1..4);
    (shape(), sizes, prop::num::usize::ANY, samples()).prop_map(|(shape, sizes, axis, samples)| {
        let axis = axis % shape.dimensions().len();
        let with_size = |size| {
            let mut dimensions = shape.dimensions().to_vec();
            dimensions[axis] = size;
            Shape::new(dimensions)
        };
        let shapes: Vec<_> = sizes.into_iter().map(with_size).collect();
        several(&shapes, samples, Op::Concat { axis })
    })
}

pub(crate) fn add() -> impl Strategy<Value = Case> {
    (shape(), 2..5_usize, samples())
        .prop_map(|(shape, count, samples)| several(&vec![shape; count], samples, Op::Add))
}

/// A network of one operator on its input, unless the builder turns the operator away.
fn single(
    shape: &Shape,
    (seed, batch): (u64, usize),
    op: impl FnOnce(&mut ChaCha8Rng) -> Op<f64>,
) -> Option<Case> {
    let mut builder = NetworkBuilder::new(shape.clone());
    let node = builder.add("operator", op(&mut rng(seed.wrapping_add(1))), &[NodeId::INPUT]).ok()?;
    Some(Case { network: builder.finish(node), seed, batch })
}

/// A network that cuts its input into pieces of these shapes and hands them to an operator.
fn several(shapes: &[Shape], (seed, batch): (u64, usize), op: Op<f64>) -> Case {
    let mut builder = NetworkBuilder::new([shapes.iter().map(Shape::element_count).sum()]);
    let mut start = 0;
    let mut pieces = Vec::new();
    for shape in shapes {
        let sources = (start..start + shape.element_count()).map(Source::Element).collect();
        let piece = Op::Rearrange(Rearrange { sources, shape: shape.clone() });
        pieces.push(builder.add("piece", piece, &[NodeId::INPUT]).expect("pieces lie inside the input"));
        start += shape.element_count();
    }
    let node = builder.add("operator", op, &pieces).expect("the shapes fit");
    Case { network: builder.finish(node), seed, batch }
}

fn shape() -> impl Strategy<Value = Shape> {
    prop::collection::vec(1..5_usize, 1..4).prop_map(Shape::new)
}

fn image_size() -> impl Strategy<Value = [usize; 2]> {
    [1..8_usize, 1..8_usize]
}

fn window() -> impl Strategy<Value = Window> {
    let (kernel, stride) = ([1..4_usize, 1..4_usize], [1..4_usize, 1..4_usize]);
    let (padding, dilation) = (prop::array::uniform4(0..3_usize), [1..3_usize, 1..3_usize]);
    (kernel, stride, padding, dilation).prop_map(|(kernel, stride, padding, dilation)| Window {
        kernel,
        stride,
        padding,
        dilation,
    })
}

/// A seed for values, and a batch size around those at which a convolution takes samples together and at which it takes
/// more than one block of them.
fn samples() -> impl Strategy<Value = (u64, usize)> {
    (prop::num::u64::ANY, prop_oneof![4 => 1..7_usize, 1 => 7..10_usize, 1 => Just(33), 1 => Just(40)])
}

/// Whether parameters lie in column-major order, as in some files.
fn memory_order() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.2)
}
