//! Networks without maxima have the outputs of those with them.

use ndarray::{Array1, Array2, Array4, array};
use nn_core::{Conv2d, Window};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;

/// A network in the making whose weights are small integers: with inputs that are eighths, nothing is ever rounded.
struct Sketch {
    rng: ChaCha8Rng,
    builder: NetworkBuilder<f64>,
}

impl Sketch {
    fn new(image: [usize; 3]) -> Self {
        Self { rng: ChaCha8Rng::seed_from_u64(5), builder: NetworkBuilder::new(image) }
    }

    fn add(&mut self, op: Op<f64>, inputs: &[NodeId]) -> NodeId {
        self.builder.add("node", op, inputs).unwrap()
    }

    fn convolution(&mut self, input: NodeId, outputs: usize) -> NodeId {
        let inputs = self.builder.shape(input).dimensions()[0];
        let weight = Array4::from_shape_simple_fn((outputs, inputs, 2, 2), || self.rng.random_range(-2..=2));
        let bias = Array1::from_shape_simple_fn(outputs, || self.rng.random_range(-2..=2));
        let (weight, bias) = (weight.mapv(f64::from), bias.mapv(f64::from));
        let window = Window::new([2, 2], 1);
        self.add(Op::Conv2d(Conv2d { weight, bias, window, groups: 1 }), &[input])
    }

    fn pool(&mut self, input: NodeId, window: Window) -> NodeId {
        self.add(Op::MaxPool(Pool { window, count_padding: false }), &[input])
    }

    fn flat(&mut self, input: NodeId) -> NodeId {
        let count = self.builder.shape(input).element_count();
        self.builder.reshape("flat", input, [count]).unwrap()
    }

    fn dense(&mut self, input: NodeId) -> NodeId {
        let flat = self.flat(input);
        let inputs = self.builder.shape(flat).element_count();
        let weight = Array2::from_shape_simple_fn((3, inputs), || f64::from(self.rng.random_range(-2..=2)));
        self.add(Op::Affine(Affine { weight, bias: array![1.0, 0.0, -1.0] }), &[flat])
    }
}

type Recipe = fn(&mut Sketch) -> NodeId;

const OVERLAPPING: Window =
    Window { kernel: [3, 3], stride: [2, 1], padding: [1, 0, 1, 2], dilation: [1; 2] };
const WITH_HOLES: Window = Window { kernel: [2, 3], stride: [1, 2], padding: [0; 4], dilation: [2, 1] };

/// Networks over a 2 x 5 x 5 image, and whether an activation is moved behind the last maximum.
const RECIPES: [(&str, Recipe); 9] = [
    ("behind a ReLU", |s| {
        let hidden = s.convolution(NodeId::INPUT, 3);
        let hidden = s.add(Op::Relu, &[hidden]);
        let hidden = s.pool(hidden, Window::new([2, 2], 2));
        s.dense(hidden)
    }),
    ("behind a leaky ReLU, with overlap and padding", |s| {
        let hidden = s.convolution(NodeId::INPUT, 2);
        let hidden = s.add(Op::LeakyRelu { slope: 0.25 }, &[hidden]);
        let hidden = s.pool(hidden, OVERLAPPING);
        s.dense(hidden)
    }),
    ("with holes", |s| {
        let hidden = s.convolution(NodeId::INPUT, 2);
        let hidden = s.pool(hidden, WITH_HOLES);
        s.dense(hidden)
    }),
    ("two layers of maxima", |s| {
        let hidden = s.convolution(NodeId::INPUT, 2);
        let hidden = s.add(Op::Relu, &[hidden]);
        let hidden = s.pool(hidden, Window::new([2, 2], 1));
        let hidden = s.convolution(hidden, 2);
        let hidden = s.add(Op::Relu, &[hidden]);
        let hidden = s.pool(hidden, Window::new([2, 1], 1));
        s.dense(hidden)
    }),
    ("maxima of maxima", |s| {
        let hidden = s.pool(NodeId::INPUT, OVERLAPPING);
        let hidden = s.pool(hidden, Window::new([1, 2], 1));
        s.dense(hidden)
    }),
    ("behind a ReLU with another user", |s| {
        let hidden = s.convolution(NodeId::INPUT, 2);
        let relu = s.add(Op::Relu, &[hidden]);
        let pooled = s.pool(relu, Window::new([2, 2], 2));
        let both = [s.flat(pooled), s.flat(relu)];
        let both = s.add(Op::Concat { axis: 0 }, &both);
        s.dense(both)
    }),
    ("before a ReLU", |s| {
        let hidden = s.convolution(NodeId::INPUT, 2);
        let pooled = s.pool(hidden, Window::new([2, 2], 1));
        let hidden = s.add(Op::Relu, &[pooled]);
        s.dense(hidden)
    }),
    ("before a ReLU and something else", |s| {
        let hidden = s.convolution(NodeId::INPUT, 2);
        let pooled = s.pool(hidden, Window::new([2, 2], 1));
        let relu = s.add(Op::Relu, &[pooled]);
        let sum = s.add(Op::Add, &[pooled, relu]);
        s.dense(sum)
    }),
    ("last of all", |s| {
        let hidden = s.convolution(NodeId::INPUT, 2);
        let hidden = s.add(Op::Relu, &[hidden]);
        s.pool(hidden, Window::new([2, 2], 2))
    }),
];

fn rewritten(network: &Network<f64>, input: &InputBox) -> Network<f64> {
    let rewritten = without_maxima(network, input, &Budget::unlimited()).unwrap().into_owned();
    assert!(!rewritten.nodes().iter().any(|node| matches!(node.op(), Op::MaxPool(_))));
    rewritten
}

#[test]
fn outputs_on_the_box_are_the_same() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let mut fewest = f64::INFINITY;
    for (name, recipe) in RECIPES {
        let mut sketch = Sketch::new([2, 5, 5]);
        let output = recipe(&mut sketch);
        let network = sketch.builder.finish(output);
        let mut sizes = Vec::new();
        for eighths in [0, 1, 4, 40] {
            let center = Array1::from_shape_simple_fn(50, || f64::from(rng.random_range(-16..=16)) / 8.0);
            let radius = f64::from(eighths) / 8.0;
            let input = InputBox::new(&center - radius, &center + radius).unwrap();
            let other = rewritten(&network, &input);
            sizes.push(other.relu_count());
            for _ in 0..50 {
                let x = center.mapv(|x| x + f64::from(rng.random_range(-eighths..=eighths)) / 8.0);
                let (expected, value) = (network.forward_one(x.view()), other.forward_one(x.view()));
                assert_eq!(value, expected, "{name} at {x}");
            }
        }
        assert!(sizes.is_sorted(), "{name}: smaller boxes leave less open: {sizes:?}");
        fewest = fewest.min(sizes[0] as f64 / sizes[3] as f64);
    }
    assert!(fewest < 0.5, "at a point all is decided");
}

/// A row of pixels, or two.
fn pooled(rows: usize, columns: usize, kernel: [usize; 2], relu: bool) -> Network<f64> {
    let mut sketch = Sketch::new([1, rows, columns]);
    let input = if relu { sketch.add(Op::Relu, &[NodeId::INPUT]) } else { NodeId::INPUT };
    let output = sketch.pool(input, Window::new(kernel, 1));
    sketch.builder.finish(output)
}

fn sides(sides: &[[f64; 2]]) -> InputBox {
    InputBox::new(sides.iter().map(|side| side[0]).collect(), sides.iter().map(|side| side[1]).collect())
        .unwrap()
}

#[test]
fn only_open_comparisons_cost_neurons() {
    let open = [-1.0, 1.0];
    // Network, box, neurons.
    let cases = [
        ("one comparison a pair", pooled(1, 2, [1, 2], false), vec![open; 2], 1),
        ("and one for the ReLU behind", pooled(1, 2, [1, 2], true), vec![open; 2], 2),
        ("dominated", pooled(1, 2, [1, 2], false), vec![open, [1.0, 2.0]], 0),
        ("dominated once", pooled(1, 3, [1, 3], false), vec![[0.0, 1.5], open, [1.0, 2.0]], 1),
        ("never above 0", pooled(1, 3, [1, 3], true), vec![[-2.0, -1.0], open, [-3.0, 0.0]], 1),
        ("no element above 0", pooled(1, 2, [1, 2], true), vec![[-2.0, -1.0]; 2], 1),
        // Windows share the pair in the middle row.
        ("overlapping", pooled(3, 2, [2, 2], false), vec![open; 6], 3 + 2),
    ];
    for (name, network, input, neurons) in cases {
        assert_eq!(rewritten(&network, &sides(&input)).relu_count(), neurons, "{name}");
    }
}

#[test]
fn networks_without_maxima_stay_as_they_are() {
    let mut sketch = Sketch::new([1, 2, 2]);
    let output = sketch.dense(NodeId::INPUT);
    let network = sketch.builder.finish(output);
    let input = sides(&[[0.0, 1.0]; 4]);
    let same = without_maxima(&network, &input, &Budget::unlimited()).unwrap();
    assert!(matches!(same, Cow::Borrowed(_)));
}
