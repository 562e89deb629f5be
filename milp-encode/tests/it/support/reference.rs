//! What a network computes, from the operators' definitions and in more than double precision: shares no code with the
//! library.

use nn_core::{ConstantOp, Network, Op, Shape, Source, Window};

use super::wide::Wide;

/// What affine operators compute with.
pub(crate) trait Number: Clone {
    fn constant(value: f64) -> Self;
    fn plus(&self, other: &Self) -> Self;
    fn times(&self, factor: f64) -> Self;
    fn over(&self, divisor: f64) -> Self;
}

/// What the other operators do with such numbers.
pub(crate) trait NonLinear<N> {
    fn leaky_relu(&mut self, slope: f64, x: &N) -> N;
    fn maximum(&mut self, candidates: &[N]) -> N;
    fn sigmoid(&mut self, x: &N) -> N;
    fn tanh(&mut self, x: &N) -> N;
}

/// The value of every node at an input. Sigmoid and tanh are computed in f64, all else in [`Wide`].
pub(crate) fn evaluate(network: &Network<f64>, input: &[f64]) -> Vec<Vec<Wide>> {
    evaluate_with(network, input.iter().map(|x| Wide::from(*x)).collect(), &mut Plain)
}

/// The value of every node on an input of any numbers.
pub(crate) fn evaluate_with<N: Number>(
    network: &Network<f64>,
    input: Vec<N>,
    nonlinear: &mut impl NonLinear<N>,
) -> Vec<Vec<N>> {
    let mut values: Vec<Vec<N>> = vec![input];
    for node in &network.nodes()[1..] {
        let inputs: Vec<&[N]> = node.inputs().iter().map(|id| values[id.index()].as_slice()).collect();
        let shapes: Vec<&Shape> = node.inputs().iter().map(|id| network.node(*id).shape()).collect();
        let x = inputs[0];
        let value: Vec<N> = match node.op() {
            Op::Input => unreachable!("only the first node is one"),
            Op::Affine(affine) => {
                let row = |(weights, bias): (ndarray::ArrayView1<'_, f64>, &f64)| {
                    let products = weights.iter().zip(x).map(|(w, x)| x.times(*w));
                    products.fold(N::constant(*bias), |sum, product| sum.plus(&product))
                };
                affine.weight.rows().into_iter().zip(&affine.bias).map(row).collect()
            }
            Op::Conv2d(conv) => {
                let image = Image::new(x, shapes[0]);
                let (outputs, per_group, _, _) = conv.weight.dim();
                let cell = |(output, position): (usize, [usize; 2])| {
                    let first = output / (outputs / conv.groups) * per_group;
                    let mut sum = N::constant(conv.bias[output]);
                    for (tap, pixel) in taps(&conv.window, position) {
                        for channel in 0..per_group {
                            if let Some(x) = image.at(first + channel, pixel) {
                                sum = sum.plus(&x.times(conv.weight[[output, channel, tap[0], tap[1]]]));
                            }
                        }
                    }
                    sum
                };
                cells(node.shape()).map(cell).collect()
            }
            Op::AveragePool(pool) => {
                let image = Image::new(x, shapes[0]);
                let cell = |(channel, position): (usize, [usize; 2])| {
                    let pixels = image.under(&pool.window, channel, position);
                    let count =
                        if pool.count_padding { taps(&pool.window, position).count() } else { pixels.len() };
                    pixels.iter().fold(N::constant(0.0), |sum, x| sum.plus(x)).over(count as f64)
                };
                cells(node.shape()).map(cell).collect()
            }
            Op::MaxPool(pool) => {
                let image = Image::new(x, shapes[0]);
                let windows = cells(node.shape());
                windows
                    .map(|(channel, position)| {
                        nonlinear.maximum(&image.under(&pool.window, channel, position))
                    })
                    .collect()
            }
            Op::Relu => x.iter().map(|x| nonlinear.leaky_relu(0.0, x)).collect(),
            Op::LeakyRelu { slope } => x.iter().map(|x| nonlinear.leaky_relu(*slope, x)).collect(),
            Op::Sigmoid => x.iter().map(|x| nonlinear.sigmoid(x)).collect(),
            Op::Tanh => x.iter().map(|x| nonlinear.tanh(x)).collect(),
            Op::Constant { kind, value } => {
                let pair = |(x, c): (&N, &f64)| match kind {
                    ConstantOp::Add => x.plus(&N::constant(*c)),
                    ConstantOp::Sub => x.plus(&N::constant(-*c)),
                    ConstantOp::SubFrom => x.times(-1.0).plus(&N::constant(*c)),
                    ConstantOp::Mul => x.times(*c),
                    ConstantOp::Div => x.over(*c),
                };
                x.iter().zip(value).map(pair).collect()
            }
            Op::Reshape => x.to_vec(),
            Op::Rearrange(rearrange) => {
                let taken = |source: &Source<f64>| match source {
                    Source::Element(index) => x[*index].clone(),
                    Source::Constant(value) => N::constant(*value),
                };
                rearrange.sources.iter().map(taken).collect()
            }
            Op::Concat { axis } => {
                let arrays: Vec<_> = inputs
                    .iter()
                    .zip(&shapes)
                    .map(|(x, shape)| ndarray::ArrayViewD::from_shape(shape.dimensions(), x).unwrap())
                    .collect();
                ndarray::concatenate(ndarray::Axis(*axis), &arrays).unwrap().iter().cloned().collect()
            }
            Op::Add => (0..x.len())
                .map(|i| inputs[1..].iter().fold(x[i].clone(), |sum, other| sum.plus(&other[i])))
                .collect(),
        };
        values.push(value);
    }
    values
}

impl Number for Wide {
    fn constant(value: f64) -> Self {
        Wide::from(value)
    }

    fn plus(&self, other: &Self) -> Self {
        *self + *other
    }

    fn times(&self, factor: f64) -> Self {
        *self * Wide::from(factor)
    }

    fn over(&self, divisor: f64) -> Self {
        *self / Wide::from(divisor)
    }
}

struct Plain;

impl NonLinear<Wide> for Plain {
    fn leaky_relu(&mut self, slope: f64, x: &Wide) -> Wide {
        if x.is_negative() { x.times(slope) } else { *x }
    }

    fn maximum(&mut self, candidates: &[Wide]) -> Wide {
        candidates.iter().copied().reduce(Wide::max).unwrap()
    }

    fn sigmoid(&mut self, x: &Wide) -> Wide {
        Wide::from(1.0 / (1.0 + (-x.to_f64()).exp()))
    }

    fn tanh(&mut self, x: &Wide) -> Wide {
        Wide::from(x.to_f64().tanh())
    }
}

struct Image<'a, N> {
    values: &'a [N],
    height: usize,
    width: usize,
}

impl<'a, N: Clone> Image<'a, N> {
    fn new(values: &'a [N], shape: &Shape) -> Self {
        let [_, height, width] = shape.as_image().unwrap();
        Self { values, height, width }
    }

    /// The pixel at coordinates that may lie in the padding.
    fn at(&self, channel: usize, [y, x]: [isize; 2]) -> Option<N> {
        let (y, x) = (usize::try_from(y).ok()?, usize::try_from(x).ok()?);
        let index = (channel * self.height + y) * self.width + x;
        (y < self.height && x < self.width).then(|| self.values[index].clone())
    }

    fn under(&self, window: &Window, channel: usize, position: [usize; 2]) -> Vec<N> {
        taps(window, position).filter_map(|(_, pixel)| self.at(channel, pixel)).collect()
    }
}

/// Every element of a kernel with the pixel under it.
fn taps(window: &Window, position: [usize; 2]) -> impl Iterator<Item = ([usize; 2], [isize; 2])> {
    let pixel = move |axis: usize, tap: usize| {
        let index = position[axis] * window.stride[axis] + tap * window.dilation[axis];
        index.cast_signed() - window.padding[axis].cast_signed()
    };
    let [height, width] = window.kernel;
    (0..height)
        .flat_map(move |row| (0..width).map(move |column| ([row, column], [pixel(0, row), pixel(1, column)])))
}

/// Channel and position of every element of an image.
fn cells(image: &Shape) -> impl Iterator<Item = (usize, [usize; 2])> + use<> {
    let [channels, rows, columns] = image.as_image().unwrap();
    (0..channels * rows * columns)
        .map(move |index| (index / (rows * columns), [index / columns % rows, index % columns]))
}
