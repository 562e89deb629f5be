//! Random networks of all operators, random boxes, and points in them.

use milp_encode::property::InputBox;
use ndarray::{Array1, Array2, Array4, ArrayD};
use nn_core::{
    Affine, ConstantOp, Conv2d, Network, NetworkBuilder, NodeId, Op, Pool, Rearrange, Shape, Source, Window,
};
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// Which operators a random network may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operators {
    Affine,
    PiecewiseLinear,
    All,
}

/// How large weights and inputs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    /// Between -1 and 1.
    Unit,
    /// Of orders from 1e-8 to 1e8, mixed within one sum.
    Adversarial,
    /// As adversarial, and now and then too small to be normal.
    Extreme,
}

impl Scale {
    /// Now and then a zero of either sign.
    pub(crate) fn number(self, rng: &mut ChaCha8Rng) -> f64 {
        match rng.random_range(0..20) {
            0 => 0.0,
            1 => -0.0,
            2 if self == Scale::Extreme => rng.random_range(-1.0..1.0) * f64::MIN_POSITIVE,
            _ => rng.random_range(-1.0..1.0) * self.factor(rng),
        }
    }

    fn factor(self, rng: &mut ChaCha8Rng) -> f64 {
        match self {
            Scale::Unit => 1.0,
            Scale::Adversarial | Scale::Extreme => 10.0_f64.powi(rng.random_range(-8..=8)),
        }
    }
}

/// A network of up to `steps` random operators on a small image or vector, joined by residual sums and
/// concatenations, with one to three outputs.
pub(crate) fn network(
    rng: &mut ChaCha8Rng,
    operators: Operators,
    scale: Scale,
    steps: usize,
) -> Network<f64> {
    let shapes = [Shape::from([1, 3, 3]), Shape::from([2, 3, 2]), Shape::from([4, 2, 2]), Shape::from([3])];
    let input = shapes.choose(rng).unwrap().clone();
    let mut builder = NetworkBuilder::new(input);
    let mut nodes = vec![NodeId::INPUT];
    while nodes.len() <= steps {
        // What does not fit is refused by the builder; another operator may.
        if let Some(node) = add_operator(rng, &mut builder, &nodes, operators, scale) {
            nodes.push(node);
        }
    }
    let current = *nodes.last().unwrap();
    let outputs = rng.random_range(1..=3);
    let weight =
        Array2::from_shape_simple_fn((outputs, builder.shape(current).element_count()), || scale.number(rng));
    let bias = Array1::from_shape_simple_fn(outputs, || scale.number(rng));
    let output = builder.add("output", Op::Affine(Affine { weight, bias }), &[current]).unwrap();
    builder.finish(output)
}

/// Three convolutions of an image, or sums of two, with ReLUs between them, and three outputs; each channel's bias makes its neurons inactive, active or neither.
pub(crate) fn convolutional(rng: &mut ChaCha8Rng, scale: Scale) -> Network<f64> {
    let mut builder = NetworkBuilder::new([2, 6, 5]);
    let mut last = NodeId::INPUT;
    let mut convolutions = 0;
    while convolutions < 3 {
        let shape = builder.shape(last).clone();
        let Some(mut conv) = random_convolution(rng, scale, &shape) else { continue };
        conv.bias.iter_mut().for_each(|bias| *bias += [-1.5, 0.0, 0.0, 1.5].choose(rng).unwrap());
        let mut other = conv.clone();
        other.weight.invert_axis(ndarray::Axis(0));
        // What does not fit is refused; another window may.
        let Ok(mut node) = builder.add(format!("conv{convolutions}"), Op::Conv2d(conv), &[last]) else {
            continue;
        };
        if rng.random_bool(0.5) {
            let other = builder.add(format!("other{convolutions}"), Op::Conv2d(other), &[last]).unwrap();
            node = builder.add(format!("sum{convolutions}"), Op::Add, &[node, other]).unwrap();
        }
        let op = if rng.random_bool(0.8) { Op::Relu } else { Op::LeakyRelu { slope: 0.1 } };
        last = builder.add(format!("relu{convolutions}"), op, &[node]).unwrap();
        convolutions += 1;
    }
    let elements = builder.shape(last).element_count();
    let flat = builder.reshape("flat", last, [elements]).unwrap();
    let weight = Array2::from_shape_simple_fn((3, elements), || scale.number(rng));
    let bias = Array1::from_shape_simple_fn(3, || scale.number(rng));
    let output = builder.add("output", Op::Affine(Affine { weight, bias }), &[flat]).unwrap();
    builder.finish(output)
}

fn add_operator(
    rng: &mut ChaCha8Rng,
    builder: &mut NetworkBuilder<f64>,
    nodes: &[NodeId],
    operators: Operators,
    scale: Scale,
) -> Option<NodeId> {
    let current = *nodes.last().unwrap();
    let shape = builder.shape(current).clone();
    let name = format!("n{}", nodes.len());
    let kinds = match operators {
        Operators::Affine => 8,
        Operators::PiecewiseLinear => 14,
        Operators::All => 16,
    };
    let op = match rng.random_range(0..kinds) {
        0 => Op::Affine(random_affine(rng, scale, shape.element_count())),
        1 => Op::Conv2d(random_convolution(rng, scale, &shape)?),
        2 => Op::AveragePool(random_pool(rng)),
        3 => random_constant(rng, scale, &shape),
        4 => {
            let flat = [shape.element_count()];
            return builder.reshape(name, current, flat).ok();
        }
        5 => Op::Rearrange(random_rearrangement(rng, scale, &shape)),
        6 => {
            let other = *nodes.choose(rng).unwrap();
            let axis = rng.random_range(0..shape.dimensions().len());
            return builder.add(name, Op::Concat { axis }, &[current, other]).ok();
        }
        7 => {
            let same: Vec<NodeId> = nodes.iter().copied().filter(|id| *builder.shape(*id) == shape).collect();
            let other = *same.choose(rng).unwrap();
            return builder.add(name, Op::Add, &[other, current]).ok();
        }
        8..=10 => Op::Relu,
        11 => Op::LeakyRelu { slope: *[0.0, 0.01, 0.3, 1.0].choose(rng).unwrap() },
        12 | 13 => Op::MaxPool(random_pool(rng)),
        14 => Op::Sigmoid,
        _ => Op::Tanh,
    };
    builder.add(name, op, &[current]).ok()
}

pub(crate) fn random_affine(rng: &mut ChaCha8Rng, scale: Scale, inputs: usize) -> Affine<f64> {
    let outputs = rng.random_range(1..=5);
    Affine {
        weight: Array2::from_shape_simple_fn((outputs, inputs), || scale.number(rng)),
        bias: Array1::from_shape_simple_fn(outputs, || scale.number(rng)),
    }
}

fn random_window(rng: &mut ChaCha8Rng) -> Window {
    Window {
        kernel: [rng.random_range(1..=3), rng.random_range(1..=3)],
        stride: [rng.random_range(1..=2), rng.random_range(1..=2)],
        padding: std::array::from_fn(|_| rng.random_range(0..=1)),
        dilation: [rng.random_range(1..=2), rng.random_range(1..=2)],
    }
}

fn random_pool(rng: &mut ChaCha8Rng) -> Pool {
    Pool { window: random_window(rng), count_padding: rng.random() }
}

fn random_convolution(rng: &mut ChaCha8Rng, scale: Scale, shape: &Shape) -> Option<Conv2d<f64>> {
    let [channels, _, _] = shape.as_image()?;
    let groups = *[1, 2].choose(rng).unwrap();
    let outputs = groups * rng.random_range(1..=2);
    let window = random_window(rng);
    let [height, width] = window.kernel;
    let weight =
        Array4::from_shape_simple_fn((outputs, channels / groups, height, width), || scale.number(rng));
    let bias = Array1::from_shape_simple_fn(outputs, || scale.number(rng));
    Some(Conv2d { weight, bias, window, groups })
}

fn random_constant(rng: &mut ChaCha8Rng, scale: Scale, shape: &Shape) -> Op<f64> {
    let kinds = [ConstantOp::Add, ConstantOp::Sub, ConstantOp::SubFrom, ConstantOp::Mul, ConstantOp::Div];
    let kind = *kinds.choose(rng).unwrap();
    let value = ArrayD::from_shape_simple_fn(shape.dimensions(), || match (kind, scale.number(rng)) {
        (ConstantOp::Div, divisor) if divisor.abs() < 1e-9 => 3.0,
        (_, value) => value,
    });
    Op::Constant { kind, value }
}

fn random_rearrangement(rng: &mut ChaCha8Rng, scale: Scale, shape: &Shape) -> Rearrange<f64> {
    let count = shape.element_count();
    let source = |rng: &mut ChaCha8Rng| match rng.random_range(0..6) {
        0 => Source::Constant(scale.number(rng)),
        _ => Source::Element(rng.random_range(0..count)),
    };
    Rearrange { sources: (0..count).map(|_| source(rng)).collect(), shape: shape.clone() }
}

/// A box around a random centre; some of its sides have no width.
pub(crate) fn input_box(rng: &mut ChaCha8Rng, inputs: usize, scale: Scale) -> InputBox {
    let side = |rng: &mut ChaCha8Rng| {
        let center = scale.number(rng);
        let radius = if rng.random_bool(0.1) { 0.0 } else { scale.number(rng).abs() };
        (center - radius, center + radius)
    };
    let (lower, upper): (Vec<f64>, Vec<f64>) = (0..inputs).map(|_| side(rng)).unzip();
    InputBox::new(lower.into(), upper.into()).unwrap()
}

/// A corner, an inner point, or an inner point whose elements are `f32` values.
pub(crate) fn point(rng: &mut ChaCha8Rng, input: &InputBox) -> Vec<f64> {
    let kind = rng.random_range(0..3);
    let element = |(l, u): (&f64, &f64)| match kind {
        0 => *if rng.random() { l } else { u },
        _ => {
            let share: f64 = rng.random();
            ((1.0 - share) * l + share * u).clamp(*l, *u)
        }
    };
    let point: Array1<f64> = input.lower().iter().zip(input.upper()).map(element).collect();
    let single = if kind == 2 { input.project_to_f32(point.view()) } else { None };
    single.map_or(point, |values| values.mapv(f64::from)).to_vec()
}
