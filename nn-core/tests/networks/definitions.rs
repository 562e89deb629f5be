//! What operators compute, by their definitions: slow loops over multi-indices in `f64`.

use ndarray::{ArrayD, ArrayView1, Axis, IxDyn};
use nn_core::{ConstantOp, Op, Shape, Source, Window};

/// The value of an operator on one sample.
pub(crate) fn define(op: &Op<f64>, shapes: &[Shape], inputs: &[ArrayView1<'_, f64>]) -> Vec<f64> {
    let tensor = |index: usize| {
        let values: Vec<f64> = inputs[index].to_vec();
        ArrayD::from_shape_vec(IxDyn(shapes[index].dimensions()), values).expect("values fill their shape")
    };
    let x = tensor(0);
    match op {
        Op::Affine(affine) => {
            let output = |i: usize| {
                let products = inputs[0].iter().enumerate().map(|(j, x)| affine.weight[[i, j]] * x);
                products.sum::<f64>() + affine.bias[i]
            };
            (0..affine.bias.len()).map(output).collect()
        }
        Op::Conv2d(conv) => {
            let (outputs, per_group, _, _) = conv.weight.dim();
            each_position(outputs, &conv.window, &x, |o, pixels| {
                let first = o / (outputs / conv.groups) * per_group;
                let products = pixels.iter().flat_map(|(tap, pixel)| {
                    let weights = (0..per_group).map(move |c| conv.weight[[o, c, tap[0], tap[1]]]);
                    weights.enumerate().map(|(c, w)| w * x[[first + c, pixel[0], pixel[1]]])
                });
                products.sum::<f64>() + conv.bias[o]
            })
        }
        Op::AveragePool(pool) => each_position(x.shape()[0], &pool.window, &x, |c, pixels| {
            let sum: f64 = pixels.iter().map(|(_, pixel)| x[[c, pixel[0], pixel[1]]]).sum();
            let all = pool.window.kernel[0] * pool.window.kernel[1];
            sum / if pool.count_padding { all } else { pixels.len() } as f64
        }),
        Op::MaxPool(pool) => each_position(x.shape()[0], &pool.window, &x, |c, pixels| {
            let values = pixels.iter().map(|(_, pixel)| x[[c, pixel[0], pixel[1]]]);
            values.reduce(f64::max).expect("each window has a pixel")
        }),
        Op::Relu => x.iter().map(|x| x.max(0.0)).collect(),
        Op::LeakyRelu { slope } => x.iter().map(|x| if *x >= 0.0 { *x } else { slope * x }).collect(),
        Op::Sigmoid => x.iter().map(|x| 0.5 + 0.5 * (x / 2.0).tanh()).collect(),
        Op::Tanh => x.iter().map(|x| x.sinh() / x.cosh()).collect(),
        Op::Constant { kind, value } => {
            let with = |(x, c): (&f64, &f64)| match kind {
                ConstantOp::Add => x + c,
                ConstantOp::Sub => x - c,
                ConstantOp::SubFrom => c - x,
                ConstantOp::Mul => x * c,
                ConstantOp::Div => x / c,
            };
            x.iter().zip(value).map(with).collect()
        }
        Op::Reshape => inputs[0].to_vec(),
        Op::Rearrange(rearrange) => {
            let value = |source: &Source<f64>| match source {
                Source::Element(index) => inputs[0][*index],
                Source::Constant(value) => *value,
            };
            rearrange.sources.iter().map(value).collect()
        }
        Op::Concat { axis } => {
            let tensors: Vec<_> = (0..inputs.len()).map(tensor).collect();
            let views: Vec<_> = tensors.iter().map(|tensor| tensor.view()).collect();
            let joined = ndarray::concatenate(Axis(*axis), &views).expect("the shapes fit");
            joined.iter().copied().collect()
        }
        Op::Add => (0..x.len()).map(|i| inputs.iter().map(|input| input[i]).sum()).collect(),
        Op::Input => unreachable!("the input computes nothing"),
    }
}

/// A kernel element and the pixel under it.
type Tap = ([usize; 2], [usize; 2]);

/// One value for every channel and window position, from the taps that lie inside the image.
fn each_position(
    channels: usize,
    window: &Window,
    image: &ArrayD<f64>,
    value: impl Fn(usize, &[Tap]) -> f64,
) -> Vec<f64> {
    let (height, width) = (image.shape()[1], image.shape()[2]);
    let [rows, columns] = window.positions(height, width).expect("the window fits");
    let along = |axis: usize, position: usize, tap: usize, size: usize| {
        let pixel = position * window.stride[axis] + tap * window.dilation[axis];
        pixel.checked_sub(window.padding[axis]).filter(|pixel| *pixel < size)
    };
    let mut values = Vec::new();
    for channel in 0..channels {
        for row in 0..rows {
            for column in 0..columns {
                let mut taps = Vec::new();
                for i in 0..window.kernel[0] {
                    for j in 0..window.kernel[1] {
                        if let (Some(y), Some(x)) = (along(0, row, i, height), along(1, column, j, width)) {
                            taps.push(([i, j], [y, x]));
                        }
                    }
                }
                values.push(value(channel, &taps));
            }
        }
    }
    values
}
