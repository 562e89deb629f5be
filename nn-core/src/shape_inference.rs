use crate::{Conv2d, NetworkError, Op, Scalar, Shape, Window};

/// The output shape of an operator on inputs of these shapes.
pub(crate) fn output_shape<T: Scalar>(
    name: &str,
    op: &Op<T>,
    inputs: &[&Shape],
) -> Result<Shape, NetworkError> {
    let fail = |reason: String| NetworkError::Shape { node: name.to_owned(), op: op.name(), reason };
    let arity_fits = match op {
        Op::Input => inputs.is_empty(),
        Op::Add => inputs.len() >= 2,
        Op::Concat { .. } => !inputs.is_empty(),
        _ => inputs.len() == 1,
    };
    if !arity_fits {
        return Err(fail(format!("got {} inputs", inputs.len())));
    }
    match op {
        Op::Input => Err(fail("a network has one input, which its builder adds".into())),
        Op::Affine(affine) => {
            let (outputs, expected) = affine.weight.dim();
            if inputs[0].element_count() != expected {
                return Err(fail(format!("weight takes {expected} inputs, but gets {}", inputs[0])));
            }
            if affine.bias.len() != outputs {
                return Err(fail(format!("{outputs} outputs, but {} biases", affine.bias.len())));
            }
            Ok(Shape::new([outputs]))
        }
        Op::Conv2d(conv) => conv_shape(conv, inputs[0]).map_err(fail),
        Op::AveragePool(pool) | Op::MaxPool(pool) => {
            let [channels, height, width] = image(inputs[0]).map_err(fail)?;
            let [rows, columns] = window_positions(&pool.window, height, width).map_err(fail)?;
            if !meets_image(&pool.window, 0, height, rows) || !meets_image(&pool.window, 1, width, columns) {
                return Err(fail(format!("a window {:?} holds nothing but padding", pool.window)));
            }
            Ok(Shape::new([channels, rows, columns]))
        }
        Op::LeakyRelu { slope } => {
            if *slope < T::zero() || *slope > T::one() {
                return Err(fail(format!("slope {slope} is not between 0 and 1")));
            }
            Ok(inputs[0].clone())
        }
        Op::Relu | Op::Sigmoid | Op::Tanh => Ok(inputs[0].clone()),
        Op::Constant { value, .. } => {
            if value.shape() != inputs[0].dimensions() {
                return Err(fail(format!("constant of shape {:?} on an input {}", value.shape(), inputs[0])));
            }
            if matches!(op, Op::Constant { kind: crate::ConstantOp::Div, .. })
                && value.iter().any(|v| v.is_zero())
            {
                return Err(fail("the divisor holds a zero".into()));
            }
            Ok(inputs[0].clone())
        }
        Op::Reshape => Err(fail("a reshape is added with its target shape".into())),
        Op::Rearrange(rearrange) => {
            let available = inputs[0].element_count();
            let outside =
                |source: &crate::Source<T>| matches!(source, crate::Source::Element(i) if *i >= available);
            if rearrange.sources.len() != rearrange.shape.element_count() {
                return Err(fail(format!(
                    "{} sources for shape {}",
                    rearrange.sources.len(),
                    rearrange.shape
                )));
            }
            if rearrange.sources.iter().any(outside) {
                return Err(fail(format!("a source lies outside the input {}", inputs[0])));
            }
            Ok(rearrange.shape.clone())
        }
        Op::Concat { axis } => concat_shape(*axis, inputs).map_err(fail),
        Op::Add => match inputs.iter().find(|shape| **shape != inputs[0]) {
            Some(other) => Err(fail(format!("cannot add {} and {other}", inputs[0]))),
            None => Ok(inputs[0].clone()),
        },
    }
}

/// Rejects NaN and infinite parameters.
pub(crate) fn check_finite<T: Scalar>(name: &str, op: &Op<T>) -> Result<(), NetworkError> {
    let check = |parameter: &'static str, values: &mut dyn Iterator<Item = T>| match values
        .enumerate()
        .find(|(_, value)| !value.is_finite())
    {
        None => Ok(()),
        Some((index, value)) => Err(NetworkError::NonFinite {
            node: name.to_owned(),
            op: op.name(),
            parameter,
            value: value.to_string(),
            index,
        }),
    };
    match op {
        Op::Affine(affine) => {
            check("weight", &mut affine.weight.iter().copied())?;
            check("bias", &mut affine.bias.iter().copied())
        }
        Op::Conv2d(conv) => {
            check("weight", &mut conv.weight.iter().copied())?;
            check("bias", &mut conv.bias.iter().copied())
        }
        Op::Constant { value, .. } => check("constant", &mut value.iter().copied()),
        Op::LeakyRelu { slope } => check("slope", &mut std::iter::once(*slope)),
        Op::Rearrange(rearrange) => check(
            "fill value",
            &mut rearrange.sources.iter().filter_map(|source| match source {
                crate::Source::Element(_) => None,
                crate::Source::Constant(value) => Some(*value),
            }),
        ),
        _ => Ok(()),
    }
}

fn image(shape: &Shape) -> Result<[usize; 3], String> {
    shape.as_image().ok_or_else(|| format!("expects an image [channels, height, width], but gets {shape}"))
}

fn window_positions(window: &Window, height: usize, width: usize) -> Result<[usize; 2], String> {
    if window.kernel.iter().chain(&window.stride).chain(&window.dilation).any(|size| *size == 0) {
        return Err(format!("a window needs a positive kernel, stride and dilation, but is {window:?}"));
    }
    let reason = || format!("a window {window:?} does not fit an image of {height} x {width}");
    window.positions(height, width).ok_or_else(reason)
}

/// Whether along an axis the window has an element inside the image at each of its positions.
fn meets_image(window: &Window, axis: usize, size: usize, positions: usize) -> bool {
    let (before, dilation) = (window.padding[axis], window.dilation[axis]);
    (0..positions).map(|position| position * window.stride[axis]).all(|start| {
        let taps_in_padding = before.saturating_sub(start).div_ceil(dilation);
        taps_in_padding < window.kernel[axis] && start + taps_in_padding * dilation < before + size
    })
}

fn conv_shape<T>(conv: &Conv2d<T>, input: &Shape) -> Result<Shape, String> {
    let [channels, height, width] = image(input)?;
    let (outputs, per_group, kernel_height, kernel_width) = conv.weight.dim();
    if conv.groups == 0 || outputs % conv.groups != 0 || per_group.checked_mul(conv.groups) != Some(channels)
    {
        let groups = conv.groups;
        return Err(format!(
            "weight {:?} in {groups} group(s) does not fit {channels} input channels",
            conv.weight.shape()
        ));
    }
    if conv.window.kernel != [kernel_height, kernel_width] {
        return Err(format!("weight {:?} under a window {:?}", conv.weight.shape(), conv.window.kernel));
    }
    if conv.bias.len() != outputs {
        return Err(format!("{outputs} output channels, but {} biases", conv.bias.len()));
    }
    let [rows, columns] = window_positions(&conv.window, height, width)?;
    Ok(Shape::new([outputs, rows, columns]))
}

fn concat_shape(axis: usize, inputs: &[&Shape]) -> Result<Shape, String> {
    let mut joined = inputs[0].dimensions().to_vec();
    if axis >= joined.len() {
        return Err(format!("axis {axis} is outside {}", inputs[0]));
    }
    for shape in &inputs[1..] {
        let dimensions = shape.dimensions();
        let fits = dimensions.len() == joined.len()
            && dimensions.iter().zip(&joined).enumerate().all(|(i, (a, b))| i == axis || a == b);
        if !fits {
            return Err(format!("cannot join {} and {shape} along axis {axis}", inputs[0]));
        }
        joined[axis] += dimensions[axis];
    }
    Ok(Shape::new(joined))
}
