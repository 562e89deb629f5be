//! Networks to write and read back.

use ndarray::{ArrayD, IxDyn};
use nn_core::{
    Affine, ConstantOp, Conv2d, Network, NetworkBuilder, NodeId, Op, Pool, Rearrange, Shape, Source, Window,
};

use crate::common::seeded_input;

/// Adds nodes one after the other, each on the last one, with parameters from a seed.
pub(crate) struct Chain {
    builder: NetworkBuilder<f32>,
    last: NodeId,
    seed: u32,
}

impl Chain {
    pub(crate) fn new(input: &[usize], seed: u32) -> Self {
        Self { builder: NetworkBuilder::new(input), last: NodeId::INPUT, seed }
    }

    pub(crate) fn finish(self) -> Network<f32> {
        self.builder.finish(self.last)
    }

    pub(crate) fn last(&self) -> NodeId {
        self.last
    }

    pub(crate) fn shape(&self) -> Shape {
        self.builder.shape(self.last).clone()
    }

    pub(crate) fn then(&mut self, name: &str, op: Op<f32>) -> NodeId {
        self.joined(name, op, &[self.last])
    }

    pub(crate) fn joined(&mut self, name: &str, op: Op<f32>, inputs: &[NodeId]) -> NodeId {
        self.last = self.builder.add(name, op, inputs).expect("a sample network fits together");
        self.last
    }

    pub(crate) fn reshape(&mut self, name: &str, shape: &[usize]) -> NodeId {
        self.last = self.builder.reshape(name, self.last, shape).expect("a sample network fits together");
        self.last
    }

    pub(crate) fn affine(&mut self, name: &str, outputs: usize) -> NodeId {
        let inputs = self.shape().element_count();
        let weight = self.numbers(&[outputs, inputs]).into_dimensionality().expect("two axes");
        let bias = self.numbers(&[outputs]).into_dimensionality().expect("one axis");
        self.then(name, Op::Affine(Affine { weight, bias }))
    }

    pub(crate) fn conv(&mut self, name: &str, outputs: usize, groups: usize, window: Window) -> NodeId {
        let [channels, _, _] = self.shape().as_image().expect("an image");
        let [height, width] = window.kernel;
        let weight = self.numbers(&[outputs, channels / groups, height, width]);
        let weight = weight.into_dimensionality().expect("four axes");
        let bias = self.numbers(&[outputs]).into_dimensionality().expect("one axis");
        self.then(name, Op::Conv2d(Conv2d { weight, bias, window, groups }))
    }

    pub(crate) fn constant(&mut self, name: &str, kind: ConstantOp) -> NodeId {
        let value = self.numbers(self.shape().dimensions());
        // Far enough from 0 to divide by.
        let value = value.mapv(|value| if value < 0.0 { value - 0.5 } else { value + 0.5 });
        self.then(name, Op::Constant { kind, value })
    }

    pub(crate) fn rearrange(&mut self, name: &str, sources: Vec<Source<f32>>, shape: &[usize]) -> NodeId {
        self.then(name, Op::Rearrange(Rearrange { sources, shape: Shape::new(shape) }))
    }

    fn numbers(&mut self, shape: &[usize]) -> ArrayD<f32> {
        self.seed = self.seed.wrapping_add(1);
        let values = seeded_input(self.seed, shape.iter().product()).to_vec();
        ArrayD::from_shape_vec(IxDyn(shape), values).expect("as many numbers as elements")
    }
}

/// Every operator at least once, with attributes off their defaults.
pub(crate) fn every_operator() -> Network<f32> {
    let mut chain = Chain::new(&[2, 6, 7], 100);
    let uneven = Window { kernel: [3, 2], stride: [1, 2], padding: [1, 0, 2, 1], dilation: [2, 1] };
    chain.conv("conv", 4, 2, uneven);
    chain.then("leaky", Op::LeakyRelu { slope: 0.125 });
    let branch = chain.constant("add", ConstantOp::Add);
    let padded =
        |dilation| Window { kernel: [2, 2], stride: [1, 1], padding: [1, 0, 0, 1], dilation: [dilation; 2] };
    let mean = chain.then("mean", Op::AveragePool(Pool { window: padded(1), count_padding: true }));
    let fewer = chain.joined(
        "inner_mean",
        Op::AveragePool(Pool { window: padded(1), count_padding: false }),
        &[branch],
    );
    chain.joined("residual", Op::Add, &[branch, mean, fewer]);
    chain.then("max", Op::MaxPool(Pool { window: padded(2), count_padding: false }));
    chain.constant("sub", ConstantOp::Sub);
    let relu = chain.then("relu", Op::Relu);
    chain.constant("mul", ConstantOp::Mul);
    let sigmoid = chain.then("sigmoid", Op::Sigmoid);
    chain.joined("join", Op::Concat { axis: 1 }, &[relu, sigmoid]);
    let joined = chain.constant("sub_from", ConstantOp::SubFrom);
    let count = chain.shape().element_count();
    let framed = |index: usize| match index % 5 {
        4 => Source::Constant(0.0),
        _ => Source::Element(index * 7 % count),
    };
    chain.rearrange("frame", (0..30).map(framed).collect(), &[2, 5, 3]);
    chain.constant("div", ConstantOp::Div);
    let tanh = chain.then("tanh", Op::Tanh);
    chain.last = joined;
    chain.rearrange("reverse", (0..count).rev().map(Source::Element).collect(), &[count]);
    chain.then("relu_of_reverse", Op::Relu);
    let [a, b] = [Source::Element(3), Source::Element(0)];
    let [c, d, e] = [Source::Constant(1.5), Source::Constant(-0.0), Source::Constant(0.25)];
    chain.rearrange("mix", vec![c, a, d, a, e, b], &[6]);
    chain.affine("affine_on_vector", 30);
    let image = chain.reshape("as_image", &[2, 5, 3]);
    chain.joined("sum", Op::Add, &[tanh, image]);
    chain.affine("affine", 4);
    chain.finish()
}

/// What operator set 13 cannot express.
pub(crate) fn dilated_average() -> Network<f32> {
    let mut chain = Chain::new(&[1, 6, 6], 7);
    let window = Window { kernel: [2, 3], stride: [2, 1], padding: [1, 1, 1, 1], dilation: [3, 2] };
    chain.then("mean", Op::AveragePool(Pool { window, count_padding: false }));
    chain.affine("affine", 3);
    chain.finish()
}

/// Samples without any axis.
pub(crate) fn scalar_samples() -> Network<f32> {
    let mut chain = Chain::new(&[], 11);
    chain.constant("scale", ConstantOp::Mul);
    chain.affine("affine", 2);
    chain.finish()
}
