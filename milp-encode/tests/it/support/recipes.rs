//! One small network for every operator and every way of joining operators, with random weights.

use ndarray::{Array1, Array2, Array4, ArrayD};
use nn_core::{
    ConstantOp, Conv2d, Network, NetworkBuilder, NodeId, Op, Pool, Rearrange, Shape, Source, Window,
};
use rand_chacha::ChaCha8Rng;

use super::random::Scale;

type Recipe = fn(&mut Sketch<'_>) -> NodeId;

/// A network in the making.
pub(crate) struct Sketch<'r> {
    rng: &'r mut ChaCha8Rng,
    builder: NetworkBuilder<f64>,
    count: usize,
}

/// Every recipe's name, input shape and network.
const RECIPES: &[(&str, &[usize], Recipe)] = &[
    ("two layers", &[2], |s| {
        let first = s.dense_relu(NodeId::INPUT, 4);
        let second = s.dense_relu(first, 3);
        s.dense(second, 2)
    }),
    ("leaky ReLU", &[3], |s| {
        let hidden = s.dense(NodeId::INPUT, 4);
        let hidden = s.add(Op::LeakyRelu { slope: 0.2 }, &[hidden]);
        let hidden = s.dense(hidden, 3);
        let hidden = s.add(Op::LeakyRelu { slope: 0.01 }, &[hidden]);
        s.dense(hidden, 2)
    }),
    ("convolution", &[1, 3, 3], |s| {
        let window = Window::new([2, 2], 1);
        let hidden = s.convolution(NodeId::INPUT, 2, window, 1);
        let hidden = s.add(Op::Relu, &[hidden]);
        s.dense(hidden, 2)
    }),
    ("convolution in groups, padded, with strides and holes", &[2, 3, 3], |s| {
        let window = Window { kernel: [2, 2], stride: [2, 1], padding: [1, 0, 0, 1], dilation: [1, 2] };
        let hidden = s.convolution(NodeId::INPUT, 4, window, 2);
        let hidden = s.add(Op::Relu, &[hidden]);
        s.dense(hidden, 2)
    }),
    ("convolution on convolution", &[1, 3, 3], |s| {
        let hidden = s.convolution(NodeId::INPUT, 1, Window::new([2, 2], 1), 1);
        let hidden = s.convolution(hidden, 2, Window::new([2, 1], 1), 1);
        let hidden = s.add(Op::Relu, &[hidden]);
        s.dense(hidden, 2)
    }),
    ("max pooling", &[1, 3, 3], |s| {
        let window = Window { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 1, 1], dilation: [1, 1] };
        let pooled = s.add(Op::MaxPool(Pool { window, count_padding: false }), &[NodeId::INPUT]);
        let hidden = s.dense_relu(pooled, 3);
        s.dense(hidden, 2)
    }),
    ("max pooling behind a convolution and a ReLU", &[1, 3, 3], |s| {
        let hidden = s.convolution(NodeId::INPUT, 1, Window::new([2, 2], 1), 1);
        let hidden = s.add(Op::Relu, &[hidden]);
        let pool = Pool { window: Window::new([1, 2], 1), count_padding: false };
        let pooled = s.add(Op::MaxPool(pool), &[hidden]);
        s.dense(pooled, 2)
    }),
    ("average pooling without padding in the mean", &[1, 3, 3], |s| s.average(false)),
    ("average pooling with padding in the mean", &[1, 3, 3], |s| s.average(true)),
    ("residual sum", &[3], |s| {
        let hidden = s.dense_relu(NodeId::INPUT, 3);
        let back = s.dense(hidden, 3);
        let sum = s.add(Op::Add, &[NodeId::INPUT, back]);
        let hidden = s.add(Op::Relu, &[sum]);
        s.dense(hidden, 2)
    }),
    ("residual sum around an activation", &[3], |s| {
        let before = s.dense(NodeId::INPUT, 3);
        let after = s.add(Op::Relu, &[before]);
        let sum = s.add(Op::Add, &[before, after, before]);
        let hidden = s.dense_relu(sum, 2);
        s.dense(hidden, 2)
    }),
    ("concatenation", &[3], |s| {
        let hidden = s.dense_relu(NodeId::INPUT, 2);
        let joined = s.add(Op::Concat { axis: 0 }, &[hidden, NodeId::INPUT, hidden]);
        let hidden = s.dense_relu(joined, 3);
        s.dense(hidden, 2)
    }),
    ("concatenation along the last axis", &[1, 2, 2], |s| {
        let hidden = s.convolution(NodeId::INPUT, 1, Window::new([2, 1], 1), 1);
        let hidden = s.add(Op::Relu, &[hidden]);
        let other = s.convolution(NodeId::INPUT, 1, Window::new([2, 2], 1), 1);
        let joined = s.add(Op::Concat { axis: 2 }, &[hidden, other]);
        let hidden = s.add(Op::LeakyRelu { slope: 0.5 }, &[joined]);
        s.dense(hidden, 2)
    }),
    ("constants of all kinds", &[3], |s| {
        let mut last = NodeId::INPUT;
        for kind in [ConstantOp::Add, ConstantOp::Mul, ConstantOp::SubFrom, ConstantOp::Div, ConstantOp::Sub]
        {
            let value = ArrayD::from_shape_simple_fn(vec![3], || match Scale::Unit.number(s.rng) {
                x if x.abs() < 0.1 => 0.5,
                x => x,
            });
            last = s.add(Op::Constant { kind, value }, &[last]);
            last = s.add(Op::LeakyRelu { slope: 0.25 }, &[last]);
        }
        s.dense(last, 2)
    }),
    ("rearrangement with constants", &[3], |s| {
        let hidden = s.dense_relu(NodeId::INPUT, 3);
        let sources =
            vec![Source::Element(2), Source::Constant(-0.5), Source::Element(0), Source::Element(2)];
        let moved = s.add(Op::Rearrange(Rearrange { sources, shape: Shape::from([2, 2]) }), &[hidden]);
        let hidden = s.dense_relu(moved, 3);
        s.dense(hidden, 2)
    }),
    ("ReLU on the input", &[3], |s| {
        let hidden = s.add(Op::Relu, &[NodeId::INPUT]);
        s.dense(hidden, 2)
    }),
    ("ReLUs on ReLUs", &[3], |s| {
        let hidden = s.dense(NodeId::INPUT, 3);
        let hidden = s.add(Op::LeakyRelu { slope: 0.5 }, &[hidden]);
        let hidden = s.add(Op::LeakyRelu { slope: 0.1 }, &[hidden]);
        let hidden = s.add(Op::Relu, &[hidden]);
        let hidden = s.add(Op::Relu, &[hidden]);
        s.dense(hidden, 2)
    }),
    ("a ReLU for output", &[3], |s| {
        let hidden = s.dense_relu(NodeId::INPUT, 3);
        s.dense_relu(hidden, 2)
    }),
    ("a leaky ReLU on the input for output", &[2], |s| s.add(Op::LeakyRelu { slope: 0.5 }, &[NodeId::INPUT])),
    ("no ReLU", &[3], |s| {
        let hidden = s.dense(NodeId::INPUT, 3);
        s.dense(hidden, 2)
    }),
    ("the input itself", &[2], |_| NodeId::INPUT),
    ("pruned neurons", &[2], |s| {
        let hidden = s.dense_relu(NodeId::INPUT, 3);
        let gone = ArrayD::zeros(vec![3]);
        let gone = s.add(Op::Constant { kind: ConstantOp::Mul, value: gone }, &[hidden]);
        let gone = s.add(Op::Relu, &[gone]);
        let sum = s.add(Op::Add, &[gone, hidden]);
        s.dense(sum, 2)
    }),
    ("branches whose nodes stand in turns", &[2], |s| {
        let hidden = s.dense_relu(NodeId::INPUT, 3);
        let (left, right) = (s.dense(hidden, 2), s.dense(hidden, 2));
        let (left, right) = (s.add(Op::Relu, &[left]), s.add(Op::Relu, &[right]));
        let (left, right) = (s.dense(left, 2), s.dense(right, 2));
        let sum = s.add(Op::Add, &[left, right]);
        s.dense(sum, 2)
    }),
];

/// All recipes with random weights.
pub(crate) fn networks(rng: &mut ChaCha8Rng) -> Vec<(&'static str, Network<f64>)> {
    let mut make = |(name, shape, recipe): &(&'static str, &[usize], Recipe)| {
        let mut sketch = Sketch { rng, builder: NetworkBuilder::new(*shape), count: 0 };
        let output = recipe(&mut sketch);
        (*name, sketch.builder.finish(output))
    };
    RECIPES.iter().map(&mut make).collect()
}

impl Sketch<'_> {
    fn add(&mut self, op: Op<f64>, inputs: &[NodeId]) -> NodeId {
        self.count += 1;
        self.builder.add(format!("n{}", self.count), op, inputs).unwrap()
    }

    fn dense(&mut self, input: NodeId, outputs: usize) -> NodeId {
        let inputs = self.builder.shape(input).element_count();
        let weight = Array2::from_shape_simple_fn((outputs, inputs), || Scale::Unit.number(self.rng));
        let bias = Array1::from_shape_simple_fn(outputs, || 0.3 * Scale::Unit.number(self.rng));
        self.add(Op::Affine(nn_core::Affine { weight, bias }), &[input])
    }

    fn dense_relu(&mut self, input: NodeId, outputs: usize) -> NodeId {
        let hidden = self.dense(input, outputs);
        self.add(Op::Relu, &[hidden])
    }

    fn convolution(&mut self, input: NodeId, outputs: usize, window: Window, groups: usize) -> NodeId {
        let [channels, _, _] = self.builder.shape(input).as_image().unwrap();
        let [height, width] = window.kernel;
        let shape = (outputs, channels / groups, height, width);
        let weight = Array4::from_shape_simple_fn(shape, || Scale::Unit.number(self.rng));
        let bias = Array1::from_shape_simple_fn(outputs, || 0.3 * Scale::Unit.number(self.rng));
        self.add(Op::Conv2d(Conv2d { weight, bias, window, groups }), &[input])
    }

    fn average(&mut self, count_padding: bool) -> NodeId {
        let window = Window { kernel: [2, 2], stride: [2, 2], padding: [1, 1, 0, 0], dilation: [1, 1] };
        let pooled = self.add(Op::AveragePool(Pool { window, count_padding }), &[NodeId::INPUT]);
        let hidden = self.add(Op::Relu, &[pooled]);
        self.dense(hidden, 2)
    }
}
