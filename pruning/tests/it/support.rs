//! Networks for the tests.

use std::path::PathBuf;

use ndarray::{Array, Array1, Array2, Dimension, ShapeBuilder};
use nn_core::{
    Affine, ConstantOp, Conv2d, Network, NetworkBuilder, NodeId, Op, Pool, Rearrange, Source, Window,
    read_onnx,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A network of fully connected layers with ReLUs between, from weights and biases.
pub(crate) fn dense(layers: &[(Array2<f64>, Array1<f64>)]) -> Network<f64> {
    let mut builder = NetworkBuilder::new([layers[0].0.ncols()]);
    let mut last = NodeId::INPUT;
    for (index, (weight, bias)) in layers.iter().enumerate() {
        let affine = Affine { weight: weight.clone(), bias: bias.clone() };
        last = builder.add(format!("dense{index}"), Op::Affine(affine), &[last]).expect("it fits");
        if index + 1 < layers.len() {
            last = builder.add(format!("relu{index}"), Op::Relu, &[last]).expect("it fits");
        }
    }
    builder.finish(last)
}

/// Fully connected layers with random numbers between -1 and 1.
pub(crate) fn random_dense(widths: &[usize], seed: u64) -> Network<f64> {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let layers: Vec<_> = widths
        .windows(2)
        .map(|pair| (uniform(rng, [pair[1], pair[0]]), uniform::<ndarray::Ix1>(rng, pair[1])))
        .collect();
    dense(&layers)
}

/// Values between -1 and 1.
pub(crate) fn uniform<D: Dimension>(
    rng: &mut ChaCha8Rng,
    shape: impl ShapeBuilder<Dim = D>,
) -> Array<f64, D> {
    Array::from_shape_simple_fn(shape, || rng.random_range(-1.0..1.0))
}

/// A batch of inputs between -1 and 1.
pub(crate) fn inputs(network: &Network<f64>, count: usize, seed: u64) -> Array2<f64> {
    uniform(&mut ChaCha8Rng::seed_from_u64(seed), [count, network.input_count()])
}

/// A network in the making, with random numbers.
pub(crate) struct Draft {
    builder: NetworkBuilder<f64>,
    rng: ChaCha8Rng,
    last: NodeId,
}

impl Draft {
    pub(crate) fn new(shape: &[usize], seed: u64) -> Self {
        let (builder, rng) = (NetworkBuilder::new(shape), ChaCha8Rng::seed_from_u64(seed));
        Self { builder, rng, last: NodeId::INPUT }
    }

    pub(crate) fn last(&self) -> NodeId {
        self.last
    }

    pub(crate) fn add(mut self, op: Op<f64>) -> Self {
        let last = self.last;
        self.last = self.join(op, &[last]);
        self
    }

    pub(crate) fn join(&mut self, op: Op<f64>, inputs: &[NodeId]) -> NodeId {
        let name = format!("{}{}", op.name().to_lowercase(), self.last.index());
        self.last = self.builder.add(name, op, inputs).expect("it fits");
        self.last
    }

    pub(crate) fn dense(mut self, width: usize) -> Self {
        let inputs = self.builder.shape(self.last).element_count();
        let weight = uniform(&mut self.rng, [width, inputs]);
        let bias = uniform(&mut self.rng, width);
        self.add(Op::Affine(Affine { weight, bias }))
    }

    pub(crate) fn conv(mut self, maps: usize, kernel: usize, padding: usize, groups: usize) -> Self {
        let [channels, _, _] = self.builder.shape(self.last).as_image().expect("an image");
        let weight = uniform(&mut self.rng, [maps, channels / groups, kernel, kernel]);
        let bias = uniform(&mut self.rng, maps);
        let window = Window { padding: [padding; 4], ..Window::new([kernel, kernel], 1) };
        self.add(Op::Conv2d(Conv2d { weight, bias, window, groups }))
    }

    pub(crate) fn relu(self) -> Self {
        self.add(Op::Relu)
    }

    pub(crate) fn average(self) -> Self {
        self.add(Op::AveragePool(Pool { window: Window::new([2, 2], 2), count_padding: false }))
    }

    pub(crate) fn maximum(self) -> Self {
        self.add(Op::MaxPool(Pool { window: Window::new([2, 2], 2), count_padding: false }))
    }

    pub(crate) fn scaled(mut self) -> Self {
        let shape = self.builder.shape(self.last).dimensions().to_vec();
        let value = uniform(&mut self.rng, shape);
        self.add(Op::Constant { kind: ConstantOp::Mul, value })
    }

    pub(crate) fn flatten(mut self) -> Self {
        let count = self.builder.shape(self.last).element_count();
        self.last = self.builder.reshape("flatten", self.last, [count]).expect("as many elements");
        self
    }

    /// The elements in the opposite order.
    pub(crate) fn reversed(self) -> Self {
        let shape = self.builder.shape(self.last).clone();
        let sources = (0..shape.element_count()).rev().map(Source::Element).collect();
        self.add(Op::Rearrange(Rearrange { sources, shape }))
    }

    pub(crate) fn finish(self) -> Network<f64> {
        self.builder.finish(self.last)
    }
}

/// A small convolutional network with average pooling: two maps, three maps, five neurons, four classes.
pub(crate) fn small_lenet(seed: u64) -> Network<f64> {
    let features = Draft::new(&[1, 10, 10], seed).conv(2, 3, 0, 1).relu().average().conv(3, 3, 0, 1).relu();
    features.average().flatten().dense(5).relu().dense(4).finish()
}

/// Networks that use every operator that removal meets.
pub(crate) fn every_kind(seed: u64) -> Vec<(&'static str, Network<f64>)> {
    let residual = || {
        let mut draft = Draft::new(&[2, 5, 5], seed).conv(3, 3, 1, 1).relu();
        let branch = draft.last();
        draft = draft.conv(3, 3, 1, 1).relu();
        let long = draft.last();
        draft.join(Op::Add, &[branch, long]);
        draft.conv(2, 3, 0, 1).relu().flatten().dense(3).finish()
    };
    let joined = || {
        let mut draft = Draft::new(&[4], seed).dense(5).relu();
        let left = draft.last();
        draft = draft.dense(6).relu();
        let right = draft.last();
        draft.join(Op::Concat { axis: 0 }, &[left, right]);
        draft.dense(4).relu().dense(3).finish()
    };
    vec![
        ("dense", random_dense(&[4, 6, 5, 3], seed)),
        ("average pooling", small_lenet(seed)),
        (
            "padding and maxima",
            Draft::new(&[2, 6, 6], seed)
                .conv(4, 3, 1, 1)
                .relu()
                .maximum()
                .conv(3, 3, 1, 1)
                .relu()
                .flatten()
                .dense(4)
                .finish(),
        ),
        (
            "constants and leaky ReLUs",
            Draft::new(&[2, 4, 4], seed)
                .conv(4, 3, 1, 1)
                .relu()
                .scaled()
                .add(Op::LeakyRelu { slope: 0.1 })
                .flatten()
                .scaled()
                .dense(5)
                .relu()
                .add(Op::Tanh)
                .dense(3)
                .finish(),
        ),
        (
            "groups",
            Draft::new(&[2, 5, 5], seed)
                .conv(4, 3, 1, 1)
                .relu()
                .conv(4, 3, 1, 2)
                .relu()
                .conv(3, 3, 0, 1)
                .relu()
                .flatten()
                .dense(3)
                .finish(),
        ),
        (
            "moved elements",
            Draft::new(&[4], seed).dense(5).relu().reversed().dense(4).relu().dense(3).finish(),
        ),
        ("residual", residual()),
        ("joined", joined()),
    ]
}

/// Trained networks from the shared data folder: the one that `GREYMATTER_DATA` names, else `../shared/data` beside the
/// checkout; none, and a line that says so, where it is absent.
#[expect(clippy::print_stdout, reason = "says what was skipped")]
pub(crate) fn shared_networks(names: &[&str]) -> Vec<(String, Network<f64>)> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let folder = std::env::var_os("GREYMATTER_DATA").map_or_else(beside, PathBuf::from).join("nets");
    let read = |name: &&str| {
        let Ok(bytes) = std::fs::read(folder.join(name)) else {
            println!("skipped: {} is not there", folder.join(name).display());
            return None;
        };
        Some(((*name).to_owned(), read_onnx(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"))))
    };
    names.iter().filter_map(read).collect()
}
