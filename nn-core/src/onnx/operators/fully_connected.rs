//! `Gemm` and `MatMul` with a constant: fully connected layers.

use ndarray::{Array1, Array2, ArrayD, Ix2};

use super::computed;
use crate::onnx::OnnxError;
use crate::onnx::context::NodeContext;
use crate::onnx::draft::{Computed, Draft, Value};
use crate::onnx::shapes::broadcast;
use crate::onnx::tensor::reshaped;
use crate::{Affine, Op};

/// `alpha * A' * B' + beta * C` with a constant `B` and, if present, a constant `C`; a prime is a transposition.
pub(super) fn gemm(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let x = node.computed(0)?;
    let [rows, columns] = match (x.shape.as_slice(), node.int("transA", 0) != 0) {
        ([rows, columns], false) | ([columns, rows], true) => [*rows, *columns],
        _ => return Err(node.fail(format!("its input {:?} is no matrix", x.shape))),
    };
    if rows != 1 {
        return Err(node.fail(format!("its input {:?} has more than one row besides the batch", x.shape)));
    }
    let weight = node.numbers(1)?;
    let weight = weight.into_dimensionality::<Ix2>();
    let weight = weight.map_err(|_| node.fail("its weight is no matrix"))?;
    let weight = if node.int("transB", 0) != 0 { weight } else { weight.reversed_axes() };
    let outputs = weight.nrows();
    if weight.ncols() != columns {
        return Err(node.fail(format!("its weight takes {} inputs, but gets {columns}", weight.ncols())));
    }
    let beta = node.float("beta", 1.0);
    let bias = match node.optional_constant(2)? {
        None => None,
        Some(bias) => {
            let bias = scaled(bias.to_float(), beta);
            let row = bias.broadcast([1, outputs].as_slice());
            let row =
                row.ok_or_else(|| node.fail(format!("its bias {:?} is no row of {outputs}", bias.shape())))?;
            Some(row.iter().copied().collect())
        }
    };
    let weight = scaled(weight.into_dyn(), node.float("alpha", 1.0));
    let weight = weight.into_dimensionality().expect("scaling keeps the shape");
    add_layer(node, draft, x, &weight, bias, vec![1, outputs])
}

/// A product of a constant matrix and a vector, from either side.
pub(super) fn mat_mul(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let (left, right) = (node.input(0)?, node.input(1)?);
    let product = product(left.shape(), right.shape()).map_err(|reason| node.fail(reason))?;
    let outputs = product.shape.iter().product::<usize>();
    let (x, constant, x_is_left) = match (left, right) {
        (Value::Computed(x), Value::Constant(constant)) => (x, constant, true),
        (Value::Constant(constant), Value::Computed(x)) => (x, constant, false),
        (Value::Computed(_), Value::Computed(_)) => {
            return Err(node.fail("the product of two computed values (attention) is not supported"));
        }
        (Value::Constant(_), Value::Constant(_)) => {
            return Err(
                node.fail("the product of two constants is not supported; export with constant folding")
            );
        }
    };
    let is_layer = x.element_count() == product.inner
        && constant.shape().iter().product::<usize>() == product.inner * outputs;
    if !is_layer {
        return Err(node.fail(format!(
            "{:?} x {:?} is no fully connected layer on one vector besides the batch",
            left.shape(),
            right.shape()
        )));
    }
    let constant = constant.to_float();
    let weight = if x_is_left {
        matrix(&constant, [product.inner, outputs]).reversed_axes()
    } else {
        matrix(&constant, [outputs, product.inner])
    };
    add_layer(node, draft, x, &weight, None, product.shape)
}

/// What comes out of a matrix product.
struct Product {
    shape: Vec<usize>,
    /// The length of the axis that is summed over.
    inner: usize,
}

/// The shape of a product as NumPy's `matmul` defines it, where vectors lose their axis.
fn product(left: &[usize], right: &[usize]) -> Result<Product, String> {
    let fail = || format!("shapes {left:?} and {right:?} cannot be multiplied");
    let (left_batch, rows, inner) = match left {
        [] => return Err(fail()),
        [inner] => (&[][..], None, *inner),
        [batch @ .., rows, inner] => (batch, Some(*rows), *inner),
    };
    let (right_batch, right_inner, columns) = match right {
        [] => return Err(fail()),
        [inner] => (&[][..], *inner, None),
        [batch @ .., inner, columns] => (batch, *inner, Some(*columns)),
    };
    if inner != right_inner {
        return Err(fail());
    }
    let mut shape = broadcast(left_batch, right_batch).map_err(|_| fail())?;
    shape.extend(rows);
    shape.extend(columns);
    Ok(Product { shape, inner })
}

fn matrix(values: &ArrayD<f64>, shape: [usize; 2]) -> Array2<f64> {
    let values = reshaped(&values.view(), &shape);
    values.into_dimensionality().expect("the shape has two axes")
}

/// Factors of 1 are common and leave the values as they are.
fn scaled(values: ArrayD<f64>, factor: f64) -> ArrayD<f64> {
    if factor == 1.0 { values } else { values * factor }
}

fn add_layer(
    node: &NodeContext<'_>,
    draft: &mut Draft,
    x: &Computed,
    weight: &Array2<f64>,
    bias: Option<Array1<f64>>,
    shape: Vec<usize>,
) -> Result<Vec<Value>, OnnxError> {
    let unbiased = bias.is_none();
    let bias = bias.unwrap_or_else(|| Array1::zeros(weight.nrows()));
    let weight = weight.as_standard_layout().into_owned();
    let layer = draft.add(&node.name, Op::Affine(Affine { weight, bias }), &[x.node])?;
    if unbiased {
        draft.mark_unbiased(layer);
    }
    Ok(computed(Computed::new(layer, shape)))
}
