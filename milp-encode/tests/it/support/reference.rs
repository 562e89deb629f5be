//! What a network computes, from the operators' definitions and in more than double precision: shares no code with the
//! library.

use nn_core::{ConstantOp, Network, Op, Shape, Source, Window};

use super::wide::Wide;

/// The value of every node at an input. Sigmoid and tanh are computed in f64, all else in [`Wide`].
pub(crate) fn evaluate(network: &Network<f64>, input: &[f64]) -> Vec<Vec<Wide>> {
    let mut values: Vec<Vec<Wide>> = Vec::new();
    for node in network.nodes() {
        let inputs: Vec<&[Wide]> = node.inputs().iter().map(|id| values[id.index()].as_slice()).collect();
        let shapes: Vec<&Shape> = node.inputs().iter().map(|id| network.node(*id).shape()).collect();
        let each = |function: &dyn Fn(Wide) -> Wide| inputs[0].iter().map(|x| function(*x)).collect();
        let value: Vec<Wide> = match node.op() {
            Op::Input => input.iter().map(|x| Wide::from(*x)).collect(),
            Op::Affine(affine) => {
                let row = |(weights, bias): (ndarray::ArrayView1<'_, f64>, &f64)| {
                    let products = weights.iter().zip(inputs[0]).map(|(w, x)| Wide::from(*w) * *x);
                    products.sum::<Wide>() + Wide::from(*bias)
                };
                affine.weight.rows().into_iter().zip(&affine.bias).map(row).collect()
            }
            Op::Conv2d(conv) => {
                let image = Image::new(inputs[0], shapes[0]);
                let (outputs, per_group, _, _) = conv.weight.dim();
                let cell = |output: usize, position: [usize; 2]| {
                    let first = output / (outputs / conv.groups) * per_group;
                    let mut sum = Wide::from(conv.bias[output]);
                    for (tap, pixel) in taps(&conv.window, position) {
                        for channel in 0..per_group {
                            if let Some(x) = image.at(first + channel, pixel) {
                                sum = sum + Wide::from(conv.weight[[output, channel, tap[0], tap[1]]]) * x;
                            }
                        }
                    }
                    sum
                };
                let [_, rows, columns] = node.shape().as_image().unwrap();
                cells(outputs, rows, columns).map(|(channel, position)| cell(channel, position)).collect()
            }
            Op::AveragePool(pool) => {
                let image = Image::new(inputs[0], shapes[0]);
                let [channels, rows, columns] = node.shape().as_image().unwrap();
                let cell = |(channel, position): (usize, [usize; 2])| {
                    let pixels = image.under(&pool.window, channel, position);
                    let count =
                        if pool.count_padding { taps(&pool.window, position).count() } else { pixels.len() };
                    pixels.into_iter().sum::<Wide>() / Wide::from(count as f64)
                };
                cells(channels, rows, columns).map(cell).collect()
            }
            Op::MaxPool(pool) => {
                let image = Image::new(inputs[0], shapes[0]);
                let [channels, rows, columns] = node.shape().as_image().unwrap();
                let cell = |(channel, position): (usize, [usize; 2])| {
                    image.under(&pool.window, channel, position).into_iter().reduce(Wide::max).unwrap()
                };
                cells(channels, rows, columns).map(cell).collect()
            }
            Op::Relu => each(&|x| x.max(Wide::ZERO)),
            Op::LeakyRelu { slope } => each(&|x| if x.is_negative() { Wide::from(*slope) * x } else { x }),
            Op::Sigmoid => each(&|x| Wide::from(1.0 / (1.0 + (-x.to_f64()).exp()))),
            Op::Tanh => each(&|x| Wide::from(x.to_f64().tanh())),
            Op::Constant { kind, value } => {
                let pair = |(x, c): (&Wide, &f64)| match kind {
                    ConstantOp::Add => *x + Wide::from(*c),
                    ConstantOp::Sub => *x - Wide::from(*c),
                    ConstantOp::SubFrom => Wide::from(*c) - *x,
                    ConstantOp::Mul => *x * Wide::from(*c),
                    ConstantOp::Div => *x / Wide::from(*c),
                };
                inputs[0].iter().zip(value).map(pair).collect()
            }
            Op::Reshape => inputs[0].to_vec(),
            Op::Rearrange(rearrange) => {
                let taken = |source: &Source<f64>| match source {
                    Source::Element(index) => inputs[0][*index],
                    Source::Constant(value) => Wide::from(*value),
                };
                rearrange.sources.iter().map(taken).collect()
            }
            Op::Concat { axis } => {
                let arrays: Vec<_> = inputs
                    .iter()
                    .zip(&shapes)
                    .map(|(x, shape)| ndarray::ArrayViewD::from_shape(shape.dimensions(), x).unwrap())
                    .collect();
                ndarray::concatenate(ndarray::Axis(*axis), &arrays).unwrap().iter().copied().collect()
            }
            Op::Add => (0..inputs[0].len()).map(|i| inputs.iter().map(|x| x[i]).sum()).collect(),
        };
        values.push(value);
    }
    values
}

struct Image<'a> {
    values: &'a [Wide],
    height: usize,
    width: usize,
}

impl<'a> Image<'a> {
    fn new(values: &'a [Wide], shape: &Shape) -> Self {
        let [_, height, width] = shape.as_image().unwrap();
        Self { values, height, width }
    }

    /// The pixel at coordinates that may lie in the padding.
    fn at(&self, channel: usize, [y, x]: [isize; 2]) -> Option<Wide> {
        let (y, x) = (usize::try_from(y).ok()?, usize::try_from(x).ok()?);
        (y < self.height && x < self.width).then(|| self.values[(channel * self.height + y) * self.width + x])
    }

    fn under(&self, window: &Window, channel: usize, position: [usize; 2]) -> Vec<Wide> {
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

fn cells(channels: usize, rows: usize, columns: usize) -> impl Iterator<Item = (usize, [usize; 2])> {
    (0..channels * rows * columns)
        .map(move |index| (index / (rows * columns), [index / columns % rows, index % columns]))
}
