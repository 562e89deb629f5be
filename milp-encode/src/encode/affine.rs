//! Affine operators: no columns of their own, only sums over those of their inputs.

use nn_core::{ConstantOp, Conv2d, NodeId, Op, Pool, Source};
use solver_api::ModelError;

use super::builder::Builder;
use super::expression::Expression;
use crate::window::{axis_positions, pool_windows};

/// Up to how many columns an element may have to enter a weighted sum as it is: the two halves of a ReLU's input.
const NARROW: usize = 2;

/// The elements of an affine operator's value, as expressions of the columns of its inputs.
pub(super) fn affine(builder: &mut Builder<'_>, id: NodeId) -> Result<Vec<Expression>, ModelError> {
    let network = builder.network;
    let node = network.node(id);
    let sums_up = matches!(node.op(), Op::Affine(_) | Op::Conv2d(_) | Op::AveragePool(_));
    if sums_up {
        builder.make_narrow(node.inputs()[0], NARROW)?;
    }
    let input = |position: usize| builder.values(node.inputs()[position]);
    Ok(match node.op() {
        Op::Affine(affine) => {
            let weighted = affine.weight.rows().into_iter().zip(&affine.bias);
            weighted
                .map(|(weights, bias)| weighted_sum(*bias, weights.iter().copied().zip(input(0))))
                .collect()
        }
        Op::Conv2d(conv) => convolution(conv, network.node(node.inputs()[0]).shape().dimensions(), input(0)),
        Op::AveragePool(pool) => average(pool, network.node(node.inputs()[0]).shape(), input(0)),
        Op::Constant { kind, value } => {
            input(0).iter().zip(value).map(|(expression, c)| with_constant(*kind, expression, *c)).collect()
        }
        Op::Reshape => input(0).to_vec(),
        Op::Rearrange(rearrange) => {
            let element = |source: &Source<f64>| match source {
                Source::Element(index) => input(0)[*index].clone(),
                Source::Constant(value) => Expression::constant(*value),
            };
            rearrange.sources.iter().map(element).collect()
        }
        Op::Concat { axis } => concatenation(builder, id, *axis),
        Op::Add => {
            let mut sums = input(0).to_vec();
            for position in 1..node.inputs().len() {
                sums.iter_mut().zip(input(position)).for_each(|(sum, term)| sum.add_scaled(term, 1.0));
            }
            sums
        }
        Op::Input | Op::MaxPool(_) | Op::Relu | Op::LeakyRelu { .. } | Op::Sigmoid | Op::Tanh => {
            unreachable!("only affine operators are encoded here")
        }
    })
}

fn weighted_sum<'e>(constant: f64, terms: impl Iterator<Item = (f64, &'e Expression)>) -> Expression {
    let mut sum = Expression::constant(constant);
    for (weight, expression) in terms {
        sum.add_scaled(expression, weight);
    }
    sum
}

fn with_constant(kind: ConstantOp, expression: &Expression, constant: f64) -> Expression {
    match kind {
        ConstantOp::Add => expression.clone().plus(constant),
        ConstantOp::Sub => expression.clone().plus(-constant),
        ConstantOp::SubFrom => expression.scaled(-1.0).plus(constant),
        ConstantOp::Mul => expression.scaled(constant),
        ConstantOp::Div => Expression {
            constant: expression.constant / constant,
            terms: expression.terms.iter().map(|(column, c)| (*column, c / constant)).collect(),
        },
    }
}

fn convolution(conv: &Conv2d<f64>, input_shape: &[usize], input: &[Expression]) -> Vec<Expression> {
    let [_, height, width] = input_shape else { unreachable!("a convolution's input is an image") };
    let (height, width) = (*height, *width);
    let [rows, columns] =
        conv.window.positions(height, width).expect("a convolution's window fits its input");
    let (outputs, per_group, _, _) = conv.weight.dim();
    let outputs_per_group = outputs / conv.groups;
    let mut values = Vec::with_capacity(outputs * rows * columns);
    for output in 0..outputs {
        let first_channel = output / outputs_per_group * per_group;
        for row in 0..rows {
            for column in 0..columns {
                let mut sum = Expression::constant(conv.bias[output]);
                for channel in 0..per_group {
                    for (kernel_y, y) in axis_positions(&conv.window, 0, row, height) {
                        for (kernel_x, x) in axis_positions(&conv.window, 1, column, width) {
                            let index = ((first_channel + channel) * height + y) * width + x;
                            sum.add_scaled(&input[index], conv.weight[[output, channel, kernel_y, kernel_x]]);
                        }
                    }
                }
                values.push(sum);
            }
        }
    }
    values
}

fn average(pool: &Pool, input_shape: &nn_core::Shape, input: &[Expression]) -> Vec<Expression> {
    let full = pool.window.kernel.iter().product();
    let mean = |window: &Vec<usize>| {
        #[allow(clippy::cast_precision_loss)]
        let share = 1.0 / (if pool.count_padding { full } else { window.len() }) as f64;
        weighted_sum(0.0, window.iter().map(|index| (share, &input[*index])))
    };
    pool_windows(pool, input_shape).iter().map(mean).collect()
}

/// Row-major blocks of every input behind the joined axis, in turn.
fn concatenation(builder: &Builder<'_>, id: NodeId, axis: usize) -> Vec<Expression> {
    let inputs = builder.network.node(id).inputs();
    let shape = |id: &NodeId| builder.network.node(*id).shape().dimensions();
    let outer: usize = shape(&inputs[0])[..axis].iter().product();
    let mut values = Vec::with_capacity(builder.network.node(id).element_count());
    for block in 0..outer {
        for input in inputs {
            let length: usize = shape(input)[axis..].iter().product();
            values.extend_from_slice(&builder.values(*input)[block * length..(block + 1) * length]);
        }
    }
    values
}
