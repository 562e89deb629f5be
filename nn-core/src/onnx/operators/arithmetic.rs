//! Element-wise arithmetic: with constants, and sums of computed tensors.

use ndarray::{ArrayD, IxDyn, Zip};

use super::activation::add_element_wise;
use super::index_map::broadcast_to;
use super::{computed, fold};
use crate::onnx::OnnxError;
use crate::onnx::context::NodeContext;
use crate::onnx::draft::{Computed, Draft, Value};
use crate::onnx::shapes::{admissible_count, broadcast, computed_count};
use crate::onnx::tensor::{Constant, reshaped};
use crate::{ConstantOp, Op};

pub(super) fn add(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    Ok(vec![sum_of(node, draft, node.input(0)?, node.input(1)?)?])
}

/// The sum of any number of tensors.
pub(super) fn sum(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    let mut terms = Vec::new();
    let mut constants: Option<Value> = None;
    for position in 0..node.inputs.len() {
        match (node.input(position)?, &constants) {
            (Value::Computed(x), _) => terms.push(x.clone()),
            (constant, None) => constants = Some(constant.clone()),
            (constant, Some(sum)) => constants = Some(sum_of(node, draft, sum, constant)?),
        }
    }
    let total = match (terms.as_slice(), &constants) {
        ([], _) => None,
        ([only], _) => Some(only.clone()),
        (several, None) => Some(sum_of_computed(node, draft, several)?),
        (several, Some(_)) => Some(sum_of_computed(&node.part(draft, "computed"), draft, several)?),
    };
    match (total.map(Value::Computed), constants) {
        (Some(total), Some(constants)) => Ok(vec![sum_of(node, draft, &total, &constants)?]),
        (total, constants) => Ok(total.or(constants).into_iter().collect()),
    }
}

pub(super) fn sub(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    match (node.input(0)?, node.input(1)?) {
        (Value::Constant(a), Value::Constant(b)) => folded(node, a, b, |x, y| x - y, i64::checked_sub),
        (Value::Computed(x), Value::Constant(c)) => with_constant(node, draft, x, c, ConstantOp::Sub),
        (Value::Constant(c), Value::Computed(x)) => with_constant(node, draft, x, c, ConstantOp::SubFrom),
        (Value::Computed(x), Value::Computed(y)) => {
            let negated = negated(&node.part(draft, "negated"), draft, y)?;
            Ok(computed(sum_of_computed(node, draft, &[x.clone(), negated])?))
        }
    }
}

pub(super) fn mul(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    match (node.input(0)?, node.input(1)?) {
        (Value::Constant(a), Value::Constant(b)) => folded(node, a, b, |x, y| x * y, i64::checked_mul),
        (Value::Computed(x), Value::Constant(c)) | (Value::Constant(c), Value::Computed(x)) => {
            with_constant(node, draft, x, c, ConstantOp::Mul)
        }
        _ => Err(node.fail("the product of two computed values is not supported")),
    }
}

pub(super) fn div(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    match (node.input(0)?, node.input(1)?) {
        (Value::Constant(a), Value::Constant(b)) => folded(node, a, b, |x, y| x / y, i64::checked_div),
        (Value::Computed(x), Value::Constant(c)) => with_constant(node, draft, x, c, ConstantOp::Div),
        _ => Err(node.fail("division by a computed value is not supported")),
    }
}

pub(super) fn neg(node: &NodeContext<'_>, draft: &mut Draft) -> Result<Vec<Value>, OnnxError> {
    match node.input(0)? {
        Value::Constant(Constant::Float(values)) => Ok(vec![Value::Constant(Constant::Float(-values))]),
        Value::Constant(Constant::Integer(values)) => {
            Ok(vec![Value::Constant(Constant::Integer(values.mapv(i64::wrapping_neg)))])
        }
        Value::Computed(x) => Ok(computed(negated(node, draft, x)?)),
    }
}

/// Arithmetic on constants, as on the way from shapes to reshapes.
fn folded(
    node: &NodeContext<'_>,
    a: &Constant,
    b: &Constant,
    floats: impl Fn(f64, f64) -> f64,
    integers: impl Fn(i64, i64) -> Option<i64>,
) -> Result<Vec<Value>, OnnxError> {
    let fail = |reason: String| node.fail(reason);
    let shape = broadcast(a.shape(), b.shape()).map_err(fail)?;
    admissible_count(&shape).map_err(fail)?;
    let constant = match (a.as_integers(), b.as_integers()) {
        (Some(a), Some(b)) => {
            let impossible = || node.fail("its integers overflow or are divided by zero");
            let values = element_wise(a.broadcast(shape.as_slice()), b.broadcast(shape.as_slice()), integers);
            let values: Option<Vec<i64>> = values.into_iter().collect();
            let values = ArrayD::from_shape_vec(IxDyn(&shape), values.ok_or_else(impossible)?);
            Constant::Integer(values.expect("one value for every element"))
        }
        _ => {
            let (a, b) = (a.to_float(), b.to_float());
            Constant::Float(element_wise(
                a.broadcast(shape.as_slice()),
                b.broadcast(shape.as_slice()),
                floats,
            ))
        }
    };
    Ok(vec![Value::Constant(constant)])
}

fn element_wise<E: Copy, R>(
    a: Option<ndarray::ArrayViewD<'_, E>>,
    b: Option<ndarray::ArrayViewD<'_, E>>,
    operation: impl Fn(E, E) -> R,
) -> ArrayD<R> {
    let (a, b) = (a.expect("broadcast to the common shape"), b.expect("broadcast to the common shape"));
    Zip::from(a).and(b).map_collect(|x, y| operation(*x, *y))
}

fn sum_of(node: &NodeContext<'_>, draft: &mut Draft, a: &Value, b: &Value) -> Result<Value, OnnxError> {
    let mut outputs = match (a, b) {
        (Value::Constant(a), Value::Constant(b)) => folded(node, a, b, |x, y| x + y, i64::checked_add)?,
        (Value::Computed(x), Value::Constant(c)) | (Value::Constant(c), Value::Computed(x)) => {
            with_constant(node, draft, x, c, ConstantOp::Add)?
        }
        (Value::Computed(x), Value::Computed(y)) => {
            computed(sum_of_computed(node, draft, &[x.clone(), y.clone()])?)
        }
    };
    Ok(outputs.swap_remove(0))
}

/// The sum of tensors of one size; their shapes may differ in axes of size 1.
fn sum_of_computed(
    node: &NodeContext<'_>,
    draft: &mut Draft,
    terms: &[Computed],
) -> Result<Computed, OnnxError> {
    let mut shape = terms[0].shape.clone();
    for term in &terms[1..] {
        shape = broadcast(&shape, &term.shape).map_err(|reason| node.fail(reason))?;
    }
    let count = shape.iter().product::<usize>();
    if let Some(smaller) = terms.iter().find(|term| term.element_count() != count) {
        return Err(node.fail(format!(
            "broadcasting a computed value of shape {:?} to {shape:?} is not supported",
            smaller.shape
        )));
    }
    let common = draft.shape(terms[0].node).dimensions().to_vec();
    let nodes = terms.iter().map(|term| draft.in_shape(term, &common)).collect::<Result<Vec<_>, _>>()?;
    Ok(Computed::new(draft.add(&node.name, Op::Add, &nodes)?, shape))
}

/// `-x`.
fn negated(node: &NodeContext<'_>, draft: &mut Draft, x: &Computed) -> Result<Computed, OnnxError> {
    let value = ArrayD::from_elem(draft.shape(x.node).dimensions(), -1.0);
    let negated = draft.add(&node.name, Op::Constant { kind: ConstantOp::Mul, value }, &[x.node])?;
    Ok(Computed::new(negated, x.shape.clone()))
}

/// An operation of a computed tensor with a constant, each broadcast to the shape of the result.
fn with_constant(
    node: &NodeContext<'_>,
    draft: &mut Draft,
    x: &Computed,
    constant: &Constant,
    kind: ConstantOp,
) -> Result<Vec<Value>, OnnxError> {
    let shape = broadcast(&x.shape, constant.shape()).map_err(|reason| node.fail(reason))?;
    computed_count(&shape).map_err(|reason| node.fail(reason))?;
    let x = broadcast_to(node, draft, x, shape)?;
    let constant = constant.to_float();
    let constant = constant.broadcast(x.shape.as_slice()).expect("broadcast to the common shape");
    if kind == ConstantOp::Add
        && let Some(layer) = fold::into_missing_bias(draft, &x, &constant)?
    {
        return Ok(computed(layer));
    }
    let value = reshaped(&constant, draft.shape(x.node).dimensions());
    let op = Op::Constant { kind, value };
    Ok(computed(add_element_wise(node, draft, op, x.node, x.shape)?))
}
